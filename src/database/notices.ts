import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { connectionSettings } from './connection-settings.js';
import type { DatabaseLog } from './scoped-pool.js';

/** One connection that hears what transactions tell (`NOTIFY`) at their commit. */
export interface NoticeListener {
  /**
   * Begins to listen, and goes on until `close`, connecting anew whenever the connection is lost. Resolves when notices
   * arrive, or after `patienceMillis` all the same; never rejects.
   */
  start(patienceMillis: number): Promise<void>;
  /** Resolves when the connection is gone. */
  close(): Promise<void>;
}

export interface NoticeListenerOptions {
  /** A role's URL. Behind a pooler that hands connections out by the transaction, nothing would be heard. */
  readonly url: string;
  /** At least one. */
  readonly channels: readonly string[];
  /** Called for each notice, in the order of the commits. It must not throw. */
  onNotice(payload: string, channel: string): void;
  /** From now on notices arrive. */
  onUp(): void;
  /** From now on they do not; some may have been lost already. Called once for each `onUp`. */
  onDown(): void;
  readonly log: DatabaseLog;
  readonly timing?: Partial<NoticeTiming>;
}

/** In milliseconds. */
export interface NoticeTiming {
  /** So long the connection is left alone before it is asked whether it still listens. */
  readonly probeMillis: number;
  /** So long an answer may take before the connection counts as dead; it is closed then. */
  readonly answerMillis: number;
  /** The pause before the second attempt to connect; each further one is twice as long, up to `maxPauseMillis`. */
  readonly firstPauseMillis: number;
  readonly maxPauseMillis: number;
}

const usualTiming: NoticeTiming = {
  probeMillis: 5_000,
  answerMillis: 5_000,
  firstPauseMillis: 100,
  maxPauseMillis: 5_000,
};

const isListening = 'select count(*)::int as channels from pg_listening_channels() channel where channel = any($1::text[])';

/** Opens no connection before `start`. */
export function createNoticeListener({
  url,
  channels,
  onNotice,
  onUp,
  onDown,
  log,
  timing,
}: NoticeListenerOptions): NoticeListener {
  const { probeMillis, answerMillis, firstPauseMillis, maxPauseMillis } = { ...usualTiming, ...timing };
  const closing = new AbortController();
  let running: Promise<void> | undefined;

  /** Listens on one connection until it is lost, which is an error, or until `close`. */
  async function listenOnce(onListening: () => void): Promise<void> {
    // A socket of our own, which can be closed at any time: while it connects, and when the other side says nothing.
    const socket = new Socket();
    const { client, lost } = openClient(socket);
    const cut = () => socket.destroy();
    closing.signal.addEventListener('abort', cut, { once: true });
    let listening = false;
    try {
      await client.connect();
      await client.query(channels.map((channel) => `LISTEN ${pg.escapeIdentifier(channel)}`).join('; '));
      listening = true;
      onListening();
      onUp();
      const over = AbortSignal.any([lost, closing.signal]);
      while (await passed(probeMillis, over)) await probe(client);
      throw new Error('The connection was lost.');
    } finally {
      if (listening) onDown();
      closing.signal.removeEventListener('abort', cut);
      socket.destroy();
    }
  }

  function openClient(socket: Socket): { client: pg.Client; lost: AbortSignal } {
    const lost = new AbortController();
    const client = new pg.Client({
      ...connectionSettings('gateway', url, {
        max: 1,
        connectionTimeoutMillis: answerMillis,
        idleTimeoutMillis: 0,
        statementTimeoutMillis: answerMillis,
        lockTimeoutMillis: answerMillis,
      }),
      application_name: 'roomfeed notices',
      query_timeout: answerMillis,
      stream: () => socket,
    });
    // "end" follows, and a waiting query is told. Node would throw where nobody listens.
    client.on('error', () => undefined);
    client.once('end', () => lost.abort());
    client.on('notification', (notice) => {
      if (channels.includes(notice.channel)) onNotice(notice.payload ?? '', notice.channel);
    });
    return { client, lost: lost.signal };
  }

  /** TCP alone notices a silent network after many minutes; and something in between may have reset the session. */
  async function probe(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ channels: number }>(isListening, [channels]);
    if (rows[0]?.channels !== channels.length) throw new Error('The connection does not listen any more.');
  }

  async function run(onListening: () => void): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      try {
        await listenOnce(() => {
          failures = 0;
          log.debug({ channels }, 'notices of the database arrive');
          onListening();
        });
      } catch (error) {
        if (closing.signal.aborted) return;
        const fields = { channels, reason: error instanceof Error ? error.message : '' };
        if (failures === 0) log.warn(fields, 'notices of the database do not arrive; connecting anew');
        else log.debug(fields, 'notices of the database still do not arrive');
      }
      const pause = Math.min(maxPauseMillis, firstPauseMillis * 2 ** failures);
      failures += 1;
      // With jitter, so that the processes of a restarted database do not come back all at once.
      await passed(pause * (0.5 + Math.random() / 2), closing.signal);
    }
  }

  return {
    async start(patienceMillis) {
      const enough = new AbortController();
      running ??= run(() => enough.abort());
      await passed(patienceMillis, AbortSignal.any([enough.signal, closing.signal]));
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Whether so many milliseconds passed; false as soon as the signal says that nobody waits any more. */
async function passed(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return delay(milliseconds, true, { signal }).catch(() => false);
}
