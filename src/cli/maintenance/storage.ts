import { parseArgs } from 'node:util';
import { isUuid, parseGlobalId } from '../../domain/global-id.js';
import { createStorageAudit, type Difference, type StorageSums } from '../../services/storage/audit.js';
import { createPictureMoves } from '../../services/storage/moving.js';
import { createOrphanSweep } from '../../services/storage/orphans.js';
import type { Orphan, SweepReport, Unrecorded } from '../../services/storage/orphans/report.js';
import { createRemovalService, type RemovalReport } from '../../services/storage/removal.js';
import { StoredObjectMissing } from '../../storage/errors.js';
import { AskedWrongly, maintenanceCommand, MaintenanceRefused, type MaintenanceSurroundings, type MaintenanceTarget, onTarget } from './command.js';
import { patiently } from './patient-progress.js';

const usage = `Says what storage holds, whether records and bytes agree, and what nothing needs any more.

  npm run -s maintenance -- storage [--top COUNT] [--json]
  npm run -s maintenance -- storage --verify [--json]
  npm run -s maintenance -- storage --orphans [--apply] [--json]
  npm run -s maintenance -- storage --move RENDER [--json]

  without more   bytes and objects, all and by kind, and of those who have most (--top, 10 of them)
  --verify       walks all records and the whole store beside each other, and names every difference
  --orphans      names what nothing needs: unused photos, pictures whose render or look is gone, bytes on no record; and
                 references to what is on no record. Changes nothing without --apply, which marks the same things, and
                 removes what is due
  --move         moves a render's pictures to new keys: addresses that were given out lead nowhere any more
  --json         for programs: one document

Exit codes: 0 it is done, or there is nothing to tell; 1 it could not be done; 2 it was asked wrongly; 3 there is something
to look at: differences, orphans that were only named, references to what is on no record, or bytes that could not be removed.
`;

export const storageCommand = maintenanceCommand<Wanted>({
  summary: 'says what storage holds, verifies it, and removes what nothing needs',
  usage,
  read: readArguments,
  act: (wanted, surroundings) => onTarget(surroundings, (target) => tasks[wanted.task](target, surroundings, wanted)),
});

/** What each of them does; gives the exit code. */
const tasks = { measure, verify, orphans: sweep, move } as const;

interface Wanted {
  readonly task: keyof typeof tasks;
  readonly isJson: boolean;
  readonly top: number;
  readonly apply: boolean;
  /** A render's id. */
  readonly render: string;
}

/** @throws AskedWrongly, or what parseArgs throws. */
function readArguments(args: readonly string[]): Wanted | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      verify: { type: 'boolean', default: false },
      orphans: { type: 'boolean', default: false },
      apply: { type: 'boolean', default: false },
      move: { type: 'string' },
      top: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const tasks = [values.verify && 'verify', values.orphans && 'orphans', values.move !== undefined && 'move'] as const;
  const [task = 'measure', ...more] = tasks.filter((one) => one !== false);
  if (more.length > 0 || (values.apply && task !== 'orphans')) throw new AskedWrongly();
  const render = values.move === undefined ? '' : renderOf(values.move);
  if (render === null) throw new AskedWrongly('--move takes the id of a render, as the database or the API has it.');
  const top = values.top ?? '10';
  if (values.top !== undefined && task !== 'measure') throw new AskedWrongly();
  if (!/^\d{1,4}$/.test(top)) throw new AskedWrongly('--top takes a whole number from 0 to 9999.');
  return { task, isJson: values.json, top: Number(top), apply: values.apply, render };
}

/** As the database or the API has it. */
function renderOf(given: string): string | null {
  if (isUuid(given)) return given;
  const found = parseGlobalId(given);
  return found?.type === 'Render' && isUuid(found.id) ? found.id : null;
}

const grouped = (value: number): string => value.toLocaleString('en-AU');

function say({ stdout }: MaintenanceSurroundings, isJson: boolean, document: object, lines: readonly string[]): void {
  stdout(isJson ? `${JSON.stringify(document, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** Columns as wide as what is in them, the numbers at the right. */
function table(rows: readonly (readonly [string, ...number[]])[]): string[] {
  const cells = rows.map(([name, ...numbers]) => [name, ...numbers.map(grouped)]);
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '));
}

async function measure(target: MaintenanceTarget, surroundings: MaintenanceSurroundings, { isJson, top }: Wanted): Promise<number> {
  const sums: StorageSums = await createStorageAudit(target).measure({ largest: top });
  say(surroundings, isJson, sums, [
    'What storage holds: objects, bytes; and of those what is marked for removal',
    ...table([
      ...sums.byKind.map(({ kind, objectCount, bytes, markedCount, markedBytes }) => [kind, objectCount, bytes, markedCount, markedBytes] as const),
      ['all', sums.objectCount, sums.bytes, sums.markedCount, sums.markedBytes],
    ]),
    ...(sums.largest.length > 0 ? ['', 'Who has most: objects, bytes'] : []),
    ...table(sums.largest.map(({ ownerId, objectCount, bytes }) => [ownerId, objectCount, bytes] as const)),
  ]);
  return 0;
}

async function verify(target: MaintenanceTarget, surroundings: MaintenanceSurroundings, { isJson }: Wanted): Promise<number> {
  const differences: Difference[] = [];
  const bar = patiently(surroundings.progress('Walking the store'));
  const found = await createStorageAudit(target)
    .verify({ signal: surroundings.signal, onDifference: (difference) => void differences.push(difference), onProgress: bar })
    .finally(() => bar.stop());
  say(
    surroundings,
    isJson,
    { ...found, differences },
    differences.map(({ what, key, recordedBytes, storedBytes }) => `${what}  ${key}  recorded ${recordedBytes ?? 'not'}, stored ${storedBytes ?? 'not'}`),
  );
  surroundings.stderr(
    `${grouped(found.records)} records, ${grouped(found.objects)} objects of ${grouped(found.bytes)} bytes, ` +
      `${grouped(found.uncompleted)} uploads that wait: ${found.differences === 0 ? 'no difference' : `${grouped(found.differences)} differences`}.\n`,
  );
  return found.differences === 0 ? 0 : 3;
}

async function sweep(target: MaintenanceTarget, surroundings: MaintenanceSurroundings, { isJson, apply }: Wanted): Promise<number> {
  const { signal } = surroundings;
  const now = (): Date => surroundings.now;
  const orphans: Orphan[] = [];
  const unrecorded: Unrecorded[] = [];
  const bars = { records: patiently(surroundings.progress('Looking at records')), objects: patiently(surroundings.progress('Looking at the store')) };
  const report = await createOrphanSweep({ ...target, now })
    .sweep({
      apply,
      signal,
      onOrphan: (orphan) => void orphans.push(orphan),
      onUnrecorded: (reference) => void unrecorded.push(reference),
      onProgress: (of, done, total) => bars[of](done, total),
    })
    .finally(() => {
      bars.records.stop();
      bars.objects.stop();
    });
  const removal = apply ? await createRemovalService({ ...target, now }).removeDue(signal) : null;
  signal.throwIfAborted();
  say(surroundings, isJson, { applied: apply, ...report, orphans, totals: report.orphans, unrecordedReferences: unrecorded, removal }, [
    ...orphans.map(({ reason, key, byteSize, removableAt }) => `${reason}  ${key}  ${byteSize} bytes  removable ${removableAt.toISOString()}`),
    ...unrecorded.map(({ key, by, of }) => `unrecorded  ${key}  ${by} ${of}`),
  ]);
  surroundings.stderr(summaryOf(report, removal));
  const isLeft = report.unrecorded > 0 || (removal?.failed ?? 0) > 0;
  return isLeft || (!apply && orphans.length > 0) ? 3 : 0;
}

function summaryOf({ records, objects, orphans, unrecorded, notOurs }: SweepReport, removal: RemovalReport | null): string {
  const found = Object.entries(orphans).filter(([, { count }]) => count > 0);
  return [
    `${grouped(records)} records and ${grouped(objects)} objects were looked at.\n`,
    ...found.map(([reason, { count, bytes }]) => `${reason}: ${grouped(count)} of ${grouped(bytes)} bytes\n`),
    found.length === 0 ? 'There are no orphans.\n' : removal ? 'They were marked.\n' : 'Nothing was changed; --apply marks them.\n',
    removal && removal.removed > 0 ? `Removed what was due: ${grouped(removal.removed)}.\n` : '',
    removal && removal.failed > 0 ? `Could not be removed, and stay marked: ${grouped(removal.failed)}.\n` : '',
    unrecorded > 0 ? `References to what is on no record: ${grouped(unrecorded)}.\n` : '',
    notOurs > 0 ? `Left alone, because their keys name nothing of this database: ${grouped(notOurs)} objects.\n` : '',
  ].join('');
}

async function move(target: MaintenanceTarget, surroundings: MaintenanceSurroundings, { isJson, render }: Wanted): Promise<number> {
  const now = (): Date => surroundings.now;
  const moved = await createPictureMoves({ ...target, now }).movePictures(render).catch((error: unknown) => {
    if (!(error instanceof StoredObjectMissing)) throw error;
    throw new MaintenanceRefused('The bytes of a picture are not in the store; the render is as it was.');
  });
  if (moved.outcome !== 'moved') throw new MaintenanceRefused(refusals[moved.outcome]);
  const { failed } = await createRemovalService({ ...target, now }).removeDue(surroundings.signal);
  say(surroundings, isJson, { ...moved, failed }, moved.keys);
  return failed === 0 ? 0 : 3;
}

const refusals = {
  none: 'There is no such render, or it has no pictures.',
  'not its own': 'The pictures of this render are shared with others, and stay where they are.',
  changed: 'The render was changed meanwhile, and is as it was changed. Try again.',
} as const;
