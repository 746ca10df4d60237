import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../src/database/embedded/cluster.js';
import { bootstrapDatabase, bootstrapRoles, localUrl, ROLES } from '../src/database/embedded/roles.js';
import { migrate } from '../src/database/migrate.js';
import { newcomer, type Person } from './support/app.js';
import { count, seededRandom } from './support/counts.js';
import type { TestDatabase } from './support/database.js';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.js';
import { faultsOf } from './support/generation/books.js';
import { openFolder } from './support/open-folder.js';
import { createSeed, type Seed } from './support/seed.js';
import { startWorkerProcess, type WorkerProcess } from './support/worker-process.js';

/**
 * Submissions while gateways and workers are killed with -9 again and again, and the database is restarted under all of
 * them. Clients whose answer is lost ask again with the same key; nothing that was acknowledged may be lost, and every job
 * comes to its end without anybody's help.
 */
const submissions = count(60, 1_000);
const kills = count(3, 10);
/** Between two submissions: the whole takes long enough to be disturbed. */
const paceMs = count(60, 30);
const databaseName = 'roomfeed';

let folder: string;
let cluster: Cluster;
let seed: Seed | undefined;
let database: Pick<TestDatabase, 'urls'>;
let gateways: GatewayProcess[];
let workers: WorkerProcess[];
let startGateway: () => Promise<GatewayProcess>;
let startWorker: () => Promise<WorkerProcess>;

const startServer = (port?: number): Promise<Cluster> =>
  startCluster({
    dataDirectory: join(folder, 'database'),
    log: { info: () => undefined, warn: console.warn, error: console.error },
    ...(port === undefined ? {} : { choosePort: () => Promise.resolve(port) }),
  });

beforeAll(async () => {
  folder = await openFolder('roomfeed-crash-');
  cluster = await startServer();
  const { passwords, port } = cluster;
  await bootstrapRoles(cluster.superuserUrl('postgres'), passwords);
  await bootstrapDatabase(cluster.superuserUrl('postgres'), databaseName);
  const as = (role: keyof typeof ROLES) => localUrl(ROLES[role], passwords[role], port, databaseName);
  database = {
    urls: { owner: as('owner'), gateway: as('gateway'), service: as('service'), superuser: cluster.superuserUrl(databaseName) },
  };
  await migrate({ ownerUrl: database.urls.owner });

  const config = join(folder, 'runtime.json');
  await writeFile(config, JSON.stringify({ plans: { free: { monthlyGenerations: 100_000, maxConcurrentJobs: 1_000 } } }));
  const storageDirectory = join(folder, 'storage');
  const now = new Date();
  startGateway = () => startGatewayProcess({ database, storageDirectory, environment: { WORKER: 'off', ROOMFEED_CONFIG: config }, now });
  startWorker = () => startWorkerProcess({ database, storageDirectory });
  gateways = await Promise.all([startGateway(), startGateway()]);
  workers = await Promise.all([startWorker(), startWorker()]);
}, 180_000);
afterAll(async () => {
  await Promise.all([...gateways, ...workers].map((process) => process.stop()));
  await seed?.close();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
}, 60_000);

const document = `mutation ($key: UUID!) {
  submitGeneration(input: { mode: IMAGINE, prompt: "A calm room", idempotencyKey: $key, variants: 1 }) {
    __typename ... on SubmitGenerationPayload { job { id } } ... on UserError { code message }
  }
}`;

interface Answer {
  readonly data?: { readonly submitGeneration: { readonly job?: { readonly id: string }; readonly message?: string } } | null;
}

/** Asks until it is acknowledged, of one gateway and the other; returns the job's own id. */
async function submit(person: Person, key: string, first: number): Promise<string> {
  for (let attempt = first; ; attempt += 1) {
    const answer = await fetch(`${gateways[attempt % gateways.length]!.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${person.token}` },
      body: JSON.stringify({ query: document, variables: { key } }),
    })
      .then((response) => response.json() as Promise<Answer>)
      .catch(() => null);
    const result = answer?.data?.submitGeneration;
    if (result?.job) return Buffer.from(result.job.id, 'base64').toString().replace('GenerationJob:', '');
    if (result) throw new Error(`Refused: ${result.message}`);
    await delay(50);
  }
}

/** When something was killed, or the database stopped. */
const disturbedAt: Date[] = [];

async function replace<T extends { kill(): Promise<void> }>(processes: T[], index: number, start: () => Promise<T>): Promise<void> {
  disturbedAt.push(new Date());
  await processes[index]!.kill();
  // It does not start while the database is away; whoever runs it starts it again.
  for (;;) {
    const started = await start().catch(() => null);
    if (started) {
      processes[index] = started;
      return;
    }
  }
}

async function restartDatabase(): Promise<void> {
  const { port } = cluster;
  disturbedAt.push(new Date());
  await cluster.stop();
  cluster = await startServer(port);
}

it('loses nothing that was acknowledged, and brings every job to its end, whoever is killed', async () => {
  const random = seededRandom('crashes');
  const people = await Promise.all(Array.from({ length: 5 }, () => newcomer({ id: randomUUID(), email: null })));
  const disturbances = random.shuffle([
    ...Array.from({ length: kills }, (_, index) =>
      index % 3 === 2
        ? () => replace(gateways, random.integer(0, 1), startGateway)
        : () => replace(workers, random.integer(0, 1), startWorker),
    ),
    restartDatabase,
  ]);
  let isOver = false;
  async function disturb(): Promise<void> {
    for (const disturbance of disturbances) {
      await delay(random.integer(0, (2 * submissions * paceMs) / disturbances.length));
      await disturbance();
    }
    isOver = true;
  }

  const disturbing = disturb();
  const acknowledged: Promise<string>[] = [];
  for (let index = 0; index < submissions || !isOver; index += 1) {
    acknowledged.push(submit(people[index % people.length]!, randomUUID(), index));
    // A busy machine takes long to start what was killed; a trickle until then leaves workers less than they can do.
    await delay(index < submissions ? paceMs : 20 * paceMs);
  }
  await disturbing;
  const jobs = await Promise.all(acknowledged);
  const opened = (seed = await createSeed({ database: { ...database, name: databaseName, drop: () => Promise.resolve() } }));
  const unfinished = async () => {
    const [row] = await opened.sql<{ left: number }>(
      `select count(*)::int as left from generation_jobs where status in ('starting', 'processing')`,
    );
    return row!.left;
  };
  while ((await unfinished()) > 0) await delay(100);

  const ended = await opened.sql<{ id: string; status: string }>('select id, status from generation_jobs order by id');
  // What is not killed outlives an outage of the database.
  expect(workers.map((worker) => worker.hasEnded())).toEqual([false, false]);
  expect(ended).toEqual([...jobs].sort().map((id) => ({ id, status: 'succeeded' })));
  expect(await faultsOf(opened, people.map(({ id }) => id))).toEqual({});
  const [slowest] = await opened.sql<{ seconds: number }>(
    `select coalesce(max(extract(epoch from completed_at - at)), 0)::float8 as seconds
     from unnest($1::timestamptz[]) at join generation_jobs on created_at <= at and completed_at > at`,
    [disturbedAt],
  );
  process.stderr.write(
    `crashes: ${jobs.length} submissions, ${kills} kills, 1 restart of the database; each job that was under way ended ` +
      `within ${slowest!.seconds.toFixed(1)} s\n`,
  );
}, 1_200_000);
