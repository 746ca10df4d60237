import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openStorage } from '../app/storage.js';
import { ConfigurationError } from '../config/faults.js';
import { loadConfiguration } from '../config/load.js';
import type { RuntimeConfiguration } from '../config/runtime.js';
import { EmbeddedServerError } from '../database/embedded/error.js';
import { MigrationError } from '../database/migrate/error.js';
import { provideDatabase } from '../database/provision.js';
import { seedScale, type SeedScaleResult } from '../services/seeding/scale.js';
import { StorageError } from '../storage/errors.js';
import type { Storage } from '../storage/storage.js';
import { createProgress, type Progress } from './progress.js';

/** What a seed works on; `close` also stops a server that was started for it. */
export interface SeedTarget {
  readonly serviceUrl: string;
  /** Null: the tables' owner is not known here, so nobody can ANALYZE. */
  readonly ownerUrl: string | null;
  readonly storage: Storage;
  readonly configuration: RuntimeConfiguration;
  close(): Promise<void>;
}

export interface SeedCommandSurroundings {
  /** Called once the arguments are right. */
  open(): Promise<SeedTarget>;
  /** The data's present. */
  readonly now: Date;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly progress: (what: string) => Progress;
}

const usage = `Fills the database with sample people and renders, for measurements.

  npm run seed -- --profiles 1000 --renders 500000 [--seed 42]

  --profiles  how many people; the first of them has a twelfth of all renders
  --renders   how many renders, spread over the last two years
  --seed      any whole number, 42 by default; the same number makes the same people, another one adds others
`;

/** This cannot be done here, for a reason that its message gives. */
class SeedRefused extends Error {
  override readonly name = 'SeedRefused';
}

/** @returns the exit code: 0; 1 where it could not be done; 2 where it was asked wrongly. */
export async function runSeed(args: readonly string[], surroundings: SeedCommandSurroundings): Promise<number> {
  const { stdout, stderr, now, progress } = surroundings;
  const wanted = readArguments(args);
  if ('mistake' in wanted) {
    stderr(`${wanted.mistake}\n`);
    return 2;
  }
  try {
    const target = await surroundings.open();
    try {
      const begun = performance.now();
      const bars = { pictures: progress('Drawing sample rooms'), renders: progress('Writing renders') };
      const result = await seedScale({
        ...wanted,
        ...target,
        now,
        onProgress: (step, done, total) => bars[step](done, total),
      });
      stdout(summary(result, wanted.seed, (performance.now() - begun) / 1_000));
      return 0;
    } finally {
      await target.close();
    }
  } catch (error) {
    const known = [SeedRefused, ConfigurationError, EmbeddedServerError, MigrationError, StorageError, RangeError];
    if (!known.some((kind) => error instanceof kind)) throw error;
    stderr(`Nothing was seeded: ${(error as Error).message}\n`);
    return 1;
  }
}

type Wanted = { readonly profiles: number; readonly renders: number; readonly seed: number } | { readonly mistake: string };

function readArguments(args: readonly string[]): Wanted {
  const text = { type: 'string' } as const;
  let values: { profiles?: string; renders?: string; seed?: string };
  try {
    ({ values } = parseArgs({ args: [...args], options: { profiles: text, renders: text, seed: text } }));
  } catch {
    return { mistake: usage };
  }
  if (values.profiles === undefined || values.renders === undefined) return { mistake: usage };
  const numbers = { profiles: values.profiles, renders: values.renders, seed: values.seed ?? '42' };
  for (const [name, value] of Object.entries(numbers)) {
    if (!/^\d{1,15}$/.test(value)) return { mistake: `--${name} takes a whole number, such as 1000; "${value}" is none.` };
  }
  return { profiles: Number(numbers.profiles), renders: Number(numbers.renders), seed: Number(numbers.seed) };
}

function summary(result: SeedScaleResult, seed: number, seconds: number): string {
  if (!result.seeded) return `The seed ${seed} is already there; nothing was changed. Give another --seed to add to it.\n`;
  const count = (value: number): string => value.toLocaleString('en-AU');
  const lines = [
    `Seeded ${count(result.profiles)} profiles, ${count(result.renders)} renders and ${count(result.variants)} variants in ${seconds.toFixed(1)} s.`,
    ...(result.analyzed
      ? []
      : ['The tables were not analyzed, as only their owner may (DATABASE_OWNER_URL); autovacuum does it within minutes.']),
    ...(result.busiest === null
      ? []
      : [`Most renders (${count(result.busiest.renders)}): npm run -s token -- --sub ${result.busiest.id}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The database and storage that the environment names: the embedded server of a gateway that runs, or one started here. */
async function openFromEnvironment(): Promise<SeedTarget> {
  const configuration = loadConfiguration();
  const { environment, runtime } = configuration;
  if (environment.production) throw new SeedRefused('NODE_ENV is production, and sample people do not belong there.');
  const say = (message: string): void => void process.stderr.write(`${message}\n`);
  const store = openStorage({ configuration, warn: say });
  await store.prepare();
  const database = await provideDatabase({
    settings: environment.database,
    dataDirectory: environment.dataDirectory,
    beside: true,
    log: { info: say, warn: say, error: say },
  });
  return {
    serviceUrl: database.urls.service,
    ownerUrl: database.urls.owner,
    storage: store.storage,
    configuration: runtime,
    async close() {
      store.close();
      await database.stop();
    },
  };
}

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await runSeed(process.argv.slice(2), {
    open: openFromEnvironment,
    // Midnight, so that a seed makes the same rows all day long.
    now: new Date(new Date().setUTCHours(0, 0, 0, 0)),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    progress: (what) => createProgress(what),
  });
}
