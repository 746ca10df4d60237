import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { count, seededRandom } from './support/counts.js';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.js';
import { countForgotten, faultsOf } from './support/generation/books.js';
import { createSeed, type Seed } from './support/seed.js';

/**
 * Four gateways in processes of their own on one database, and more submissions at once than the plan allows, while
 * gateways are killed at random moments and started again. A client whose answer is lost asks again, with the same key.
 */
const limit = 50;
const submissions = 200;
const runtime = { plans: { free: { monthlyGenerations: limit, maxConcurrentJobs: 1_000 } } };

let app: TestApp;
let seed: Seed;
let gateways: GatewayProcess[];
let start: () => Promise<GatewayProcess>;

beforeAll(async () => {
  app = await createTestApp({ runtime, comparesExecutions: false, holdsBudgets: false });
  seed = await createSeed(app);
  const config = join(app.storageDirectory, '..', 'runtime.json');
  await writeFile(config, JSON.stringify(runtime));
  const { database, storageDirectory } = app;
  const now = new Date();
  start = () => startGatewayProcess({ database, storageDirectory, environment: { WORKER: 'off', ROOMFEED_CONFIG: config }, now });
  gateways = await Promise.all([start(), start(), start(), start()]);
}, 180_000);
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await seed.close();
  await app.close();
});

const document = `mutation ($key: UUID!) {
  submitGeneration(input: { mode: IMAGINE, prompt: "A calm room", idempotencyKey: $key }) {
    __typename ... on SubmitGenerationPayload { job { id } } ... on UserError { code }
  }
}`;

interface Told {
  readonly key: string;
  /** The job's id, or the error's code. */
  readonly outcome: string;
}

/** Asks until there is an answer: of any gateway that listens. */
async function submit(person: Person, key: string, first: number): Promise<Told> {
  for (let attempt = first; ; attempt += 1) {
    const { url } = gateways[attempt % gateways.length]!;
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${person.token}` },
      body: JSON.stringify({ query: document, variables: { key } }),
    })
      .then((response) => response.json() as Promise<{ data?: { submitGeneration: { job?: { id: string }; code?: string } } | null }>)
      // The gateway was killed, or is not up again.
      .catch(() => null);
    const result = answer?.data?.submitGeneration;
    if (result) return { key, outcome: result.job?.id ?? result.code ?? '' };
    // Nothing to wait for: a gateway that is away says nothing, and one that is busy says only that.
    await delay(20);
  }
}

it.each([
  { what: 'all gateways alive', rounds: count(1, 20), isDangerous: false },
  { what: 'gateways killed with -9 at random moments', rounds: count(2, 100), isDangerous: true },
])('commits exactly as many debits as the plan allows, $what', async ({ what, rounds, isDangerous }) => {
  const random = seededRandom(`quota, ${what}`);
  const began = performance.now();
  const people: string[] = [];
  let kills = 0;
  for (let round = 0; round < rounds; round += 1) {
    const person = await app.signUp();
    people.push(person.id);
    const keys = Array.from({ length: submissions }, () => randomUUID());
    const doomed = isDangerous ? random.shuffle([0, 1, 2, 3]).slice(0, random.integer(1, 3)) : [];
    const asked = keys.map((key, index) => submit(person, key, index));
    const restarts = doomed.map(async (index) => {
      await delay(random.integer(0, 600));
      await gateways[index]!.kill();
      kills += 1;
      gateways[index] = await start();
    });

    const told = await Promise.all(asked);
    await Promise.all(restarts);

    const [booked] = await seed.sql<{ debits: number; entries: number; jobs: number; tasks: number }>(
      `select (select debits from usage_periods where owner_id = $1) as debits,
         (select count(*)::int from usage_ledger where owner_id = $1 and kind = 'generation_debit') as entries,
         (select count(*)::int from generation_jobs where owner_id = $1) as jobs,
         (select count(*)::int from generation_jobs j join graphile_worker.jobs t on t.key = 'generate:' || j.id
          where owner_id = $1) as tasks`,
      [person.id],
    );
    expect(booked).toEqual({ debits: limit, entries: limit, jobs: limit, tasks: limit });
    // Who was told of a job has one, of their own key; everybody else was told that there is none.
    const rows = await seed.sql<{ id: string; key: string }>(
      'select id, idempotency_key as key from generation_jobs where owner_id = $1',
      [person.id],
    );
    const acknowledged = told.filter(({ outcome }) => outcome !== 'QUOTA_EXCEEDED');
    const jobs = rows.map(({ id, key }) => ({ key, outcome: Buffer.from(`GenerationJob:${id}`).toString('base64') }));
    const byKey = (a: Told, b: Told) => (a.key < b.key ? -1 : 1);
    expect(acknowledged.sort(byKey)).toEqual(jobs.sort(byKey));
    // Asking for everything once more changes nothing.
    expect(await submit(person, keys[0]!, 0)).toEqual(told[0]);
  }

  await app.app.generation.recover();
  expect(await faultsOf(seed, people)).toEqual({});
  expect(await countForgotten(seed, people)).toBe(0);
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  process.stderr.write(`quota, ${what}: ${rounds} rounds of ${submissions} at ${limit}, ${kills} kills, in ${seconds} s\n`);
}, 3_600_000);
