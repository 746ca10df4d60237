import { randomUUID } from 'node:crypto';
import { runMaintenance } from '../../src/cli/maintenance.js';
import { cleanupCommand } from '../../src/cli/maintenance/cleanup.js';
import { parseRuntime } from '../../src/config/parse-runtime.js';
import type { RuntimeConfiguration } from '../../src/config/runtime.js';
import type { Databases } from '../../src/database/database.js';
import { createExclusive, type Exclusive } from '../../src/database/exclusive.js';
import { type Cleanup, createCleanup } from '../../src/services/data/cleanup.js';
import { noCache } from '../../src/services/cache/cache.js';
import { createJobStates } from '../../src/services/generation/states.js';
import { createFindStuckJobs } from '../../src/services/generation/stuck.js';
import { createUploadSweeping } from '../../src/services/uploads/sweeping.js';
import type { Storage } from '../../src/storage/storage.js';
import { createTestApp, type Person, type TestApp } from './app.js';
import { signUpAdmin } from './curation.js';
import { createSeed, type Seed } from './seed.js';

/** The product as it comes: jobs are archived after 90 days. */
export const runtime = parseRuntime({}).runtime as RuntimeConfiguration;

export interface RunOptions {
  readonly databases?: Databases;
  readonly storage?: Storage;
  readonly alone?: Exclusive['during'];
  readonly signal?: AbortSignal;
}

/** A gateway whose clock is the test's, and clean-ups beside it. */
export interface CleanupStage {
  readonly app: TestApp;
  readonly seed: Seed;
  readonly admin: Person;
  readonly clock: { now: Date };
  /** So many days before now, or after it. */
  daysAgo(days: number): Date;
  cleanup(options?: RunOptions): Cleanup;
  /** A process's locks, as another process has them. */
  otherProcess(): Exclusive;
  /** The command of `npm run maintenance`. */
  command(args: readonly string[], options?: RunOptions): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  close(): Promise<void>;
}

export async function createCleanupStage(): Promise<CleanupStage> {
  const clock = { now: new Date('2026-06-15T12:00:00.000Z') };
  const now = (): Date => clock.now;
  const app = await createTestApp({ now, comparesExecutions: false });
  const seed = await createSeed(app);
  const admin = await signUpAdmin(app, seed);
  const { databases, storage } = app.app;
  const findStuckIn = (db: Databases) =>
    createFindStuckJobs({ databases: db, states: createJobStates({ databases: db, cache: noCache, clock: now }), runtime, now });
  const processes: Exclusive[] = [];
  function otherProcess(): Exclusive {
    const exclusive = createExclusive({
      url: app.database.urls.service,
      timeoutMs: 10_000,
      log: { debug: () => undefined, warn: () => undefined },
    });
    processes.push(exclusive);
    return exclusive;
  }
  const own = otherProcess();
  return {
    app,
    seed,
    admin,
    clock,
    daysAgo: (days) => new Date(clock.now.getTime() - days * 24 * 60 * 60_000),
    otherProcess,
    cleanup: (options = {}) =>
      createCleanup({
        databases: options.databases ?? databases,
        storage: options.storage ?? storage,
        runtime,
        findStuck: findStuckIn(options.databases ?? databases),
        listArrived: createUploadSweeping({ storage: options.storage ?? storage, runtime, now }).listArrived,
        alone: options.alone ?? own.during,
        now,
      }),
    async command(args, options = {}) {
      const ran = { out: '', err: '' };
      const code = await runMaintenance(
        ['cleanup', ...args],
        {
          open: () =>
            Promise.resolve({
              databases: options.databases ?? databases,
              storage: options.storage ?? storage,
              runtime,
              alone: options.alone ?? own.during,
              dataDirectory: app.storageDirectory,
              close: () => Promise.resolve(),
            }),
          now: clock.now,
          stdout: (text) => void (ran.out += text),
          stderr: (text) => void (ran.err += text),
          progress: () => Object.assign(() => undefined, { stop: () => undefined }),
          signal: options.signal ?? new AbortController().signal,
        },
        { cleanup: cleanupCommand },
      );
      return { code, ...ran };
    },
    async close() {
      await Promise.all(processes.map((exclusive) => exclusive.close()));
      await seed.close();
      await app.close();
    },
  };
}

export interface SeededJob {
  readonly status: string;
  /** Null: it is not over. */
  readonly endedAt: Date | null;
  readonly startedAt?: Date | null;
  readonly createdAt?: Date;
  readonly errorCode?: string | null;
  readonly archivedAt?: Date | null;
}

/** A job as it is put, charged in the month in which it was submitted; returns its id. */
export async function seedJob({ seed }: Pick<CleanupStage, 'seed'>, ownerId: string, job: SeededJob): Promise<string> {
  const id = randomUUID();
  const { status, endedAt, startedAt = null, createdAt = endedAt ?? startedAt, errorCode = null, archivedAt = null } = job;
  await seed.sql(
    `with job as (
       insert into generation_jobs (id, owner_id, mode, prompt, aspect_ratio, quality, variants, status, error_code, created_at, started_at,
         completed_at, archived_at)
       values ($1, $2, 'imagine', 'A calm room', '1:1', 'auto', 2, $3, $4, $5, $6, $7, $8)
       returning id, owner_id, created_at, date_trunc('month', created_at at time zone 'UTC')::date as period
     ), debit as (
       insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no, created_at)
       select owner_id, 'generation_debit', 1, period, id, 1, created_at from job
     )
     insert into usage_periods as s (owner_id, period, debits) select owner_id, period, 1 from job
     on conflict (owner_id, period) do update set debits = s.debits + 1`,
    [id, ownerId, status, errorCode, createdAt, startedAt, endedAt, archivedAt],
  );
  return id;
}

/** Jobs that succeeded before so many days, a second apart, written at once. */
export async function seedOldJobs({ seed }: Pick<CleanupStage, 'seed'>, ownerId: string, count: number, endedAt: Date): Promise<void> {
  await seed.sql(
    `insert into generation_jobs (owner_id, mode, prompt, aspect_ratio, quality, variants, status, progress, created_at, completed_at)
     select $1, 'imagine', 'A calm room', '1:1', 'auto', 2, 'succeeded', 1, at, at
     from (select $3::timestamptz - n * interval '1 second' as at from generate_series(1, $2::int) n) times`,
    [ownerId, count, endedAt],
  );
}
