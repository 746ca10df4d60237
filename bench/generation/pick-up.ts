import { setTimeout as delay } from 'node:timers/promises';
import { document } from '../operations/operation.ts';
import { openEventStream } from './event-stream.ts';
import type { Bench } from './ground.ts';
import { startProgram, type Program } from './program.ts';
import type { PickUp } from './programs/bare-queue.ts';

/** Milliseconds of one submitted generation, as its client sees it: all from sending the submission. */
export interface Seen {
  readonly answered: number;
  /** To the event that says PROCESSING. */
  readonly processing: number;
  /** To the event that says SUCCEEDED; the provider answers at once. */
  readonly succeeded: number;
  /** `started_at - created_at`, as the database has it: whole milliseconds. */
  readonly inDatabase: number;
}

export interface PickUps {
  /** One list a round. */
  readonly roomfeed: readonly (readonly Seen[])[];
  readonly bareQueue: readonly (readonly PickUp[])[];
}

const submit = document(`
  mutation Submit($input: SubmitGenerationInput!) {
    submitGeneration(input: $input) {
      ... on SubmitGenerationPayload { job { id } }
      ... on UserError { message }
    }
  }
`);

const pauseMs = 20;

/** How soon work begins on an idle queue: one generation at a time, and one empty task at a time, in turn. */
export async function measurePickUp(bench: Bench): Promise<PickUps> {
  const { wanted, environment, show, book } = bench;
  const gateway = await startProgram('gateway', bench, { listens: true, environment: { ...environment, WORKER: 'off', CACHE: 'off' } });
  const worker = await startProgram('worker', bench, { environment: { ...environment, BENCH_PROVIDER: 'instant' } });
  const queue = await startProgram('bare-queue', bench, { environment: { WORKER_CONCURRENCY: '4' } });

  const roomfeed: Seen[][] = [];
  const bareQueue: PickUp[][] = [];
  await watchOne(bench, gateway, 10);
  await queue.tell('pickUps', { count: 10, pauseMs });
  for (let round = 0; round < wanted.rounds; round++) {
    show(`Picking up: round ${round + 1} of ${wanted.rounds}`);
    roomfeed.push(await watchOne(bench, gateway, wanted.pickUpsARound));
    bareQueue.push(await queue.tell('pickUps', { count: wanted.pickUpsARound, pauseMs }));
  }
  await book.emptied();
  await book.check({ worked: true });
  for (const program of [queue, worker, gateway]) await program.stop();
  await book.clear();
  return { roomfeed, bareQueue };
}

/** Submits one after the other in the name of one person, whose stream tells what becomes of it. */
async function watchOne({ book, database }: Bench, { url, complaints }: Program, count: number): Promise<Seen[]> {
  const [person] = book.people;
  if (!person) throw new Error('There is nobody.');
  const { events, close } = await listen(url, person.token);
  const seen: (Omit<Seen, 'inDatabase'> & { readonly id: string })[] = [];
  for (let i = 0; i < count; i++) {
    const sent = performance.now();
    const asked = fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${person.token}` },
      body: JSON.stringify({
        query: submit,
        variables: { input: { mode: 'IMAGINE', prompt: 'A calm bedroom', style: 'japandi', variants: 1 } },
      }),
    }).then(async (response) => ({ text: await response.text(), at: performance.now() }));
    const processing = await events.next('PROCESSING');
    const succeeded = await events.next('SUCCEEDED');
    const { text, at } = await asked;
    const id = /"id":"([^"]+)"/.exec(text)?.[1];
    if (id === undefined || id !== succeeded.id) throw new Error(`A generation was not submitted: ${text.slice(0, 500)}\n${complaints()}`);
    seen.push({ id, answered: at - sent, processing: processing.at - sent, succeeded: succeeded.at - sent });
    await delay(pauseMs);
  }
  close();
  const { rows } = await database.superuser.query<{ id: string; millis: number }>(
    `select id, (extract(epoch from started_at - created_at) * 1000)::float8 as millis from generation_jobs where owner_id = $1::uuid`,
    [person.id],
  );
  const millis = new Map(rows.map((row) => [Buffer.from(`GenerationJob:${row.id}`).toString('base64'), row.millis]));
  return seen.map(({ id, ...one }) => ({ ...one, inDatabase: millis.get(id) ?? NaN }));
}

interface Told {
  readonly id: string;
  readonly status: string;
  readonly at: number;
}

/** Patience with one event, in milliseconds. */
const patience = 30_000;

/** A person's stream: the next event with a status, which may have come already. */
async function listen(url: string, token: string) {
  const told: Told[] = [];
  let rest = '';
  let onTold = (): void => undefined;
  const stream = await openEventStream({
    url,
    token,
    onText(text) {
      const at = performance.now();
      rest += text;
      const end = rest.lastIndexOf('\n\n');
      for (const [, id = '', status = ''] of rest.slice(0, end + 1).matchAll(/"viewerGenerationJobs":\{"id":"([^"]+)","status":"(\w+)"/g)) {
        told.push({ id, status, at });
      }
      rest = rest.slice(end + 1);
      onTold();
    },
    onEnd: () => undefined,
  });
  async function next(status: string): Promise<Told> {
    const deadline = AbortSignal.timeout(patience);
    for (;;) {
      const place = told.findIndex((one) => one.status === status);
      if (place >= 0) return told.splice(0, place + 1).at(-1) as Told;
      await new Promise<void>((resolve, reject) => {
        onTold = resolve;
        deadline.addEventListener('abort', () => reject(new Error(`Nothing told of ${status} within ${patience / 1_000} seconds.`)), { once: true });
      });
    }
  }
  return { events: { next }, close: () => stream.close() };
}
