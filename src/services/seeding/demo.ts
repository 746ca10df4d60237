import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Database, Sql } from '../../database/database.js';
import * as demoRows from '../../database/seed/demo-rows.js';
import { insertRows } from '../../database/seed/insert-rows.js';
import type { SeedRow } from '../../database/seed/tables.js';
import type { Storage } from '../../storage/storage.js';
import { planDemo, type DemoPlan } from './demo-plan.js';
import { storePictures, usualSide, type StoredPicture } from './pictures.js';

export interface SeedDemoOptions {
  /** The service role's database, in the system's scope. */
  readonly service: Database;
  readonly storage: Storage;
  readonly configuration: RuntimeConfiguration;
  /** The demo data's present: its newest render is some minutes older. */
  readonly now: Date;
  /** Pixels of a square picture's side. Default: 896; smaller ones are made faster. */
  readonly pictureSide?: number;
  /** Told of each picture that is stored. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Gives an empty installation its demo data: three people, their renders with real pictures, jobs, usage, collections,
 * and a community gallery.
 *
 * Pictures are stored first and all rows come in one transaction, so there is the whole demo data or none of it. An
 * interrupted run leaves pictures that the next one overwrites; where the data is already there, nothing happens.
 */
export async function seedDemo(options: SeedDemoOptions): Promise<{ seeded: boolean; renders: number }> {
  const { service, storage, configuration, now, pictureSide = usualSide, onProgress } = options;
  const plan = planDemo({ now, configuration, pictureSide });
  const nothing = { seeded: false, renders: 0 };
  if (await demoRows.haveJobs(service, plan.ownerIds)) return nothing;

  const total = plan.tasks.length;
  onProgress?.(0, total);
  const stored = await storePictures(storage, plan.tasks, (done) => onProgress?.(done, total));
  for (const { imageKey, thumbKey, render } of plan.communityItems) {
    const original = render.variants[0];
    if (original === undefined) throw new Error(`The demo render ${render.id} has no variant to publish.`);
    await storage.copy(original.imageKey, imageKey);
    await storage.copy(original.thumbKey, thumbKey);
  }

  return service.transaction(async (tx) => {
    await demoRows.lockSeeding(tx);
    if (await demoRows.haveJobs(tx, plan.ownerIds)) return nothing;
    await insertPlan(tx, plan, stored);
    return { seeded: true, renders: plan.renders.length };
  });
}

function pictureAt(stored: ReadonlyMap<string, StoredPicture>, key: string): StoredPicture {
  const picture = stored.get(key);
  if (picture === undefined) throw new Error(`No picture was stored at ${key}.`);
  return picture;
}

async function insertPlan(tx: Sql, plan: DemoPlan, stored: ReadonlyMap<string, StoredPicture>): Promise<void> {
  await demoRows.upsertProfiles(tx, plan.profiles);
  const favorites = await demoRows.adoptDefaultFavorites(tx, plan.ownerIds);
  await insertRows(tx, 'plan_changes', plan.planChanges);
  const known = await demoRows.plansKnownAt(tx, plan.since);
  await insertRows(tx, 'plan_versions', plan.planVersions.filter(({ plan_id }) => !known.has(plan_id ?? '')));

  await insertRows(tx, 'uploads', plan.uploads.map((upload) => {
    const { imageSize, contentType } = pictureAt(stored, upload.path);
    return {
      id: upload.id,
      owner_id: upload.ownerId,
      path: upload.path,
      content_type: contentType,
      byte_size: imageSize,
      state: 'used',
      created_at: upload.createdAt,
      expires_at: new Date(upload.createdAt.getTime() + 24 * 60 * 60_000),
    };
  }));
  await insertRows(tx, 'generation_jobs', plan.jobs);
  await insertRows(tx, 'job_events', plan.events);
  // A refund names its debit, which comes before it in the plan.
  await insertRows(tx, 'usage_ledger', plan.ledger);
  await demoRows.insertUsagePeriods(tx, plan.ownerIds);

  await insertRows(tx, 'renders', plan.renders.map(({ row }) => row));
  await insertRows(tx, 'render_variants', plan.renders.flatMap((render) =>
    render.variants.map(({ id, imageKey, thumbKey }, idx) => {
      const { width, height, imageSize, contentType, placeholder } = pictureAt(stored, imageKey);
      return {
        id,
        render_id: render.id,
        owner_id: render.ownerId,
        idx,
        image_path: imageKey,
        thumb_path: thumbKey,
        width,
        height,
        byte_size: imageSize,
        content_type: contentType,
        placeholder,
        created_at: render.createdAt,
      };
    }),
  ));
  await insertRows(tx, 'collections', plan.collections);
  await insertRows(tx, 'collection_items', [
    ...plan.items,
    ...plan.favorites.map(({ ownerId, renderId, addedAt }) => ({
      collection_id: favorites.get(ownerId) ?? null,
      render_id: renderId,
      owner_id: ownerId,
      added_at: addedAt,
    })),
  ]);
  await insertRows(tx, 'community_collections', plan.communityCollections);
  await insertRows(tx, 'community_items', plan.communityItems.map((item) => {
    const { source, variants, id } = item.render;
    const { width, height, imageSize, contentType, placeholder } = pictureAt(stored, variants[0]?.imageKey ?? '');
    return {
      id: item.id,
      collection_id: item.collectionId,
      source: 'internal',
      render_id: id,
      image_path: item.imageKey,
      thumb_path: item.thumbKey,
      width,
      height,
      byte_size: imageSize,
      content_type: contentType,
      placeholder,
      apply_settings: {
        mode: source.mode,
        roomType: source.room,
        style: source.style,
        ...(source.prompt === null ? {} : { prompt: source.prompt }),
        aspectRatio: source.aspect,
        quality: source.quality ?? 'auto',
        variants: source.variants,
      },
      order_index: item.orderIndex,
      created_at: item.createdAt,
    };
  }));
  await insertRows(tx, 'assets', assetsOf(plan, stored));
}

/** A row for every object that was stored. */
function assetsOf(plan: DemoPlan, stored: ReadonlyMap<string, StoredPicture>): SeedRow<'assets'>[] {
  const asset = (
    path: string,
    kind: 'input' | 'output' | 'thumbnail' | 'community',
    ownerId: string | null,
    size: number | null,
    contentType: string,
    createdAt: Date,
  ): SeedRow<'assets'> => ({
    path,
    owner_id: ownerId,
    kind,
    byte_size: size,
    content_type: contentType,
    created_at: createdAt,
  });
  return [
    ...plan.uploads.map(({ path, ownerId, createdAt }) => {
      const { imageSize, contentType } = pictureAt(stored, path);
      return asset(path, 'input', ownerId, imageSize, contentType, createdAt);
    }),
    ...plan.renders.flatMap(({ ownerId, createdAt, variants }) =>
      variants.flatMap(({ imageKey, thumbKey }) => {
        const { imageSize, thumbnailSize, contentType } = pictureAt(stored, imageKey);
        return [
          asset(imageKey, 'output', ownerId, imageSize, contentType, createdAt),
          asset(thumbKey, 'thumbnail', ownerId, thumbnailSize, contentType, createdAt),
        ];
      }),
    ),
    ...plan.communityItems.flatMap(({ imageKey, thumbKey, render, createdAt }) => {
      const { imageSize, thumbnailSize, contentType } = pictureAt(stored, render.variants[0]?.imageKey ?? '');
      return [
        asset(imageKey, 'community', null, imageSize, contentType, createdAt),
        asset(thumbKey, 'community', null, thumbnailSize, contentType, createdAt),
      ];
    }),
  ];
}
