import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadOrder, LoadResult } from './load.ts';

/** A slow system is slow, and not away. */
const patienceMillis = 60_000;

/**
 * Requests at even distances, whatever becomes of those before: people do not wait for one another. An answer's time counts
 * from when its request was due, so that what waits for a free connection is not left out. autocannon's own rate sends a
 * second's requests at its beginning, as fast as it can.
 */
export async function runSteadily(
  { urls, connections, seconds, runUpSeconds, requests, rate }: LoadOrder & { readonly rate: number },
  isFault: (body: string) => boolean,
  onBegin: () => Promise<void>,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let latencies: number[] = [];
  const faults = new Map<string, number>();
  const under = new Set<Promise<void>>();
  let wrong: string | null = null;
  const fail = (what: string): void => void faults.set(what, (faults.get(what) ?? 0) + 1);

  function ask(number: number, due: number): Promise<void> {
    const { path, body, token } = requests[number % requests.length] as LoadOrder['requests'][number];
    return new Promise((resolve) => {
      const failed = (error: Error): void => {
        fail(`requests failed: ${error.message}`);
        resolve();
      };
      const sent = request(
        `${urls[number % urls.length]}${path}`,
        {
          agent,
          method: 'POST',
          timeout: patienceMillis,
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            authorization: `Bearer ${token}`,
            'content-length': Buffer.byteLength(body),
          },
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.once('error', failed);
          response.once('end', () => {
            latencies.push(performance.now() - due);
            const text = Buffer.concat(pieces).toString();
            if (response.statusCode !== 200) fail('answers were not 200');
            else if (isFault(text)) fail(`answers had errors, such as ${(wrong ??= text.slice(0, 500))}`);
            resolve();
          });
        },
      );
      sent.once('timeout', () => sent.destroy(new Error('no answer came')));
      sent.once('error', failed);
      sent.end(body);
    });
  }

  /** Resolves when all are answered, with the seconds that this took. */
  async function askFor(duration: number): Promise<number> {
    const began = performance.now();
    for (let asked = 0; performance.now() - began < duration * 1_000; await delay(1)) {
      for (const due = Math.floor(((performance.now() - began) * rate) / 1_000); asked < due; asked++) {
        const one = ask(asked, began + ((asked + 1) * 1_000) / rate);
        under.add(one);
        void one.then(() => under.delete(one));
      }
    }
    await Promise.all(under);
    return (performance.now() - began) / 1_000;
  }

  // On the same connections, which are open then.
  await askFor(runUpSeconds);
  latencies = [];
  await onBegin();
  const took = await askFor(seconds);
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const percentile = (part: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
  return {
    seconds: took,
    answers: latencies.length,
    throughput: latencies.length / took,
    p50: percentile(0.5),
    p99: percentile(0.99),
    faults: [...faults].map(([what, times]) => `${times} ${what}`),
  };
}
