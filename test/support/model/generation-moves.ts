import fc from 'fast-check';
import { globalId } from '../seed.js';
import { reference, type Resolve } from './choices.js';
import { move } from './move.js';
import { monthView, plan } from './month.js';
import { Faults, notFound, readIds, refused } from './rules.js';
import { viewerFields, viewerView } from './views.js';

interface SubmitInput {
  readonly mode: 'REDESIGN' | 'STAGING' | 'COMPOSE' | 'IMAGINE';
  readonly roomType?: string | null;
  readonly prompt?: string | null;
  readonly variants?: number | null;
  readonly input1?: string | null;
  readonly input2?: string | null;
  readonly idempotencyKey?: string | null;
}

const photosOf = { REDESIGN: 1, STAGING: 1, COMPOSE: 2, IMAGINE: 0 } as const;
const refusedPrompt = 'A nude woman on the sofa';
/** Few, so that they come again: with the same request, and with another one. */
const keys = ['0197b000-0000-4000-8000-000000000001', '0197b000-0000-4000-8000-000000000002'];
const fields = ['mode', 'roomType', 'prompt', 'variants', 'input1', 'input2'] as const;

const monthFields = 'usage { debits refunds credits used remaining entries { totalCount } }';
const jobFields = 'job { id status mode roomType prompt variants progress errorCode render { id } }';

const sent: fc.Arbitrary<(id: Resolve) => SubmitInput> = fc
  .record({
    mode: fc.oneof({ weight: 4, arbitrary: fc.constant('IMAGINE' as const) }, { weight: 3, arbitrary: fc.constantFrom('REDESIGN' as const, 'STAGING' as const, 'COMPOSE' as const) }),
    roomType: fc.constantFrom(undefined, null, 'kitchen', 'kitchen', 'cellar'),
    prompt: fc.oneof({ weight: 12, arbitrary: fc.constantFrom('A calm room', ' A calm room\n') }, { weight: 2, arbitrary: fc.constantFrom(undefined, null, ' ', refusedPrompt) }),
    variants: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(undefined, null, 1, 3) }, { weight: 1, arbitrary: fc.constantFrom(0, 4) }),
    photos: fc.tuple(reference('Upload'), reference('Upload')),
    isFitting: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    idempotencyKey: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(undefined, null) }, { weight: 1, arbitrary: fc.constantFrom(...keys) }),
  })
  .map(({ photos, isFitting, ...rest }) => (id: Resolve) => {
    const [one, two] = photos;
    const wanted = photosOf[rest.mode] + (isFitting ? 0 : 1);
    return Object.fromEntries(
      Object.entries({ ...rest, input1: wanted > 0 ? id(one) : undefined, input2: wanted > 1 ? id(two) : undefined }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as unknown as SubmitInput;
  });

const submitGeneration = move<SubmitInput>({
  touches: 'everything',
  weight: 10,
  payload: `replayed ${jobFields} ${monthFields} ${viewerFields}`,
  inputs: sent,
  outcome({ actor, answer }, input) {
    const ids = readIds((faults) =>
      [input.input1, input.input2].map((id, index) => (id == null ? null : faults.id('Upload', id, `input${index + 1}`))),
    );
    const request = JSON.stringify(fields.map((field) => input[field] ?? null));
    const known = input.idempotencyKey == null ? undefined : actor.jobs.find(({ key }) => key === input.idempotencyKey);
    if (known && known.request !== request) throw refused('IdempotencyConflictError', 'IDEMPOTENCY_CONFLICT');
    const told = (job: (typeof actor.jobs)[number], replayed: boolean) => ({
      __typename: 'SubmitGenerationPayload',
      replayed,
      job: { id: globalId('GenerationJob', job.id), status: job.status, ...job.asked, progress: 0, errorCode: null, render: null },
      usage: monthView(actor),
      viewer: viewerView(actor),
    });
    if (known) return told(known, true);

    const faults = new Faults();
    const prompt = input.prompt?.trim() ? faults.paragraph(input.prompt, 2_000, 'prompt') : null;
    if (input.mode === 'IMAGINE' && prompt === null) faults.add('prompt');
    if (input.roomType === 'cellar') faults.add('roomType');
    const variants = faults.whole(input.variants ?? 2, 1, 3, 'variants');
    ids.forEach((id, index) => {
      if ((id === null) !== (index >= photosOf[input.mode])) faults.add(`input${index + 1}`);
    });
    faults.tell();
    if (prompt === refusedPrompt) throw refused('PromptRejectedError', 'PROMPT_REJECTED');

    const { used, remaining } = monthView(actor);
    if (used >= plan.maxConcurrentJobs) throw refused('TooManyInFlightError', 'TOO_MANY_IN_FLIGHT');
    if (remaining < 1) throw refused('QuotaExceededError', 'QUOTA_EXCEEDED');
    for (const id of ids.filter((given) => given !== null)) {
      const upload = actor.uploads.find((one) => one.id === id);
      if (!upload) throw notFound();
      if (!upload.isComplete) throw refused('UploadMissingError', 'UPLOAD_MISSING');
    }
    const job = {
      id: answer.newId('GenerationJob', 'job', 'id'),
      status: 'STARTING' as const,
      key: input.idempotencyKey ?? null,
      request,
      asked: { mode: input.mode, roomType: input.roomType ?? null, prompt, variants },
    };
    actor.jobs.push(job);
    return told(job, false);
  },
});

const cancelGeneration = move<{ jobId: string }>({
  touches: 'everything',
  weight: 5,
  payload: `job { id status } ${viewerFields}`,
  inputs: reference('GenerationJob').map((job) => (id: Resolve) => ({ jobId: id(job) })),
  outcome({ actor }, input) {
    const jobId = readIds((faults) => faults.id('GenerationJob', input.jobId, 'jobId'));
    const job = actor.jobs.find(({ id }) => id === jobId);
    if (!job) throw notFound();
    if (job.status === 'CANCELED') throw refused('JobNotCancelableError', 'JOB_NOT_CANCELABLE');
    job.status = 'CANCELED';
    return { __typename: 'CancelGenerationPayload', job: { id: input.jobId, status: 'CANCELED' }, viewer: viewerView(actor) };
  },
});

export const generationMoves = { submitGeneration, cancelGeneration };
