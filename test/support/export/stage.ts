import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExportCommand } from '../../../src/cli/maintenance/export.js';
import type { MaintenanceSurroundings } from '../../../src/cli/maintenance/command.js';
import type { OpenFile } from '../../../src/cli/maintenance/export-file.js';
import { runMaintenance } from '../../../src/cli/maintenance.js';
import { parseRuntime } from '../../../src/config/parse-runtime.js';
import type { RuntimeConfiguration } from '../../../src/config/runtime.js';
import { createDatabases } from '../../../src/database/databases.js';
import { createFileStorage } from '../../../src/storage/file-storage.js';
import type { Storage } from '../../../src/storage/storage.js';
import type { TestApp } from '../app.js';

export const exportedAt = new Date('2026-06-01T12:00:00.000Z');

export interface RunOptions {
  readonly wrapStorage?: (storage: Storage) => Storage;
  readonly openFile?: OpenFile;
  readonly signal?: AbortSignal;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command, on a gateway's database and store, in a folder of its own. */
export interface ExportStage {
  readonly folder: string;
  readonly storage: Storage;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  close(): Promise<void>;
}

export async function createExportStage(app: TestApp): Promise<ExportStage> {
  const folder = await mkdtemp(join(tmpdir(), 'roomfeed-export-'));
  const storage = createFileStorage({
    directory: app.storageDirectory,
    publicUrl: 'http://127.0.0.1:4000',
    windowSeconds: 3_600,
    signingSecret: 'a secret of at least thirty-two characters',
  });
  const surroundings = ({ wrapStorage = (store) => store, signal }: RunOptions, ran: { out: string; err: string }): MaintenanceSurroundings => ({
    open: async () => {
      const databases = createDatabases({
        gatewayUrl: app.database.urls.gateway,
        serviceUrl: app.database.urls.service,
        pool: { max: 2, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 10_000, statementTimeoutMillis: 60_000, lockTimeoutMillis: 10_000 },
      });
      return { databases, storage: wrapStorage(storage), runtime: parseRuntime({}).runtime as RuntimeConfiguration, alone: (_name, work) => work(new AbortController().signal), dataDirectory: folder, close: () => databases.close() };
    },
    now: exportedAt,
    stdout: (text) => void (ran.out += text),
    stderr: (text) => void (ran.err += text),
    progress: () => Object.assign(() => undefined, { stop: () => undefined }),
    signal: signal ?? new AbortController().signal,
  });
  return {
    folder,
    storage,
    async run(args, options = {}) {
      const ran = { out: '', err: '' };
      const around = surroundings(options, ran);
      const command = createExportCommand(options.openFile ? { openFile: options.openFile } : {});
      const code = await runMaintenance(args, around, { export: command });
      return { code, ...ran };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface Manifest {
  readonly format: string;
  readonly version: number;
  readonly profileId: string;
  readonly exportedAt: string;
  readonly erasedAt: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly missingPictures: number;
  readonly files: readonly { readonly file: string; readonly byteSize: number; readonly sha256: string }[];
  readonly pictures: readonly { readonly file: string; readonly byteSize?: number; readonly sha256?: string; readonly missing?: true }[];
}

export async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as Manifest;
}

/** The records of a kind. */
export async function recordsOf(directory: string, kind: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(directory, `${kind}.jsonl`), 'utf8');
  return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Every file below a folder, by its relative path; sorted. */
export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.path, entry.name).slice(directory.length + 1))
    .sort();
}
