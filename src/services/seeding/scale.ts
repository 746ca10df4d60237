import { listPlans } from '../../config/plans.js';
import type { RuntimeConfiguration } from '../../config/runtime.js';
import { openBulkLoader, vacuum, type BulkLoader, type StagedRow } from '../../database/seed/bulk-loader.js';
import type { Storage } from '../../storage/storage.js';
import { storePictures, usualSide, type StoredPicture } from './pictures.js';
import { planSamples, type Samples } from './samples.js';
import { markerId, planJobs, planPeople, type ScaleJob, type ScaleOptions, type ScalePerson } from './scale-plan.js';

export interface SeedScaleOptions extends ScaleOptions {
  readonly serviceUrl: string;
  /** With it, the tables are vacuumed and analyzed at the end; the service role may not do that. */
  readonly ownerUrl: string | null;
  readonly storage: Storage;
  readonly configuration: RuntimeConfiguration;
  /** Pixels of a sample picture's side. Default: 896; smaller ones are made faster. */
  readonly pictureSide?: number;
  readonly onProgress?: (step: 'pictures' | 'renders', done: number, total: number) => void;
}

export interface SeedScaleResult {
  /** False where this seed had already run; then nothing was changed. */
  readonly seeded: boolean;
  readonly profiles: number;
  readonly renders: number;
  readonly variants: number;
  /** Whether the planner has been told of the new rows. */
  readonly analyzed: boolean;
  /** Who has the most renders, to sign in as. */
  readonly busiest: { readonly id: string; readonly email: string; readonly renders: number } | null;
}

/** Rows of about this many jobs travel at once: some 10 MB, and a progress bar that moves every second or two. */
const batchSize = 20_000;

/**
 * Fills the database for measurements: people with renders over two years, their jobs, books and collections, on shared
 * pictures. The same options give the same rows; another seed adds others, and a seed that has run is left alone.
 *
 * All rows come in one transaction. Throws a RangeError for counts out of bounds.
 */
export async function seedScale(options: SeedScaleOptions): Promise<SeedScaleResult> {
  const { storage, configuration, profiles, renders, seed, now, onProgress } = options;
  checkWhole('The number of profiles', profiles, 1, 1_000_000);
  checkWhole('The number of renders', renders, 0, 100_000_000);
  checkWhole('The seed', seed, 0, Number.MAX_SAFE_INTEGER);
  const loader = await openBulkLoader(options.serviceUrl);
  let busiest: ScalePerson;
  let variants = 0;
  try {
    if (await loader.hasProfile(markerId(seed))) {
      return { seeded: false, profiles: 0, renders: 0, variants: 0, analyzed: false, busiest: null };
    }
    const samples = planSamples(configuration, options.pictureSide ?? usualSide);
    const total = samples.tasks.length;
    const stored = await storePictures(storage, samples.tasks, (done) => onProgress?.('pictures', done, total));
    await fileSamples(loader, samples, stored, now);

    const plan = listPlans(configuration).at(-1);
    const people = planPeople(options);
    busiest = people.reduce((most, person) => (person.renders > most.renders ? person : most));
    await loader.stage('staged_profiles', people.map((person) => profileRow(person, plan?.priceId ?? null)));
    await loader.fileProfiles();

    const presets = { roomTypes: configuration.roomTypes.map(({ id }) => id), styles: configuration.styles.map(({ id }) => id) };
    let batch: StagedRow[] = [];
    let done = 0;
    let waiting = 0;
    const flush = async (): Promise<void> => {
      await loader.stage('staged_jobs', batch);
      await loader.fileJobs(plan?.monthlyGenerations ?? 0);
      batch = [];
      done += waiting;
      waiting = 0;
      onProgress?.('renders', done, renders);
    };
    onProgress?.('renders', 0, renders);
    for (const person of people) {
      // A person's months are summed in one go, so nobody is spread over two batches.
      for (const job of planJobs(options, person, presets)) {
        batch.push(jobRow(person, job, samples));
        variants += job.variantIds.length;
      }
      waiting += person.renders;
      if (batch.length >= batchSize) await flush();
    }
    if (batch.length > 0) await flush();
    await loader.commit();
  } finally {
    await loader.close();
  }
  if (options.ownerUrl !== null) await vacuum(options.ownerUrl);
  const { id, email, renders: most } = busiest;
  return { seeded: true, profiles, renders, variants, analyzed: options.ownerUrl !== null, busiest: { id, email, renders: most } };
}

function checkWhole(what: string, value: number, low: number, high: number): void {
  if (Number.isSafeInteger(value) && value >= low && value <= high) return;
  throw new RangeError(`${what} is a whole number from ${low} to ${high}, not ${value}.`);
}

async function fileSamples(
  loader: BulkLoader,
  samples: Samples,
  stored: ReadonlyMap<string, StoredPicture>,
  now: Date,
): Promise<void> {
  const pictures: StagedRow[] = [];
  const assets: StagedRow[] = [];
  samples.tasks.forEach((task, number) => {
    const picture = stored.get(task.imageKey);
    if (picture === undefined) throw new Error(`No picture was stored at ${task.imageKey}.`);
    const { width, height, imageSize, contentType, placeholder, thumbnailSize } = picture;
    assets.push([task.imageKey, imageSize, contentType, now]);
    if (task.kind === 'photo') return;
    assets.push([task.thumbKey, thumbnailSize, contentType, now]);
    pictures.push([number, task.imageKey, task.thumbKey, width, height, imageSize, contentType, placeholder]);
  });
  await loader.stage('staged_assets', assets);
  await loader.fileAssets();
  await loader.stage('staged_pictures', pictures);
}

const profileRow = (person: ScalePerson, priceId: string | null): StagedRow => [
  person.id,
  person.email,
  person.name,
  priceId,
  person.planChangeId,
  person.createdAt,
  person.collectionIds,
  person.collectionNames.map((name) => JSON.stringify(name)),
];

const jobRow = (person: ScalePerson, job: ScaleJob, samples: Samples): StagedRow => [
  person.id,
  job.id,
  job.debitId,
  job.refundId,
  job.renderId,
  job.variantIds,
  job.variants,
  job.mode,
  job.roomType,
  job.style,
  job.prompt,
  job.mode === 'imagine' ? null : samples.photoPath(job.roomType),
  job.status,
  job.coverVariant,
  samples.pictureNumber(job.roomType, job.style),
  job.filed,
  job.createdAt,
  job.completedAt,
];
