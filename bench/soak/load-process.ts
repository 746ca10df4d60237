// The mixed load, minute by minute, as the parent orders it by a message. Tells of each window as it ends.
import { setTimeout as delay } from 'node:timers/promises';
import autocannon, { type Client, type Request, type Result } from 'autocannon';
import type { SoakMessage, SoakOrder, Window } from './load.ts';

process.once('disconnect', () => process.exit());
process.once('message', (order) => {
  obey(order as SoakOrder).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});

const minuteSeconds = 60;
const pauseSeconds = 1;

async function obey(order: SoakOrder): Promise<void> {
  const lists = order.lists.map((list) =>
    list.map(({ path, body, token }): Request => ({
      method: 'POST',
      path,
      body,
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    })),
  );
  const window = createWindow();
  await run(order.url, lists, order.warmUpSeconds, window);
  window.close();
  await tell({ kind: 'begins' });
  for (let left = order.seconds; left > 0; left -= minuteSeconds) {
    const timer = setInterval(() => void tell({ kind: 'window', window: window.close() }), order.windowSeconds * 1_000);
    await run(order.url, lists, Math.min(minuteSeconds, left) - pauseSeconds, window);
    clearInterval(timer);
    await tell({ kind: 'window', window: window.close() });
    await tell({ kind: 'paused' });
    await delay(pauseSeconds * 1_000);
  }
  await tell({ kind: 'ended' });
  process.exit();
}

function tell(message: SoakMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

/** What went on since it was closed last. */
function createWindow() {
  let from = performance.now();
  let latencies: number[] = [];
  let errors = 0;
  let error: string | null = null;
  return {
    answered: (milliseconds: number): void => void latencies.push(milliseconds),
    failed(times: number, what: string): void {
      errors += times;
      if (times > 0) error ??= what;
    },
    close(): Window {
      const seconds = (performance.now() - from) / 1_000;
      latencies.sort((a, b) => a - b);
      const percentile = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? 0;
      const closed = {
        seconds,
        answers: latencies.length,
        throughput: latencies.length / seconds,
        p50: percentile(0.5),
        p99: percentile(0.99),
        errors,
        error,
      };
      from = performance.now();
      latencies = [];
      errors = 0;
      error = null;
      return closed;
    },
  };
}

/** GraphQL answers 200 where a field failed, and where a write was refused. */
const isFault = (body: string): boolean => body.includes('"errors":') || /"__typename":"\w+Error"/.test(body);

/** Adds one run of autocannon to what the window sees. */
async function run(url: string, lists: readonly Request[][], seconds: number, window: ReturnType<typeof createWindow>): Promise<void> {
  let client = 0;
  const result = await new Promise<Result>((resolve, reject) => {
    autocannon(
      {
        url,
        connections: lists.length,
        duration: seconds,
        timeout: 60,
        setupClient(one: Client) {
          one.on('response', (_status, _bytes, milliseconds) => window.answered(milliseconds));
          one.setRequests((lists[client++] ?? []).map((request) => ({ ...request })));
        },
        verifyBody(body: string) {
          if (!isFault(body)) return true;
          window.failed(1, `an answer had errors: ${body.slice(0, 300)}`);
          return false;
        },
      } as autocannon.Options,
      (error: unknown, done) => (error instanceof Error ? reject(error) : resolve(done)),
    );
  });
  // autocannon tells of these at the end only, so that they count in the minute's last window.
  window.failed(result.errors, `${result.errors} connections failed`);
  window.failed(result.timeouts, `${result.timeouts} answers did not come`);
  window.failed(result.non2xx, `${result.non2xx} answers were not 2xx`);
}
