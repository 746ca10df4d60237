import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { fileGallery, galleryVersion } from './gallery.ts';
import {
  bootstrapDatabase,
  bootstrapRoles,
  createFileStorage,
  localUrl,
  migrate,
  ROLES,
  seedScale,
  startCluster,
} from './gateway/database.ts';
import { runtime } from './gateway/plans.ts';
import { createLine, say } from './say.ts';
import { preparePostgraphile } from './systems/postgraphile/prepare.ts';
import { publicUrl, signingSecret } from './settings.ts';

/** The embedded PostgreSQL with the bench's people and renders in it. */
export interface BenchDatabase {
  readonly gatewayUrl: string;
  readonly serviceUrl: string;
  readonly version: string;
  /** A connection of the superuser, for what the bench itself does between measurements. */
  readonly superuser: pg.Client;
  /** Another one, for what looks on during measurements; whoever asks for it ends it. */
  connect(): Promise<pg.Client>;
  readonly postmasterPid: number;
  /** Where pictures are. */
  readonly storageDirectory: string;
  /** Resolves when PostgreSQL has done what it was asked for: a slow system's requests outlive those who asked. */
  quiet(): Promise<void>;
  /** Takes out what a measurement of writes has put in. */
  undoWrites(): Promise<void>;
  stop(): Promise<void>;
}

export interface DatabaseSize {
  readonly profiles: number;
  readonly renders: number;
}

const name = 'roomfeed';
const seed = 42;

/** What the data directory holds; another one is begun anew. */
interface Contents extends DatabaseSize {
  readonly month: string;
  readonly seededAt: string;
  readonly gallery: number;
}

/**
 * Starts the gateway's own embedded server on bench/.data, migrated and seeded. The data is kept for the next run, for
 * each size, as long as the month lasts: "this month's usage" of an older seed would be empty.
 */
export async function openDatabase(size: DatabaseSize, dataDirectory: string): Promise<BenchDatabase> {
  const directory = join(dataDirectory, `${size.renders}-renders-${size.profiles}-profiles`);
  await mkdir(directory, { recursive: true });
  const cluster = await startCluster({
    dataDirectory: directory,
    log: { info: say, warn: say, error: say },
    settings: serverSettings(),
  });
  const superuser = new pg.Client({ connectionString: cluster.superuserUrl(name), application_name: 'roomfeed bench' });
  const stop = async (): Promise<void> => {
    await superuser.end().catch(() => undefined);
    await cluster.stop();
  };
  try {
    const kept = await contentsOf(directory);
    const month = new Date().toISOString().slice(0, 7);
    const isCurrent = kept?.month === month && kept.gallery === galleryVersion;
    await bootstrapRoles(cluster.superuserUrl('postgres'), cluster.passwords);
    if (!isCurrent) await dropDatabase(cluster.superuserUrl('postgres'));
    await bootstrapDatabase(cluster.superuserUrl('postgres'), name);
    const url = (kind: keyof typeof ROLES): string => localUrl(ROLES[kind], cluster.passwords[kind], cluster.port, name);
    await migrate({ ownerUrl: url('owner') });
    // The server may go away at the end, or be stopped by a signal; whoever waits for an answer hears of it.
    superuser.on('error', () => undefined);
    await superuser.connect();
    const storageDirectory = join(directory, 'pictures');
    let seededAt = new Date(kept?.seededAt ?? 0);
    if (!isCurrent) {
      seededAt = await fill(size, { serviceUrl: url('service'), ownerUrl: url('owner'), storageDirectory, superuser });
      const made: Contents = { ...size, month, seededAt: seededAt.toISOString(), gallery: galleryVersion };
      await writeFile(contentsFile(directory), JSON.stringify(made, null, 2));
    }
    await superuser.query('create extension if not exists pg_stat_statements');
    await preparePostgraphile(superuser);
    const { rows } = await superuser.query<{ version: string; pid: string }>(
      `select current_setting('server_version') as version, split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid`,
    );
    // Of a run that was stopped.
    await undoWrites(superuser, seededAt);
    return {
      gatewayUrl: url('gateway'),
      serviceUrl: url('service'),
      version: rows[0]?.version ?? 'unknown',
      superuser,
      async connect() {
        const client = new pg.Client({ connectionString: cluster.superuserUrl(name), application_name: 'roomfeed bench' });
        client.on('error', () => undefined);
        await client.connect();
        return client;
      },
      postmasterPid: Number(rows[0]?.pid),
      storageDirectory,
      quiet: () => quiet(superuser),
      undoWrites: () => undoWrites(superuser, seededAt),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A process that waits for a connection shows nothing for a moment, so that one look is not enough. */
const quietLooks = 5;

async function quiet(superuser: pg.Client): Promise<void> {
  for (let looks = 0; looks < quietLooks; looks++) {
    const { rows } = await superuser.query<{ busy: boolean }>(
      `select exists (select from pg_stat_activity where usename = 'roomfeed_gateway' and state <> 'idle') as busy`,
    );
    if (rows[0]?.busy === true) looks = -1;
    await delay(40);
  }
}

async function undoWrites(superuser: pg.Client, seededAt: Date): Promise<void> {
  // Nobody listens, and notices of thousands of rows would be work for the next measurement.
  await superuser.query("set session_replication_role = 'replica'");
  const { rowCount } = await superuser.query('delete from collection_items where added_at >= $1', [seededAt]);
  await superuser.query("set session_replication_role = 'origin'");
  if (rowCount !== 0) await superuser.query('vacuum collection_items');
}

/** A quarter of the memory for pages, as PostgreSQL's manual advises, and the counting of statements. */
function serverSettings(): Record<string, string> {
  const quarter = Math.floor(totalmem() / 4 / 1_048_576);
  return {
    shared_preload_libraries: 'pg_stat_statements',
    // Whole statements, as scale/explain.ts looks for them.
    track_activity_query_size: '32kB',
    shared_buffers: `${Math.max(128, Math.min(2_048, quarter))}MB`,
  };
}

const contentsFile = (directory: string): string => join(directory, 'contents.json');

async function contentsOf(directory: string): Promise<Contents | null> {
  try {
    return JSON.parse(await readFile(contentsFile(directory), 'utf8')) as Contents;
  } catch {
    return null;
  }
}

interface FillOptions {
  readonly serviceUrl: string;
  readonly ownerUrl: string;
  readonly storageDirectory: string;
  readonly superuser: pg.Client;
}

/** Of another month, of an older shape, or half made by a run that was stopped. */
async function dropDatabase(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
  } finally {
    await client.end();
  }
}

/** @returns from when on rows are the bench's own. */
async function fill(size: DatabaseSize, { serviceUrl, ownerUrl, storageDirectory, superuser }: FillOptions): Promise<Date> {
  const line = createLine();
  const words = { pictures: 'Drawing sample rooms', renders: 'Writing renders' };
  say(`Seeding ${size.renders.toLocaleString('en-AU')} renders of ${size.profiles.toLocaleString('en-AU')} people; they are kept.`);
  await seedScale({
    ...size,
    seed,
    now: new Date(new Date().setUTCHours(0, 0, 0, 0)),
    serviceUrl,
    ownerUrl,
    storage: createFileStorage({ directory: storageDirectory, publicUrl, windowSeconds: 3_600, signingSecret }),
    configuration: runtime,
    pictureSide: 896,
    onProgress: (step, done, total) => line.show(`${words[step]}: ${done} of ${total}`),
  });
  line.end();
  await fileGallery(superuser);
  await superuser.query('vacuum (analyze) community_collections');
  await superuser.query('vacuum (analyze) community_items');
  const { rows } = await superuser.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]?.now ?? new Date();
}
