import { lstat, realpath } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BackupConfiguration } from '../config/configuration.js';
import { ConfigurationError } from '../config/faults.js';
import { loadBackupConfiguration } from '../config/load.js';
import type { EnvironmentVariables } from '../config/variables.js';
import { takeColdCluster } from '../database/embedded/cold-copy.js';
import { EmbeddedServerError } from '../database/embedded/error.js';
import { createBackup } from './backup/create.js';
import { type Manifest, readManifest } from './backup/manifest.js';
import { isWithin, realPathOf } from './backup/paths.js';
import { readBackup } from './backup/read.js';
import { BackupRefused } from './backup/refused.js';
import { restoreBackup } from './backup/restore.js';
import { createProgress, type StoppableProgress } from './progress.js';
import { untilAsked } from './until-asked.js';

/** Where the command reads and writes. */
export interface BackupCommandSurroundings {
  /** Default: `process.env`. */
  readonly variables?: EnvironmentVariables;
  /** Where the embedded server keeps what its user cannot reach. Default: the server's own. */
  readonly elsewhere?: string;
  /** False skips the waits for the disk, for tests. Default: true. */
  readonly durable?: boolean;
  readonly now: Date;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly progress: (what: string) => StoppableProgress;
  /** Aborted where the process is asked to stop: the command undoes what is half done, and ends. */
  readonly signal: AbortSignal;
}

const usage = `Copies the embedded database with its pictures, while no gateway runs on it, and brings it back.

  npm run -s backup -- [--out FOLDER]     copies everything into a new folder, and prints where that is
  npm run -s backup -- verify FOLDER      reads a backup, and says whether it is what was written
  npm run -s backup -- restore FOLDER     brings a backup back into a data directory that is absent or empty

  --out   the folder to make; without it one in ".roomfeed-backups", beside ".roomfeed"

ROOMFEED_DATA_DIR and STORAGE_URL are read as the gateway reads them. Exit codes: 0 done; 1 it failed, and nothing is left
of it; 2 it was asked wrongly. A backup holds passwords and photos of homes. docs/backup.md has more, and what to do where
the database is one by URL.
`;

type Wanted =
  | { readonly kind: 'help' }
  | { readonly kind: 'create'; readonly out: string | null }
  | { readonly kind: 'verify' | 'restore'; readonly folder: string };

/** `npm run backup`. @returns the exit code, as the usage has them. */
export async function runBackup(args: readonly string[], surroundings: BackupCommandSurroundings): Promise<number> {
  const { variables, elsewhere, durable = true, now, stdout, stderr, signal } = surroundings;
  const wanted = readArguments(args);
  if (wanted === null) {
    stderr(usage);
    return 2;
  }
  try {
    switch (wanted.kind) {
      case 'help':
        stdout(usage);
        break;
      case 'create':
        await create(wanted.out);
        break;
      case 'verify':
        await verify(resolve(wanted.folder));
        break;
      case 'restore':
        await restore(resolve(wanted.folder));
    }
    return 0;
  } catch (error) {
    if (signal.aborted) {
      stderr('Interrupted; what was half done is undone.\n');
      return 1;
    }
    const isForPeople = [ConfigurationError, EmbeddedServerError, BackupRefused].some((kind) => error instanceof kind);
    if (!isForPeople) throw error;
    stderr(`Not done: ${(error as Error).message}\n`);
    return 1;
  }

  async function create(out: string | null): Promise<void> {
    const { dataDirectory, picturesDirectory } = configured();
    const cluster = await takeColdCluster({ dataDirectory, log: log(), ...(elsewhere === undefined ? {} : { elsewhere }) });
    try {
      const target = await realPathOf(out ?? join(`${resolve(dataDirectory)}-backups`, timeOf(now)));
      const pictures = picturesDirectory === null ? null : await realPathOf(picturesDirectory);
      await refuseTarget(target, [await realpath(dataDirectory), cluster.directory, ...(pictures === null ? [] : [pictures])]);
      if (pictures !== null && isWithin(cluster.directory, pictures)) {
        throw new BackupRefused(`The pictures' folder ${pictures} holds the database, too. Give each a folder of its own.`);
      }
      const manifest = await told('Copying (MB)', (onProgress) =>
        createBackup({ cluster, dataDirectory, picturesDirectory: pictures, target, createdAt: now, signal, durable, onProgress }),
      );
      stderr(`${countsOf(manifest)} ${picturesNote(manifest)}It holds passwords and photos of homes: keep it where only you can read it.\n`);
      stdout(`${target}\n`);
    } finally {
      await cluster.release();
    }
  }

  async function verify(folder: string): Promise<void> {
    const manifest = await readManifest(folder, signal);
    await told('Reading (MB)', (onProgress) => readBackup({ folder, manifest, signal, durable, onProgress }, null));
    stderr(`The backup of ${manifest.createdAt} is what was written. ${countsOf(manifest)}\n`);
  }

  async function restore(folder: string): Promise<void> {
    const { dataDirectory, picturesDirectory } = configured();
    const manifest = await readManifest(folder, signal);
    await told('Restoring (MB)', (onProgress) =>
      restoreBackup({ folder, manifest, dataDirectory, picturesDirectory, log: log(), elsewhere, signal, durable, onProgress }),
    );
    stderr(
      `Restored to ${resolve(dataDirectory)}, as it was at ${manifest.createdAt}. ${countsOf(manifest)} ${picturesNote(manifest)}` +
        'Accounts that were deleted since are back: docs/backup.md says how they are erased again.\n',
    );
  }

  function configured(): BackupConfiguration {
    const configuration = loadBackupConfiguration(variables);
    if (configuration.isEmbedded) return configuration;
    throw new BackupRefused('The database is one by URL (DATABASE_URL): back it up with pg_dump, as docs/backup.md shows.');
  }

  function log(): { info(message: string): void; warn(message: string): void; error(message: string): void } {
    const say = (message: string): void => stderr(`${message}\n`);
    return { info: say, warn: say, error: say };
  }

  /** Does something with a bar that counts megabytes. */
  async function told<T>(what: string, work: (onProgress: (done: number, total: number) => void) => Promise<T>): Promise<T> {
    const bar = surroundings.progress(what);
    const megabytes = (bytes: number): number => Math.ceil(bytes / 1_000_000);
    try {
      return await work((done, total) => bar(megabytes(done), megabytes(total)));
    } finally {
      bar.stop();
    }
  }
}

/** @throws BackupRefused where a backup cannot become `target`. */
async function refuseTarget(target: string, sources: readonly string[]): Promise<void> {
  if (await lstat(target).catch(() => null)) throw new BackupRefused(`${target} is there already. Name a new folder with --out.`);
  const around = sources.find((source) => isWithin(target, source));
  if (around !== undefined) {
    throw new BackupRefused(`${target} lies in ${around}, which is backed up, and would be lost with it. Name another folder with --out.`);
  }
}

/** Null where they are wrong. */
function readArguments(args: readonly string[]): Wanted | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return { kind: 'help' };
    const [kind, folder, ...more] = positionals;
    if (kind === undefined) return values.out === '' ? null : { kind: 'create', out: values.out ?? null };
    if ((kind !== 'verify' && kind !== 'restore') || !folder || more.length > 0 || values.out !== undefined) return null;
    return { kind, folder };
  } catch {
    return null;
  }
}

/** Of characters that a folder's name may have everywhere. */
function timeOf(now: Date): string {
  return now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
}

function countsOf({ files, byteSize }: Manifest): string {
  return `${files.toLocaleString('en-AU')} files, ${(byteSize / 1_000_000).toLocaleString('en-AU', { maximumFractionDigits: 1 })} MB.`;
}

function picturesNote({ pictures }: Manifest): string {
  return pictures === 'included' ? '' : 'The pictures are in S3 and no part of it. ';
}

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await runBackup(process.argv.slice(2), {
    now: new Date(),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    progress: (what) => createProgress(what),
    signal: untilAsked(),
  });
}
