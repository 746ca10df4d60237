import { randomUUID } from 'node:crypto';
import { parseRuntime } from '../../../src/config/parse-runtime.js';
import type { RuntimeConfiguration } from '../../../src/config/runtime.js';
import type { Databases } from '../../../src/database/database.js';
import { noCache } from '../../../src/services/cache/cache.js';
import { createGenerationBackground, type GenerationBackground } from '../../../src/services/generation/background.js';
import { createRemovalService } from '../../../src/services/storage/removal.js';
import { createTestApp, type Person, type TestApp } from '../app.js';
import { createSeed, type Seed } from '../seed.js';
import { createFuse, Died, fusedDatabases, fusedProvider, fusedStorage } from './fuse.js';
import type { Death } from './moves.js';
import { allowed, type Standing } from './rules.js';
import { createScriptedProvider, type Script } from './scripted-provider.js';

/** A gateway whose clock is the test's, and workers that do, and die, as they are told. */
export interface Lab {
  readonly app: TestApp;
  readonly seed: Seed;
  readonly clock: { now: Date };
  signUp(): Promise<Person>;
  /** A worker's life, from its start to its end; resolves with how it ended. What it rejects with is a fault. */
  live(options: LifeOptions, work: (worker: GenerationBackground) => Promise<unknown>): Promise<'done' | 'failed' | 'died'>;
  /** Removes the pictures that nothing needs. */
  clear(): Promise<void>;
  /** The jobs of these people, oldest first. */
  standings(people: readonly Person[]): Promise<Standing[]>;
  close(): Promise<void>;
}

export interface LifeOptions {
  /** Default: it lives. */
  readonly death?: Death;
  /** Puts itself before the database. */
  readonly wrapDatabases?: (databases: Databases) => Databases;
  readonly onFault?: (error: unknown) => void;
  readonly script?: Script;
  readonly isElsewhere?: boolean;
}

const runtime = {
  plans: { free: { monthlyGenerations: allowed.generations, maxConcurrentJobs: allowed.inFlight } },
};

const alive: Death = { calls: null, isDone: false };

export async function openLab(): Promise<Lab> {
  const clock = { now: new Date('2026-01-30T22:00:00.000Z') };
  const now = (): Date => clock.now;
  const app = await createTestApp({
    now,
    runtime,
    comparesExecutions: false,
    wrapProvider: () => createScriptedProvider(() => 'works on'),
  });
  const seed = await createSeed(app);
  const removal = createRemovalService({ databases: app.app.databases, storage: app.app.storage, now });
  return {
    app,
    seed,
    clock,
    async signUp() {
      const id = randomUUID();
      await seed.sql('insert into profiles (id) values ($1)', [id]);
      return app.newcomer({ id, email: null });
    },
    async live({ death = alive, script = 'works on', isElsewhere = false, wrapDatabases = (db) => db, onFault = () => undefined }, work) {
      const fuse = createFuse(death);
      const worker = createGenerationBackground({
        databases: wrapDatabases(fusedDatabases(app.app.databases, fuse)),
        cache: noCache,
        storage: fusedStorage(app.app.storage, fuse),
        provider: fusedProvider(createScriptedProvider(() => script, { lookAgainAfterMs: isElsewhere ? 1_000 : 0 }), fuse),
        runtime: parseRuntime(runtime).runtime as RuntimeConfiguration,
        isWorkedOn: () => Promise.resolve(false),
        onAssetsMarked: () => undefined,
        onFault,
        onProviderFault: () => undefined,
        now,
        clock: now,
      });
      try {
        await work(worker);
      } catch (error) {
        if (!(error instanceof Died) && !fuse.hasBurnt()) return 'failed';
      }
      return fuse.hasBurnt() ? 'died' : 'done';
    },
    async clear() {
      await removal.removeDue(new AbortController().signal);
    },
    standings: (people) =>
      seed.sql<Standing & { readonly id: string }>(
        `select id, owner_id as "ownerId", status, error_code as "errorCode", prediction_id as "predictionId",
           created_at as "createdAt", started_at as "startedAt"
         from generation_jobs where owner_id = any($1::uuid[]) order by created_at, id`,
        [people.map(({ id }) => id)],
      ),
    async close() {
      await seed.close();
      await app.close();
    },
  };
}
