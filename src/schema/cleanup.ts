import type { Arguments } from '../domain/statement-cost.js';
import { InvalidInput } from '../domain/user-errors.js';
import type { CleanupDetail as Detail, CleanupReport as Report } from '../domain/upkeep.js';
import { signedIn } from '../domain/viewer.js';
import { cleanupTaskNames, cleanupTasks, isCleanupTask } from '../services/data/cleanup/names.js';
import { mostDetails, mostInRequest } from '../services/data/cleanup/requested.js';
import { builder } from './builder.js';
import { sends } from './statements.js';

const CleanupDetail = builder.objectRef<Detail>('CleanupDetail').implement({
  description: 'What was done to one thing, or in a dry run would be.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'The row\'s own id, or the object\'s key in storage; no id of the API.' }),
    action: t.exposeString('action', { description: 'failed, archived, deleted or forgotten.' }),
    reason: t.exposeString('reason', { description: 'Why, for people.' }),
  }),
});

const CleanupReport = builder.objectRef<Report>('CleanupReport').implement({
  description: 'What one task came to.',
  fields: (t) => ({
    task: t.exposeString('task', { description: 'Its name.' }),
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was changed.' }),
    examined: t.exposeInt('examined', { description: 'Things that were looked at.' }),
    changed: t.exposeInt('changed', { description: 'Things that were changed, or in a dry run would be.' }),
    details: t.field({
      type: [CleanupDetail],
      extensions: { listSize: mostDetails },
      description: `Which they were: the first ${mostDetails} of them.`,
      resolve: ({ details }) => details,
    }),
    errors: t.stringList({
      description: 'What could not be done, and whether there may be more to do; the rest was done.',
      resolve: ({ errors }) => [...errors],
    }),
  }),
});

const tasksOf = (list: string): string => cleanupTaskNames.map((name) => `${list}\`${name}\`: ${cleanupTasks[name].description}`).join('\n');

const RunCleanupInput = builder.inputType('RunCleanupInput', {
  description: 'What to clean up.',
  fields: (t) => ({
    tasks: t.stringList({ description: `Which; without it all, in this order:\n${tasksOf('- ')}` }),
    dryRun: t.boolean({ required: true, defaultValue: true, description: 'Whether only to tell what would be done.' }),
  }),
});

const RunCleanupPayload = builder.objectRef<{ readonly reports: readonly Report[] }>('RunCleanupPayload').implement({
  description: 'What was cleaned up.',
  fields: (t) => ({
    reports: t.field({
      type: [CleanupReport],
      extensions: { listSize: cleanupTaskNames.length },
      description: 'One for each task that was begun.',
      resolve: ({ reports }) => reports,
    }),
  }),
});

/** What is sent where there is nothing to do: who asks, and what each task looks for. */
function reads({ input }: Arguments): number {
  const { tasks } = input as { readonly tasks?: readonly string[] | null };
  const wanted = new Set((tasks ?? cleanupTaskNames).filter(isCleanupTask));
  return [...wanted].reduce((sum, name) => sum + cleanupTasks[name].reads, 1);
}

/** To end a job that is stuck takes seven statements, which is the most that is done to a single thing; and its try may be made again. */
const mostStatements = 2 * 7 * mostInRequest * cleanupTaskNames.length;

builder.mutationField('runCleanup', (t) =>
  t.field({
    type: RunCleanupPayload,
    ...sends(reads, { reserve: mostStatements }),
    description:
      'Takes away what nobody needs any more, or tells what that would be. Nothing is taken from the ledger. Each task ends ' +
      `after ${mostInRequest.toLocaleString('en-AU')} things and says so; running it again goes on. Administrators only.`,
    args: { input: t.arg({ type: RunCleanupInput, required: true, description: 'What, and whether only to tell.' }) },
    errors: { types: [InvalidInput] },
    // Who may is asked before the input is looked at.
    resolve: (_root, { input }, { services, viewer }) => services.cleanup.runCleanup(signedIn(viewer), input),
  }),
);
