import { demoProfiles } from '../../config/demo-profiles.js';
import { listPlans, planById } from '../../config/plans.js';
import type { AspectRatio, RuntimeConfiguration } from '../../config/runtime.js';
import type { SeedRow } from '../../database/seed/tables.js';
import { monthOf } from '../../domain/months.js';
import { drawEmptyRoom, drawRoom } from '../../generation/drawing/draw-room.js';
import { createRandom } from '../../generation/drawing/random.js';
import {
  demoCollections,
  demoCommunity,
  demoFailures,
  demoFavorites,
  demoRenders,
  otherRenders,
  type DemoFailure,
  type DemoRender,
} from './demo-content.js';
import { uuidAt } from './ids.js';
import { pictureSize, type PictureSize, type PictureTask } from './pictures.js';

const minute = 60_000;
const day = 24 * 60 * minute;

/** Before the oldest render. */
const historyDays = 100;
const subscribedDaysAgo = 80;

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

export interface PlannedCommunityItem {
  readonly id: string;
  readonly collectionId: string;
  readonly render: PlannedRender;
  readonly imageKey: string;
  readonly thumbKey: string;
  readonly orderIndex: number;
  readonly createdAt: Date;
}

/** All of the demo data but what only the stored pictures know: their sizes and placeholders. */
export interface DemoPlan {
  readonly ownerIds: readonly string[];
  /** A job that exists where the demo data does. */
  readonly markerJobId: string;
  readonly tasks: readonly PictureTask[];
  readonly profiles: readonly SeedRow<'profiles'>[];
  readonly planChanges: readonly SeedRow<'plan_changes'>[];
  readonly planVersions: readonly SeedRow<'plan_versions'>[];
  readonly planVersionsFrom: Date;
  readonly jobs: readonly SeedRow<'generation_jobs'>[];
  readonly jobEvents: readonly SeedRow<'job_events'>[];
  readonly ledger: readonly SeedRow<'usage_ledger'>[];
  readonly renders: readonly PlannedRender[];
  readonly uploads: readonly PlannedUpload[];
  readonly collections: readonly SeedRow<'collections'>[];
  readonly items: readonly SeedRow<'collection_items'>[];
  /** Of the default favorites, whose ids the database makes. */
  readonly favorites: readonly { readonly ownerId: string; readonly renderId: string; readonly addedAt: Date }[];
  readonly communityCollections: readonly SeedRow<'community_collections'>[];
  readonly communityItems: readonly PlannedCommunityItem[];
}

interface Outcome {
  readonly status: 'failed' | 'canceled';
  readonly errorCode: string | null;
  readonly error: string | null;
  /** Whether the debit is given back, and the refund's words. */
  readonly refund: string | null;
  readonly startsAfter: number | null;
  readonly endsAfter: number;
}

const outcomes: Readonly<Record<DemoFailure['outcome'], Outcome>> = {
  failed: {
    status: 'failed',
    errorCode: 'provider_failed',
    error: 'The picture could not be finished. Nothing was charged; please try again.',
    refund: 'The generation failed',
    startsAfter: 3_000,
    endsAfter: 41_000,
  },
  timed_out: {
    status: 'failed',
    errorCode: 'timed_out',
    error: 'This took too long and was stopped. Nothing was charged; please try again.',
    refund: 'The generation timed out',
    startsAfter: 2_000,
    endsAfter: 10 * minute + 2_000,
  },
  rejected: {
    status: 'failed',
    errorCode: 'provider_rejected',
    error: 'This prompt was declined. Nothing was charged; describe the room in other words.',
    refund: 'The prompt was declined',
    startsAfter: 2_000,
    endsAfter: 6_000,
  },
  canceled_early: {
    status: 'canceled',
    errorCode: null,
    error: null,
    refund: 'Canceled before it started',
    startsAfter: null,
    endsAfter: 5_000,
  },
  canceled_late: { status: 'canceled', errorCode: null, error: null, refund: null, startsAfter: 2_000, endsAfter: 14_000 },
};

type Entry =
  | { readonly kind: 'render'; readonly ownerId: string; readonly source: DemoRender; readonly createdAt: Date }
  | { readonly kind: 'failure'; readonly ownerId: string; readonly source: DemoFailure; readonly createdAt: Date };

/**
 * Plans the demo data around `now`: nothing in it is later. Ids and pictures do not depend on `now`, so that a second
 * attempt overwrites what a first, interrupted one has stored.
 */
export function planDemo({
  now,
  configuration,
  pictureSide,
}: {
  now: Date;
  configuration: RuntimeConfiguration;
  pictureSide: number;
}): DemoPlan {
  const sizeOf = (aspect: AspectRatio): PictureSize => pictureSize(aspect, pictureSide);
  const random = createRandom('roomfeed demo');
  // The profiles' ids begin with the same instant.
  let clock = 0x0197a0000000;
  const nextId = (): string => uuidAt((clock += 1), random);
  const ago = (days: number, minutes = 0): Date => new Date(now.getTime() - days * day - minutes * minute);
  const notLater = (date: Date): Date => new Date(Math.min(date.getTime(), now.getTime()));
  const ownerOf = (email: string): string => {
    const profile = demoProfiles.find((candidate) => candidate.email === email);
    if (profile === undefined) throw new Error(`There is no demo profile ${email}.`);
    return profile.id;
  };
  const demoId = ownerOf('demo@roomfeed.test');
  const otherId = ownerOf('other@roomfeed.test');
  const adminId = ownerOf('admin@roomfeed.test');
  const ownerIds = [demoId, otherId, adminId];

  const tasks: PictureTask[] = [];
  const jobs: SeedRow<'generation_jobs'>[] = [];
  const jobEvents: SeedRow<'job_events'>[] = [];
  const ledger: SeedRow<'usage_ledger'>[] = [];
  const uploads = new Map<string, PlannedUpload>();
  const bySource = new Map<DemoRender, PlannedRender>();
  const eventCounts = new Map<string, number>();

  const photo = (ownerId: string, name: string, before: Date, draw: () => string): string => {
    const known = uploads.get(`${ownerId}/${name}`);
    if (known !== undefined) return known.path;
    const id = nextId();
    const path = `inputs/${ownerId}/${id}.jpg`;
    uploads.set(`${ownerId}/${name}`, { id, ownerId, path, createdAt: new Date(before.getTime() - 90_000) });
    tasks.push({ kind: 'photo', imageKey: path, draw });
    return path;
  };

  /** The room as it is, and for a composition also a picture that something is borrowed from. */
  const inputsOf = (ownerId: string, source: DemoRender | DemoFailure, before: Date): [string | null, string | null] => {
    if (source.mode === 'imagine') return [null, null];
    const home = 'home' in source ? source.home : 0;
    const size = sizeOf(source.aspect);
    const furnished = source.mode !== 'staging';
    const room = photo(ownerId, `${home}/${source.room}/${source.aspect}/${furnished}`, before, () =>
      drawEmptyRoom({ roomType: source.room, seed: home, furnished, ...size }),
    );
    if (source.mode !== 'compose') return [room, null];
    const borrowed = photo(ownerId, `${home}/${source.room}/${source.style}/borrowed`, before, () =>
      drawRoom({ roomType: source.room, style: source.style, seed: home + 1_000, ...sizeOf('1:1') }),
    );
    return [room, borrowed];
  };

  const charge = (ownerId: string, jobId: string, at: Date, refund: string | null, refundedAt: Date): void => {
    const debit: SeedRow<'usage_ledger'> = {
      id: nextId(),
      owner_id: ownerId,
      kind: 'generation_debit',
      amount: 1,
      period: monthOf(at).period,
      job_id: jobId,
      charge_no: 1,
      reverses: null,
      reason: null,
      idempotency_key: null,
      created_at: at,
    };
    ledger.push(debit);
    if (refund === null) return;
    ledger.push({
      ...debit,
      id: nextId(),
      kind: 'generation_refund',
      charge_no: null,
      reverses: debit.id,
      reason: refund,
      created_at: refundedAt,
    });
  };

  /** Events are kept for a day. */
  const tell = (job: SeedRow<'generation_jobs'>, ownerId: string): void => {
    for (const [status, at] of [
      ['starting', job.created_at],
      ['processing', job.started_at],
      [job.status, job.completed_at],
    ] as const) {
      if (at === null || now.getTime() - at.getTime() >= day) continue;
      const seq = (eventCounts.get(ownerId) ?? 0) + 1;
      eventCounts.set(ownerId, seq);
      const progress = status === 'succeeded' ? 1 : 0;
      jobEvents.push({ owner_id: ownerId, seq, job_id: job.id, status, progress, created_at: at });
    }
  };

  const entriesOf = (ownerId: string, sources: readonly DemoRender[]): Entry[] =>
    sources.map((source) => ({ kind: 'render', ownerId, source, createdAt: ago(...source.ago) }));
  const entries: Entry[] = [
    ...entriesOf(demoId, demoRenders),
    ...entriesOf(otherId, otherRenders),
    ...entriesOf(adminId, demoCommunity.flatMap(({ renders }) => renders)),
    ...demoFailures.map((source): Entry => ({ kind: 'failure', ownerId: demoId, source, createdAt: ago(...source.ago) })),
  ];
  entries.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());

  for (const { ownerId, source, createdAt, kind } of entries) {
    const jobId = nextId();
    const outcome = kind === 'failure' ? outcomes[source.outcome] : null;
    const took = random.whole(24_000, 68_000);
    // A render is made at its job's end, and a failure is remembered by its job's beginning.
    const submittedAt = outcome === null ? new Date(createdAt.getTime() - took) : createdAt;
    const startedAfter = outcome === null ? 2_000 : outcome.startsAfter;
    const endedAt = new Date(submittedAt.getTime() + (outcome?.endsAfter ?? took));
    const [input1, input2] = inputsOf(ownerId, source, submittedAt);
    const job: SeedRow<'generation_jobs'> = {
      id: jobId,
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
      started_at: startedAfter === null ? null : new Date(submittedAt.getTime() + startedAfter),
      completed_at: endedAt,
    };
    jobs.push(job);
    charge(ownerId, jobId, submittedAt, outcome?.refund ?? null, endedAt);
    tell(job, ownerId);
    if (kind === 'failure') continue;

    const id = nextId();
    const variants = Array.from({ length: source.variants }, (_, idx): PlannedVariant => {
      const base = `renders/${ownerId}/${id}/v1/${idx}`;
      const variant = { id: nextId(), imageKey: `${base}.webp`, thumbKey: `${base}_thumb.webp` };
      const room = { roomType: source.room, style: source.style, seed: source.home, variant: idx };
      const { imageKey, thumbKey } = variant;
      tasks.push({ kind: 'picture', imageKey, thumbKey, draw: () => drawRoom({ ...room, ...sizeOf(source.aspect) }) });
      return variant;
    });
    const row = {
      id,
      owner_id: ownerId,
      job_id: jobId,
      mode: source.mode,
      room_type: source.room,
      style: source.style,
      prompt: source.prompt,
      cover_variant: source.variants === 3 ? random.whole(0, 2) : 0,
      created_at: createdAt,
    };
    bySource.set(source, { row, ownerId, id, createdAt, source, variants });
  }

  const renderOf = (source: DemoRender | undefined): PlannedRender => {
    const render = source === undefined ? undefined : bySource.get(source);
    if (render === undefined) throw new Error('The demo content names a render that it does not have.');
    return render;
  };

  ledger.push({
    id: nextId(),
    owner_id: demoId,
    kind: 'credit_adjustment',
    amount: 10,
    period: monthOf(ago(0, 5)).period,
    job_id: null,
    charge_no: null,
    reverses: null,
    reason: 'Thank you for trying the new alfresco looks',
    idempotency_key: nextId(),
    created_at: ago(0, 5),
  });

  const items: SeedRow<'collection_items'>[] = [];
  const collections = demoCollections.map(({ name, ageDays, renders }): SeedRow<'collections'> => {
    const id = nextId();
    const createdAt = ago(ageDays);
    renders.forEach((position, i) => {
      const render = renderOf(demoRenders[position]);
      const since = Math.max(createdAt.getTime(), render.createdAt.getTime());
      items.push({
        collection_id: id,
        render_id: render.id,
        owner_id: demoId,
        added_at: notLater(new Date(since + (renders.length - i) * 20_000)),
      });
    });
    return { id, owner_id: demoId, name, created_at: createdAt };
  });

  const communityCollections: SeedRow<'community_collections'>[] = [];
  const communityItems: PlannedCommunityItem[] = [];
  demoCommunity.forEach(({ title, description, featured, renders }, collectionIndex) => {
    const collectionId = nextId();
    const planned = renders.map(renderOf);
    const oldest = Math.min(...planned.map(({ createdAt }) => createdAt.getTime()));
    communityCollections.push({
      id: collectionId,
      title,
      description,
      is_featured: featured,
      order_index: collectionIndex,
      created_at: new Date(oldest),
    });
    planned.forEach((render, orderIndex) => {
      const id = nextId();
      communityItems.push({
        id,
        collectionId,
        render,
        imageKey: `community/${id}/v1.webp`,
        thumbKey: `community/${id}/v1_thumb.webp`,
        orderIndex,
        createdAt: new Date(render.createdAt.getTime() + 60 * minute),
      });
    });
  });

  const starter = planById(configuration, 'starter');
  const priceId = starter?.priceId ?? null;
  const subscribedAt = ago(subscribedDaysAgo);
  const profiles = demoProfiles.map(({ id, email, name, role }): SeedRow<'profiles'> => {
    const pays = id === demoId && priceId !== null;
    return {
      id,
      email,
      name,
      role,
      customer_id: pays ? 'cus_roomfeed_demo' : null,
      price_id: pays ? priceId : null,
      subscription_id: pays ? 'sub_roomfeed_demo' : null,
      subscription_status: pays ? 'active' : null,
      subscription_event_at: pays ? ago(20) : null,
      current_period_start: pays ? ago(20) : null,
      current_period_end: pays ? ago(-11) : null,
      has_access: pays,
      created_at: ago(historyDays),
    };
  });
  const planVersionsFrom = ago(historyDays);

  return {
    ownerIds,
    markerJobId: jobs[0]?.id ?? nextId(),
    tasks,
    profiles,
    planChanges:
      priceId === null
        ? []
        : [{ id: nextId(), owner_id: demoId, price_id: priceId, effective_at: subscribedAt, recorded_at: subscribedAt }],
    planVersions: listPlans(configuration).map((plan) => ({
      id: nextId(),
      plan_id: plan.id,
      monthly_limit: plan.monthlyGenerations,
      effective_at: planVersionsFrom,
    })),
    planVersionsFrom,
    jobs,
    jobEvents,
    ledger,
    renders: [...bySource.values()],
    uploads: [...uploads.values()],
    collections,
    items,
    favorites: demoFavorites.map((position) => {
      const { id, createdAt } = renderOf(demoRenders[position]);
      return { ownerId: demoId, renderId: id, addedAt: notLater(new Date(createdAt.getTime() + 2 * minute)) };
    }),
    communityCollections,
    communityItems,
  };
}
