import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeGlobalId } from '../../domain/global-id.js';
import { createExportService, type ExportReport } from '../../services/data/export.js';
import type { MaintenanceCommand, MaintenanceSurroundings, MaintenanceTarget } from './command.js';
import { createExportFolder, problemOf } from './export-folder.js';
import type { OpenFile } from './export-file.js';
import { patiently } from './patient-progress.js';

const usage = `Writes all that a person's account holds into a new folder, with its pictures, and prints where it is.

  npm run -s maintenance -- export PROFILE [--out DIR]

  PROFILE   a profile's id, as the database or the API has it, or an e-mail that one profile has
  --out     the folder to make; without it one below "exports" in ROOMFEED_DATA_DIR

Exit codes: 0 it is whole; 1 it failed, and nothing was written; 2 it was asked wrongly; 3 it is written, but pictures
that it names are not in the store. The folder is the person's: it holds e-mail, prompts and photos of homes.
`;

/** Of an e-mail that many profiles have, so many are named. */
const mostNamed = 10;

/** `openFile` stands in for the disk, for tests in which it fails. */
export function createExportCommand({ openFile }: { readonly openFile?: OpenFile } = {}): MaintenanceCommand {
  return {
    summary: 'writes all that a person\'s account holds into a folder',
    run: (args, surroundings) => runExport(args, surroundings, openFile),
  };
}

/** @returns the exit code, as the usage has them. */
async function runExport(
  args: readonly string[],
  surroundings: MaintenanceSurroundings,
  openFile: OpenFile | undefined,
): Promise<number> {
  const { stdout, stderr } = surroundings;
  const wanted = readArguments(args);
  if (wanted === 'help') {
    stdout(usage);
    return 0;
  }
  if (wanted === null) return refuse(usage);
  const problem = wanted.out === null ? null : await problemOf(wanted.out);
  if (problem !== null) return refuse(`--out: ${wanted.out} ${problem}\n`);

  const target = await surroundings.open();
  try {
    return await exportFrom(target);
  } finally {
    await target.close();
  }

  function refuse(why: string): number {
    stderr(why);
    return 2;
  }

  async function exportFrom({ databases, storage, dataDirectory }: MaintenanceTarget): Promise<number> {
    const { profile, out } = wanted as Wanted;
    const service = createExportService({ databases, storage });
    const found = await service.findProfiles(profile, mostNamed + 1);
    const [id] = found;
    if (id === undefined) return refuse(`There is no profile ${JSON.stringify(profile)}.\n`);
    if (found.length > 1) return refuse(ambiguous(profile, found));
    const directory = resolve(out ?? join(dataDirectory, 'exports', `${id}_${timeOf(surroundings.now)}`));
    const report = await writeTo(directory, id, service);
    stderr(summary(report));
    stdout(`${directory}\n`);
    return report.missingPictures === 0 ? 0 : 3;
  }

  async function writeTo(directory: string, id: string, service: ReturnType<typeof createExportService>): Promise<ExportReport> {
    const { now, signal, progress } = surroundings;
    const bars = { records: patiently(progress('Reading records')), pictures: patiently(progress('Copying pictures')) };
    const folder = await createExportFolder({ directory, profileId: encodeGlobalId('Profile', id), exportedAt: now, openFile });
    try {
      const report = await service.exportAccount(id, folder.sink, {
        signal,
        onProgress: (step, done, total) => bars[step](done, total),
      });
      signal.throwIfAborted();
      await folder.finish(report);
      return report;
    } catch (error) {
      await folder.discard();
      throw error;
    } finally {
      bars.records.stop();
      bars.pictures.stop();
    }
  }
}

interface Wanted {
  readonly profile: string;
  readonly out: string | null;
}

/** Null where they are wrong. */
function readArguments(args: readonly string[]): Wanted | 'help' | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return 'help';
    const [profile, ...more] = positionals;
    return !profile || more.length > 0 || values.out === '' ? null : { profile, out: values.out ?? null };
  } catch {
    return null;
  }
}

function ambiguous(email: string, ids: readonly string[]): string {
  const named = ids.slice(0, mostNamed).map((id) => `  ${id}\n`);
  const more = ids.length > mostNamed ? '  and more\n' : '';
  return `Several profiles have the e-mail ${JSON.stringify(email)}. Which of them?\n${named.join('')}${more}`;
}

/** Of characters that a folder's name may have everywhere. */
function timeOf(now: Date): string {
  return now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
}

function summary({ counts, erasedAt, pictures, missingPictures }: ExportReport): string {
  const count = (value: number): string => value.toLocaleString('en-AU');
  return [
    `${count(counts.renders)} renders, ${count(counts.generationJobs)} jobs, ${count(counts.collections)} collections, ${count(pictures)} pictures.\n`,
    erasedAt === null ? '' : `The account was erased on ${erasedAt.toISOString()}: this is what remains of it.\n`,
    missingPictures === 0
      ? ''
      : `Pictures that are not in the store: ${count(missingPictures)}. manifest.json marks them. Another export no longer names what was deleted meanwhile.\n`,
  ].join('');
}
