import type { SeedRow } from '../../database/seed/tables.js';
import { monthOf } from '../../domain/months.js';
import { drawEmptyRoom, drawRoom } from '../../generation/drawing/draw-room.js';
import { demoCommunity, demoFailures, demoRenders, otherRenders, type DemoFailure, type DemoRender } from './demo-content.js';
import { outcomes } from './demo-outcomes.js';
import { day, type DemoSetting } from './demo-setting.js';
import type { PictureTask } from './pictures.js';

export interface PlannedVariant {
  readonly id: string;
  readonly imageKey: string;
  readonly thumbKey: string;
}

export interface PlannedRender {
  readonly row: SeedRow<'renders'>;
  readonly ownerId: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly source: DemoRender;
  readonly variants: readonly PlannedVariant[];
}

export interface PlannedUpload {
  readonly id: string;
  readonly ownerId: string;
  readonly path: string;
  readonly createdAt: Date;
}

/** Jobs with all that hangs on them: photos before, books beside, renders after. */
export interface DemoJobs {
  readonly jobs: readonly SeedRow<'generation_jobs'>[];
  readonly events: readonly SeedRow<'job_events'>[];
  readonly ledger: readonly SeedRow<'usage_ledger'>[];
  readonly uploads: readonly PlannedUpload[];
  readonly renders: ReadonlyMap<DemoRender, PlannedRender>;
  readonly tasks: readonly PictureTask[];
}

type Entry = { readonly ownerId: string; readonly createdAt: Date } & (
  | { readonly kind: 'render'; readonly source: DemoRender }
  | { readonly kind: 'failure'; readonly source: DemoFailure }
);

type Job = SeedRow<'generation_jobs'> & { readonly created_at: Date; readonly completed_at: Date };

export function planJobs(setting: DemoSetting): DemoJobs {
  const photos = collectPhotos(setting);
  const tasks: PictureTask[] = [];
  const jobs: Job[] = [];
  const ledger: SeedRow<'usage_ledger'>[] = [];
  const renders = new Map<DemoRender, PlannedRender>();
  for (const entry of entriesOf(setting)) {
    const job = planJob(setting, entry, photos.of);
    jobs.push(job);
    ledger.push(...chargesOf(setting, job, entry.kind === 'failure' ? outcomes[entry.source.outcome].refund : null));
    if (entry.kind === 'failure') continue;
    const render = planRender(setting, entry.ownerId, entry.source, job);
    renders.set(entry.source, render.planned);
    tasks.push(...render.tasks);
  }
  ledger.push(thanks(setting));
  return {
    jobs,
    events: eventsOf(setting, jobs),
    ledger,
    uploads: photos.uploads,
    renders,
    tasks: [...photos.tasks, ...tasks],
  };
}

/** Oldest first, so that ids grow with time. */
function entriesOf({ people, ago }: DemoSetting): Entry[] {
  const made = (ownerId: string, sources: readonly DemoRender[]): Entry[] =>
    sources.map((source) => ({ kind: 'render', ownerId, source, createdAt: ago(...source.ago) }));
  return [
    ...made(people.demo, demoRenders),
    ...made(people.other, otherRenders),
    ...made(people.admin, demoCommunity.flatMap((collection) => collection.renders)),
    ...demoFailures.map((source): Entry => ({ kind: 'failure', ownerId: people.demo, source, createdAt: ago(...source.ago) })),
  ].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

type Inputs = readonly [room: string | null, borrowed: string | null];

/** The photos that jobs start from. Jobs that show the same room share one. */
function collectPhotos({ nextId, photoSizeOf }: DemoSetting) {
  const uploads: PlannedUpload[] = [];
  const tasks: PictureTask[] = [];
  const paths = new Map<string, string>();

  const photo = (ownerId: string, name: string, before: Date, draw: () => string): string => {
    const known = paths.get(`${ownerId}/${name}`);
    if (known !== undefined) return known;
    const id = nextId();
    const path = `inputs/${ownerId}/${id}.jpg`;
    paths.set(`${ownerId}/${name}`, path);
    uploads.push({ id, ownerId, path, createdAt: new Date(before.getTime() - 90_000) });
    tasks.push({ kind: 'photo', imageKey: path, draw });
    return path;
  };

  /** The room as it is, and for a composition also a picture that something is borrowed from. */
  const of = (ownerId: string, source: DemoRender | DemoFailure, before: Date): Inputs => {
    if (source.mode === 'imagine') return [null, null];
    const home = 'home' in source ? source.home : 0;
    const furnished = source.mode !== 'staging';
    const room = photo(ownerId, `${home}/${source.room}/${source.aspect}/${furnished}`, before, () =>
      drawEmptyRoom({ roomType: source.room, seed: home, furnished, ...photoSizeOf(source.aspect) }),
    );
    if (source.mode !== 'compose') return [room, null];
    const borrowed = photo(ownerId, `${home}/${source.room}/${source.style}/borrowed`, before, () =>
      drawRoom({ roomType: source.room, style: source.style, seed: home + 1_000, ...photoSizeOf('1:1') }),
    );
    return [room, borrowed];
  };
  return { uploads, tasks, of };
}

function planJob(
  { nextId, random, configuration }: DemoSetting,
  entry: Entry,
  inputsOf: (ownerId: string, source: DemoRender | DemoFailure, before: Date) => Inputs,
): Job {
  const { ownerId, source, createdAt, kind } = entry;
  const outcome = kind === 'failure' ? outcomes[source.outcome] : null;
  const took = outcome?.endsAfter ?? random.whole(24_000, 68_000);
  // A render's time is its job's end, a failure's is its job's beginning.
  const submittedAt = outcome === null ? new Date(createdAt.getTime() - took) : createdAt;
  const startsAfter = outcome === null ? 2_000 : outcome.startsAfter;
  const [input1, input2] = inputsOf(ownerId, source, submittedAt);
  return {
    id: nextId(),
    owner_id: ownerId,
    mode: source.mode,
    room_type: source.room,
    style: source.style,
    aspect_ratio: source.aspect,
    quality: source.quality ?? 'auto',
    variants: kind === 'render' ? source.variants : configuration.defaults.variants,
    input1_path: input1,
    input2_path: input2,
    prompt: source.prompt,
    status: outcome?.status ?? 'succeeded',
    progress: outcome === null ? 1 : 0,
    error_code: outcome?.errorCode ?? null,
    error: outcome?.error ?? null,
    created_at: submittedAt,
    started_at: startsAfter === null ? null : new Date(submittedAt.getTime() + startsAfter),
    completed_at: new Date(submittedAt.getTime() + took),
  };
}

/** The debit of a job, and its refund in the same month where `refund` says why. */
function chargesOf({ nextId }: DemoSetting, job: Job, refund: string | null): SeedRow<'usage_ledger'>[] {
  const debit: SeedRow<'usage_ledger'> = {
    id: nextId(),
    owner_id: job.owner_id,
    kind: 'generation_debit',
    amount: 1,
    period: monthOf(job.created_at).period,
    job_id: job.id,
    charge_no: 1,
    reverses: null,
    reason: null,
    idempotency_key: null,
    created_at: job.created_at,
  };
  if (refund === null) return [debit];
  return [
    debit,
    {
      ...debit,
      id: nextId(),
      kind: 'generation_refund',
      charge_no: null,
      reverses: debit.id,
      reason: refund,
      created_at: job.completed_at,
    },
  ];
}

/** A credit from the administrators, in the month that is shown first. */
function thanks({ nextId, people, ago }: DemoSetting): SeedRow<'usage_ledger'> {
  const at = ago(0, 5);
  return {
    id: nextId(),
    owner_id: people.demo,
    kind: 'credit_adjustment',
    amount: 10,
    period: monthOf(at).period,
    job_id: null,
    charge_no: null,
    reverses: null,
    reason: 'Thank you for trying the new alfresco looks',
    idempotency_key: nextId(),
    created_at: at,
  };
}

/** What a subscription could still resume from: events are kept for a day. Each owner's are numbered from 1. */
function eventsOf({ now }: DemoSetting, jobs: readonly Job[]): SeedRow<'job_events'>[] {
  const counts = new Map<string | null, number>();
  return jobs.flatMap((job) =>
    (
      [
        ['starting', job.created_at],
        ['processing', job.started_at],
        [job.status, job.completed_at],
      ] as const
    ).flatMap(([status, at]) => {
      if (at === null || now.getTime() - at.getTime() >= day) return [];
      const seq = (counts.get(job.owner_id) ?? 0) + 1;
      counts.set(job.owner_id, seq);
      const progress = status === 'succeeded' ? 1 : 0;
      return [{ owner_id: job.owner_id, seq, job_id: job.id, status, progress, created_at: at }];
    }),
  );
}

function planRender(
  { nextId, random, sizeOf }: DemoSetting,
  ownerId: string,
  source: DemoRender,
  job: Job,
): { planned: PlannedRender; tasks: PictureTask[] } {
  const id = nextId();
  const variants = Array.from({ length: source.variants }, (_, idx): PlannedVariant => {
    const base = `renders/${ownerId}/${id}/v1/${idx}`;
    return { id: nextId(), imageKey: `${base}.webp`, thumbKey: `${base}_thumb.webp` };
  });
  const { room: roomType, style, home: seed } = source;
  const row = {
    id,
    owner_id: ownerId,
    job_id: job.id,
    mode: source.mode,
    room_type: roomType,
    style,
    prompt: source.prompt,
    cover_variant: source.variants === 3 ? random.whole(0, 2) : 0,
    created_at: job.completed_at,
  };
  return {
    planned: { row, ownerId, id, createdAt: job.completed_at, source, variants },
    tasks: variants.map(({ imageKey, thumbKey }, variant) => ({
      kind: 'picture',
      imageKey,
      thumbKey,
      draw: () => drawRoom({ roomType, style, seed, variant, ...sizeOf(source.aspect) }),
    })),
  };
}
