import { signedIn } from '../domain/viewer.js';
import type { LiveEvent, LiveEvents } from '../services/generation/live.js';
import { builder } from './builder.js';
import type { GraphQLContext } from './context.js';
import { GenerationJob } from './generation-job.js';
import { decodeIdOf } from './global-id.js';
import { selectionOf } from './look-ahead.js';
import { bringsAll } from './statements.js';

/** Tells the stream where a client can go on from before the first event. */
async function begin(events: Promise<LiveEvents>, { position }: GraphQLContext): Promise<LiveEvents> {
  const begun = await events;
  if (position) position.id = begun.startId;
  return begun;
}

/** Gives the stream the event's id, and the fields below its job. */
function tell({ id, job }: LiveEvent, { position }: GraphQLContext): LiveEvent['job'] {
  if (position) position.id = id;
  return job;
}

const asOf =
  'An event shows the job as of that change: its status and progress, and nothing that came later. Each event costs one SQL statement at most.';

builder.subscriptionField('generationJobUpdated', (t) =>
  t.field({
    type: GenerationJob,
    ...bringsAll(),
    description: `A job of yours: its state at once, then every change, until it has succeeded, failed or been canceled; then the stream completes. NOT_FOUND for one that is not there or not yours. ${asOf}`,
    args: { jobId: t.arg.id({ required: true, description: 'A job\'s id.' }) },
    subscribe: (_root, { jobId }, context, info) =>
      begin(
        context.services.live.watchJob(signedIn(context.viewer), {
          jobId: decodeIdOf('GenerationJob', jobId, 'jobId'),
          lastEventId: context.position?.lastEventId,
          selection: selectionOf(info, context),
        }),
        context,
      ),
    resolve: (event, _args, context) => tell(event, context),
  }),
);

builder.subscriptionField('viewerGenerationJobs', (t) =>
  t.field({
    type: GenerationJob,
    ...bringsAll(),
    description: `Your jobs: the state of each that is starting or processing at once, then every change of any. ${asOf}`,
    subscribe: (_root, _args, context, info) =>
      begin(
        context.services.live.watchJobs(signedIn(context.viewer), {
          lastEventId: context.position?.lastEventId,
          selection: selectionOf(info, context),
        }),
        context,
      ),
    resolve: (event, _args, context) => tell(event, context),
  }),
);
