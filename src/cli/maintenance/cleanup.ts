import { parseArgs } from 'node:util';
import type { CleanupReport } from '../../domain/upkeep.js';
import { noCache } from '../../services/cache/cache.js';
import { createCleanup } from '../../services/data/cleanup.js';
import { type CleanupTaskName, cleanupTaskNames, cleanupTasks, isCleanupTask } from '../../services/data/cleanup/names.js';
import { createJobStates } from '../../services/generation/states.js';
import { createFindStuckJobs } from '../../services/generation/stuck.js';
import { createUploadSweeping } from '../../services/uploads/sweeping.js';
import { AskedWrongly, maintenanceCommand, type MaintenanceSurroundings, type MaintenanceTarget, onTarget } from './command.js';
import { patiently } from './patient-progress.js';

const usage = `Takes away what nobody needs any more. Changes nothing, and only tells what it would do, without --apply.

  npm run -s maintenance -- cleanup [--tasks A,B] [--apply] [--limit COUNT] [--json]

  --tasks    these alone; without it all, in this order:
${cleanupTaskNames.map((name) => `             ${name.padEnd(18)}${cleanupTasks[name].description}\n`).join('')}  --apply    does it (--dry-run, which is so anyway, may be said)
  --limit    things that are named for each task, 0 to 100000; default 20. All are counted, and done
  --json     for programs: one document

What was done stays done: where it ends early, the next run goes on. Gateways do the same every few hours; a task that one
of them is at is left to it.

Exit codes: 0 it is done; 1 it could not be done, or was interrupted; 2 it was asked wrongly; 3 single things failed, or a
task was left to another run: the output says which, and the rest is done.
`;

const defaultLimit = 20;
const mostNamed = 100_000;

export const cleanupCommand = maintenanceCommand<Wanted>({
  summary: 'takes away what nobody needs any more, or tells what that would be',
  usage,
  read: readArguments,
  act: (wanted, surroundings) => onTarget(surroundings, (target) => cleanUp(target, surroundings, wanted)),
});

interface Wanted {
  readonly tasks: readonly CleanupTaskName[];
  readonly dryRun: boolean;
  readonly limit: number;
  readonly isJson: boolean;
}

/** @throws AskedWrongly, or what parseArgs throws. */
function readArguments(args: readonly string[]): Wanted | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tasks: { type: 'string' },
      apply: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      limit: { type: 'string', default: String(defaultLimit) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.apply && values['dry-run']) throw new AskedWrongly('--apply does it, and --dry-run does not: say one of them.');
  const names = values.tasks?.split(',').map((name) => name.trim()) ?? cleanupTaskNames;
  const unknown = names.filter((name) => !isCleanupTask(name)).map((name) => JSON.stringify(name));
  if (unknown.length > 0) throw new AskedWrongly(`--tasks: there is no ${unknown.join(', ')}; there are ${cleanupTaskNames.join(', ')}.`);
  const limit = Number(values.limit);
  if (!/^\d{1,6}$/.test(values.limit) || limit > mostNamed) throw new AskedWrongly(`--limit takes a whole number from 0 to ${mostNamed}.`);
  return { tasks: names.filter(isCleanupTask), dryRun: !values.apply, limit, isJson: values.json };
}

async function cleanUp(target: MaintenanceTarget, surroundings: MaintenanceSurroundings, wanted: Wanted): Promise<number> {
  const { databases, storage, runtime, alone } = target;
  const { signal, stdout, stderr, progress } = surroundings;
  const now = (): Date => surroundings.now;
  // Gateways drop what they kept of an account with the commit: the database tells them.
  const states = createJobStates({ databases, cache: noCache, clock: null });
  const cleanup = createCleanup({
    databases,
    storage,
    runtime,
    findStuck: createFindStuckJobs({ databases, states, runtime, now }),
    listArrived: createUploadSweeping({ storage, runtime, now }).listArrived,
    alone,
    now,
  });
  const bar = patiently(progress('Cleaning up'));
  const { tasks, dryRun, limit, isJson } = wanted;
  const outcomes = await cleanup
    .run({ tasks, dryRun, detailLimit: limit, signal, onProgress: bar })
    .finally(() => bar.stop());
  const reports = outcomes.map(({ isElsewhere: _whose, ...report }): CleanupReport => report);
  stdout(isJson ? `${JSON.stringify({ dryRun, isComplete: !signal.aborted, reports }, null, 2)}\n` : table(reports, dryRun));
  if (signal.aborted) {
    stderr('Interrupted; what is listed was done, and another run goes on.\n');
    return 1;
  }
  return reports.some(({ errors }) => errors.length > 0) ? 3 : 0;
}

const grouped = (value: number): string => value.toLocaleString('en-AU');

function table(reports: readonly CleanupReport[], dryRun: boolean): string {
  const lines = reports.flatMap(({ task, examined, changed, details, errors }) => [
    `${task.padEnd(18)}${grouped(examined).padStart(12)} looked at${grouped(changed).padStart(12)} ${dryRun ? 'to change' : 'changed'}`,
    ...details.map(({ id, action, reason }) => `  ${dryRun ? 'would be ' : ''}${action} ${id}\n    ${reason}`),
    ...(details.length < changed ? [`  and ${grouped(changed - details.length)} more`] : []),
    ...errors.map((error) => `  not done: ${error}`),
  ]);
  const last = dryRun ? ['', 'Nothing was changed. --apply does it.'] : [];
  return [...lines, ...last].map((line) => `${line}\n`).join('');
}
