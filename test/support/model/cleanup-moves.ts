import fc from 'fast-check';
import { move } from './move.js';
import { Faults } from './rules.js';

const names = ['stuck_jobs', 'orphaned_records', 'expired_urls', 'unused_uploads', 'old_jobs', 'webhook_records'];

/** In these worlds nothing is ever old, so that nothing may come of it, whatever else happens meanwhile. */
const runCleanup = move<{ tasks?: readonly string[] | null; dryRun: boolean }>({
  by: 'administrators',
  touches: 'everything',
  weight: 1,
  payload: 'reports { task dryRun changed details { id } }',
  inputs: fc
    .record({
      tasks: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom(undefined, null) },
        { weight: 6, arbitrary: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }) },
        { weight: 1, arbitrary: fc.constantFrom([], ['ledger'], ['old_jobs', 'Old_jobs'], Array<string>(13).fill('old_jobs')) },
      ),
      dryRun: fc.boolean(),
    })
    .map(({ tasks, dryRun }) => () => (tasks === undefined ? { dryRun } : { tasks, dryRun })),
  outcome(_scene, { tasks, dryRun }) {
    const faults = new Faults();
    const wanted = tasks ? faults.batch(tasks, 1, 12, 'tasks') : names;
    faults.tell();
    for (const [index, name] of (tasks ?? []).entries()) if (!names.includes(name)) faults.add('tasks', String(index));
    faults.tell();
    return { __typename: 'RunCleanupPayload', reports: wanted.map((task) => ({ task, dryRun, changed: 0, details: [] })) };
  },
});

export const cleanupMoves = { runCleanup };
