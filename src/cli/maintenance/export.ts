import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeGlobalId } from '../../domain/global-id.js';
import { createExportService, type ExportReport } from '../../services/data/export.js';
import { AskedWrongly, maintenanceCommand, type MaintenanceCommand, type MaintenanceSurroundings, type MaintenanceTarget, onTarget } from './command.js';
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
  return maintenanceCommand({
    summary: 'writes all that a person\'s account holds into a folder',
    usage,
    read: readArguments,
    async act(wanted, surroundings) {
      const problem = wanted.out === null ? null : await problemOf(wanted.out);
      if (problem !== null) throw new AskedWrongly(`--out: ${wanted.out} ${problem}`);
      return onTarget(surroundings, (target) => exportFrom(target, surroundings, wanted, openFile));
    },
  });
}

async function exportFrom(
  { databases, storage, dataDirectory }: MaintenanceTarget,
  surroundings: MaintenanceSurroundings,
  { profile, out }: Wanted,
  openFile: OpenFile | undefined,
): Promise<number> {
  const service = createExportService({ databases, storage });
  const found = await service.findProfiles(profile, mostNamed + 1);
  const [id] = found;
  if (id === undefined) throw new AskedWrongly(`There is no profile ${JSON.stringify(profile)}.`);
  if (found.length > 1) throw new AskedWrongly(ambiguous(profile, found));
  const directory = resolve(out ?? join(dataDirectory, 'exports', `${id}_${timeOf(surroundings.now)}`));
  const { now: exportedAt } = surroundings;
  const folder = await createExportFolder({ directory, profileId: encodeGlobalId('Profile', id), exportedAt, openFile });
  const report = await fill(folder, id, service, surroundings);
  surroundings.stderr(summary(report));
  surroundings.stdout(`${directory}\n`);
  return report.missingPictures === 0 ? 0 : 3;
}

/** Writes the account `id` into the folder, or leaves no folder. */
async function fill(
  folder: Awaited<ReturnType<typeof createExportFolder>>,
  id: string,
  service: ReturnType<typeof createExportService>,
  { signal, progress }: MaintenanceSurroundings,
): Promise<ExportReport> {
  const bars = { records: patiently(progress('Reading records')), pictures: patiently(progress('Copying pictures')) };
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

interface Wanted {
  readonly profile: string;
  readonly out: string | null;
}

/** @throws AskedWrongly, or what parseArgs throws. */
function readArguments(args: readonly string[]): Wanted | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return 'help';
  const [profile, ...more] = positionals;
  if (!profile || more.length > 0 || values.out === '') throw new AskedWrongly();
  return { profile, out: values.out ?? null };
}

function ambiguous(email: string, ids: readonly string[]): string {
  const named = ids.slice(0, mostNamed).map((id) => `  ${id}\n`);
  const more = ids.length > mostNamed ? '  and more\n' : '';
  return `Several profiles have the e-mail ${JSON.stringify(email)}. Which of them?\n${named.join('')}${more}`.trimEnd();
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
