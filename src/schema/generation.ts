import { InvalidInput, NotFound } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import type { GenerationJob as GenerationJobModel } from '../generated/prisma/client.js';
import { IdempotencyConflict, JobNotCancelable, PromptRejected, QuotaExceeded, TooManyInFlight } from '../services/generation/errors.js';
import type { Submission } from '../services/generation/submission.js';
import { UploadMissing } from '../services/uploads/errors.js';
import { builder } from './builder.js';
import { AspectRatio, Mode, Quality } from './enums.js';
import { GenerationJob } from './generation-job.js';
import { readIds } from './input-ids.js';
import { Plan } from './plan.js';
import { forActiveAccounts } from './standing-first.js';
import { sends } from './statements.js';
import { Usage } from './usage.js';
import { UserError } from './user-errors.js';
import { ChangePayload } from './viewer.js';

builder.objectType(QuotaExceeded, {
  name: 'QuotaExceededError',
  description: 'The generations of the month are used up; nothing was submitted.',
  interfaces: [UserError],
  fields: (t) => ({
    usage: t.field({ type: Usage, description: 'The month as it stands.', resolve: ({ usage }) => usage }),
    upgradeOptions: t.field({
      type: [Plan],
      description: 'Plans with more generations a month, cheapest first; empty on the largest.',
      resolve: ({ upgradeOptions }) => upgradeOptions,
    }),
  }),
});

builder.objectType(TooManyInFlight, {
  name: 'TooManyInFlightError',
  description: 'As many generations are under way as the plan allows at a time; nothing was submitted.',
  interfaces: [UserError],
  fields: (t) => ({
    inFlight: t.field({ type: [GenerationJob], description: 'Those that are, newest first.', resolve: ({ inFlight }) => inFlight }),
  }),
});

builder.objectType(IdempotencyConflict, {
  name: 'IdempotencyConflictError',
  description: 'The key was used for another request; nothing was submitted.',
  interfaces: [UserError],
});

builder.objectType(PromptRejected, {
  name: 'PromptRejectedError',
  description: 'The prompt asks for something that is not made here; nothing was submitted.',
  interfaces: [UserError],
});

builder.objectType(JobNotCancelable, {
  name: 'JobNotCancelableError',
  description: 'The generation has come to its end; nothing was changed.',
  interfaces: [UserError],
});

const SubmitGenerationInput = builder.inputType('SubmitGenerationInput', {
  description: 'What to make. What is left out or null is as `presets.defaults` says.',
  fields: (t) => ({
    mode: t.field({
      type: Mode,
      required: true,
      description: 'REDESIGN and STAGING start from one photo, COMPOSE from two, IMAGINE from words alone.',
    }),
    roomType: t.string({ description: 'A preset\'s id; see `presets.roomTypes`.' }),
    style: t.string({ description: 'A preset\'s id; see `presets.styles`.' }),
    prompt: t.string({ description: 'In your words; required for IMAGINE. At most `presets.limits.maxPromptLength` characters.' }),
    aspectRatio: t.field({ type: AspectRatio, description: 'Of the pictures.' }),
    quality: t.field({ type: Quality, description: 'How much work goes into a picture.' }),
    variants: t.int({ description: 'How many pictures, 1 to 3. However many there are, it is one generation.' }),
    input1: t.id({ description: 'A completed upload of yours; required for REDESIGN, STAGING and COMPOSE, and refused for IMAGINE.' }),
    input2: t.id({ description: 'A completed upload of yours that something is borrowed from; required for COMPOSE, and refused otherwise.' }),
    idempotencyKey: t.field({
      type: 'UUID',
      description:
        'Made by the client, one for each intent. The same key with the same input again submits nothing and answers with what the first came to, so that a request whose answer was lost can be sent again.',
    }),
  }),
});

const SubmitGenerationPayload = builder.objectRef<Submission>('SubmitGenerationPayload').implement({
  description: 'What was submitted.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    job: t.field({ type: GenerationJob, description: 'The job, as it is now.', resolve: ({ job }) => job }),
    usage: t.field({ type: Usage, description: 'This month, with the generation charged.', resolve: ({ usage }) => usage }),
    replayed: t.exposeBoolean('replayed', {
      description: 'Whether the idempotency key had been seen: then nothing was submitted or charged by this request.',
    }),
  }),
});

builder.mutationField('submitGeneration', (t) =>
  t.field({
    type: SubmitGenerationPayload,
    // With a key and a photo. Refused for too many in flight, those are listed.
    ...sends(12, { reserve: 1 }),
    description:
      'Submits a generation and charges one of the month. Watch it with `generationJobUpdated`; a generation that fails is given back.',
    args: { input: t.arg({ type: SubmitGenerationInput, required: true, description: 'What to make.' }) },
    errors: { types: [InvalidInput, PromptRejected, NotFound, UploadMissing, IdempotencyConflict, TooManyInFlight, QuotaExceeded] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) => {
      const { input1, input2, ...rest } = input;
      return services.generation.submitGeneration(
        signedIn(viewer),
        readIds(({ id }) => ({
          ...rest,
          ...(input1 == null ? {} : { input1: id('Upload', 'input1', input1) }),
          ...(input2 == null ? {} : { input2: id('Upload', 'input2', input2) }),
        })),
      );
    }),
  }),
);

const CancelGenerationInput = builder.inputType('CancelGenerationInput', {
  description: 'A generation to cancel.',
  fields: (t) => ({ jobId: t.id({ required: true, description: 'A job of yours that is starting or processing.' }) }),
});

const CancelGenerationPayload = builder.objectRef<{ readonly job: GenerationJobModel }>('CancelGenerationPayload').implement({
  description: 'What was canceled.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    job: t.field({ type: GenerationJob, description: 'The job, canceled.', resolve: ({ job }) => job }),
  }),
});

builder.mutationField('cancelGeneration', (t) =>
  t.field({
    type: CancelGenerationPayload,
    ...sends(7),
    description:
      'Cancels a generation. While it is starting it is given back; once it is processing it is not, and what still comes is discarded.',
    args: { input: t.arg({ type: CancelGenerationInput, required: true, description: 'Which one.' }) },
    errors: { types: [InvalidInput, NotFound, JobNotCancelable] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.generation.cancelGeneration(
        signedIn(viewer),
        readIds(({ id }) => ({ jobId: id('GenerationJob', 'jobId', input.jobId) })),
      ),
    ),
  }),
);
