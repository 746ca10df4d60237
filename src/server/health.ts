import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { sendJson } from './http/respond.js';

/** What the gateway cannot work without, by name; each resolves when its part answers. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

export interface Readiness {
  /** 200 while every part answers; 503 with which does not, and from the moment that `turnAway` is called. */
  send(response: ServerResponse): Promise<void>;
  turnAway(): void;
}

/** A load balancer asks every few seconds and gives up sooner than this. */
const CHECK_TIMEOUT_MILLISECONDS = 3_000;

/**
 * Whether the gateway should be sent requests. Callers who ask at once share one round of checks, so that this address
 * cannot be used to press on the database. Why a part is away is logged and told to nobody.
 */
export function createReadiness(checks: ReadinessChecks, log: Logger): Readiness {
  let isClosing = false;
  let round: Promise<Record<string, 'ok' | 'away'>> | undefined;

  async function checkAll(): Promise<Record<string, 'ok' | 'away'>> {
    const parts = Object.entries(checks).map(async ([name, check]) => [name, await isThere(name, check)] as const);
    return Object.fromEntries(await Promise.all(parts));
  }

  async function isThere(name: string, check: () => Promise<void>): Promise<'ok' | 'away'> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(new Error(`No answer in ${CHECK_TIMEOUT_MILLISECONDS} ms.`)),
          CHECK_TIMEOUT_MILLISECONDS,
        );
      });
      await Promise.race([check(), late]);
      return 'ok';
    } catch (error) {
      log.warn({ err: error, part: name }, 'not ready');
      return 'away';
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async send(response) {
      if (isClosing) {
        sendJson(response, 503, { status: 'closing' });
        return;
      }
      round ??= checkAll().finally(() => (round = undefined));
      const parts = await round;
      const isReady = !isClosing && Object.values(parts).every((state) => state === 'ok');
      sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'unavailable', parts });
    },
    turnAway() {
      isClosing = true;
    },
  };
}
