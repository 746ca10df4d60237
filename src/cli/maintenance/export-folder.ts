import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCodeOf } from '../../config/error-code.js';
import type { ExportReport } from '../../services/data/export.js';
import type { ExportPicture, ExportSink } from '../../services/data/export/sink.js';
import { createExportFile, type ExportFile, type FileFacts, type OpenFile, onDisk } from './export-file.js';
import { readmeOf } from './export-readme.js';

/** A folder that an export is written to. It is there whole, or not at all. */
export interface ExportFolder {
  readonly sink: ExportSink;
  /** Writes what is known at the end, and gives the folder its name. */
  finish(report: ExportReport): Promise<void>;
  /** Removes what was written so far. */
  discard(): Promise<void>;
}

export interface ExportFolderOptions {
  /** Where it will be; see `problemOf`. */
  readonly directory: string;
  /** The profile's id in the API. */
  readonly profileId: string;
  readonly exportedAt: Date;
  readonly openFile?: OpenFile | undefined;
}

/** What the format of an export is called, for programs; the version changes where a reader would have to. */
const format = { format: 'roomfeed-account-export', version: 1 };

/** Why a folder cannot become an export, or null. */
export async function problemOf(directory: string): Promise<string | null> {
  try {
    const path = await realpath(directory);
    if ((await readdir(path)).length > 0) return 'exists already and is not empty; name a new folder.';
    const isMount = (await lstat(path)).dev !== (await lstat(dirname(path))).dev;
    return isMount ? 'is a disk of its own, which cannot be replaced in one step; name a new folder on it.' : null;
  } catch (error) {
    // What else is wrong with the path, the making of the folder says.
    return errorCodeOf(error) === 'ENOTDIR' ? 'is, or lies below, a file; name a new folder.' : null;
  }
}

/**
 * Begins an export in a folder of its own beside the one that it will be. A process that is killed leaves that one behind,
 * under a name that says `.partial-`.
 *
 * @throws MaintenanceRefused where the disk does not take it.
 */
export async function createExportFolder(options: ExportFolderOptions): Promise<ExportFolder> {
  const { profileId, exportedAt, openFile } = options;
  const target = await realpath(options.directory).catch(() => resolve(options.directory));
  await onDisk(() => mkdir(dirname(target), { recursive: true, mode: 0o700 }));
  const folder = await onDisk(() => mkdtemp(join(dirname(target), `.${basename(target).slice(0, 200)}.partial-`)));
  const opened = new Set<ExportFile>();
  const folders = new Map<string, Promise<unknown>>();
  try {
    return await begin();
  } catch (error) {
    await discard();
    throw error;
  }

  async function discard(): Promise<void> {
    // A file that cannot be closed is removed all the same, and what failed first is the error to tell.
    await Promise.allSettled([...opened].map((file) => file.close()));
    await rm(folder, { recursive: true, force: true });
  }

  async function make(name: string): Promise<ExportFile> {
    const path = join(folder, name);
    const way = dirname(path);
    if (!folders.has(way)) folders.set(way, onDisk(() => mkdir(way, { recursive: true, mode: 0o700 })));
    await folders.get(way);
    const file = await createExportFile(path, openFile);
    opened.add(file);
    return file;
  }

  function close(file: ExportFile): Promise<FileFacts> {
    opened.delete(file);
    return file.close();
  }

  async function begin(): Promise<ExportFolder> {
    const manifest = await make('manifest.json');
    const listPath = join(folder, '.pictures');
    const list = await make('.pictures');
    const records = new Map<string, ExportFile>();
    const files: (FileFacts & { readonly file: string })[] = [];
    let pictures = 0;
    const head = { ...format, profileId, exportedAt: exportedAt.toISOString() };
    await manifest.append(`${JSON.stringify(head, null, 2).slice(0, -2)},\n  "pictures": [`);

    /** A line an entry: the list may be long, and neither side should need it as a whole. */
    const enter = (entry: object): Promise<void> => manifest.append(`${pictures++ === 0 ? '' : ','}\n    ${JSON.stringify(entry)}`);

    async function* remembered(): AsyncGenerator<ExportPicture> {
      for (const [file, open] of records) files.push({ file, ...(await close(open)) });
      await close(list);
      for await (const line of linesOf(listPath)) yield JSON.parse(line) as ExportPicture;
    }

    const sink: ExportSink = {
      async records(kind, rows) {
        const name = `${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.jsonl`;
        let file = records.get(name);
        if (!file) records.set(name, (file = await make(name)));
        if (rows.length > 0) await file.append(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      },
      remember: (some) => list.append(some.map((picture) => `${JSON.stringify(picture)}\n`).join('')),
      remembered,
      async picture({ file: name }, body) {
        if (body === null) return enter({ file: name, missing: true });
        try {
          const file = await make(name);
          for await (const chunk of body) await file.append(chunk as Buffer);
          await enter({ file: name, ...(await close(file)) });
        } finally {
          body.destroy();
        }
      },
    };

    return {
      sink,
      discard,
      async finish(report) {
        const { counts, erasedAt, missingPictures } = report;
        await rm(listPath);
        const readme = await make('README.txt');
        await readme.append(readmeOf({ exportedAt, report }));
        files.push({ file: 'README.txt', ...(await close(readme)) });
        const tail = { files, counts, missingPictures, erasedAt: erasedAt?.toISOString() ?? null };
        await manifest.append(`${pictures === 0 ? '' : '\n  '}],\n  ${JSON.stringify(tail, null, 2).slice(2).trimStart()}\n`);
        await close(manifest);
        // Over an empty folder too; over what came there meanwhile it fails.
        await onDisk(() => rename(folder, target));
      },
    };
  }
}

/** The lines of a file, a piece of it at a time. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of createReadStream(path, 'utf8')) {
    const lines = (rest + (piece as string)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
