// Autocannon, as the parent orders it by a message: first a run-up, then the measurement. Says when the one is over and
// what the other found, by messages, and ends.
import autocannon, { type Client, type Request, type Result } from 'autocannon';
import type { LoadMessage, LoadOrder, LoadResult } from './load.ts';
import { runSteadily } from './steady-load.ts';

process.once('disconnect', () => process.exit());
process.once('message', (order) => {
  obey(order as LoadOrder).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});

/** Reads that a connection repeats: enough that no row is hot, and few enough to be ready before the clock starts. */
const repeated = 24;

async function obey(order: LoadOrder): Promise<void> {
  const { urls, connections, seconds, runUpSeconds, requests, once, rate } = order;
  if (rate !== undefined) return obeySteadily({ ...order, rate });
  const prepared = requests.map(({ path, body, token }): Request => ({
    method: 'POST',
    path,
    body,
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
  }));
  // What may be sent once is not used up by the run-up: a seventh of it has to do there.
  const kept = once ? Math.floor((prepared.length * 6) / 7) : prepared.length;
  const [measured, before] = once ? [prepared.slice(0, kept), prepared.slice(kept)] : [prepared, prepared];
  if (runUpSeconds > 0) await run({ urls, connections, seconds: runUpSeconds, requests: before, once });
  await tell({ kind: 'begins' });
  await tell({ kind: 'ended', result: await run({ urls, connections, seconds, requests: measured, once }) });
  process.exit();
}

async function obeySteadily(order: LoadOrder & { readonly rate: number }): Promise<void> {
  const result = await runSteadily(order, hasErrors, () => tell({ kind: 'begins' }));
  await tell({ kind: 'ended', result });
  process.exit();
}

function tell(message: LoadMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

/** GraphQL answers 200 where a field failed; the word stands in no name and no prompt of the data. */
const hasErrors = (body: string): boolean => body.includes('"errors":');

async function run({ urls, connections, seconds, requests, once }: {
  readonly urls: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  readonly requests: readonly Request[];
  readonly once: boolean;
}): Promise<LoadResult> {
  const share = once ? Math.floor(requests.length / connections) : Math.min(requests.length, repeated);
  let client = 0;
  // Each connection has a part of the list that begins elsewhere, so that no two ask the same at once.
  const part = (): Request[] => {
    const from = Math.floor((requests.length * client++) / connections);
    return Array.from({ length: Math.max(1, share) }, (_, i) => ({ ...requests[(from + i) % requests.length] }));
  };
  let mismatch = '';
  // autocannon's own histogram knows whole milliseconds only.
  const latencies: number[] = [];
  const each = urls.map((url, place) => new Promise<Result>((resolve, reject) => {
    autocannon(
      {
        url,
        connections: Math.floor((connections + place) / urls.length),
        duration: seconds,
        // A slow system is slow, and not away.
        timeout: 60,
        setupClient(one: Client) {
          one.on('response', (_status, _bytes, milliseconds) => latencies.push(milliseconds));
          one.setRequests(part());
        },
        verifyBody(body: string) {
          if (!hasErrors(body)) return true;
          mismatch ||= body.slice(0, 500);
          return false;
        },
      } as autocannon.Options,
      (error: unknown, done) => (error instanceof Error ? reject(error) : resolve(done)),
    );
  }));
  const results = await Promise.all(each);
  const sum = (of: (result: Result) => number): number => results.reduce((total, result) => total + of(result), 0);
  latencies.sort((a, b) => a - b);
  const percentile = (part: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
  return {
    seconds: sum(({ duration }) => duration) / results.length,
    answers: sum(({ requests: { total } }) => total),
    throughput: sum(({ requests: { total }, duration }) => total / duration),
    p50: percentile(0.5),
    p99: percentile(0.99),
    faults: [
      ...fault(sum(({ errors }) => errors), 'connections failed'),
      ...fault(sum(({ timeouts }) => timeouts), 'answers did not come'),
      ...fault(sum(({ non2xx }) => non2xx), 'answers were not 2xx'),
      ...fault(sum(({ mismatches }) => mismatches), `answers had errors, such as ${mismatch}`),
    ],
  };
}

const fault = (times: number, what: string): string[] => (times > 0 ? [`${times} ${what}`] : []);
