import { collectionItems, jobPhotos, renderPictures, variantsHaveRenders } from '../../../repositories/data-checks/pictures.js';
import { rendersHaveVariants, rendersMatchJobs } from '../../../repositories/data-checks/renders.js';
import type { DataCheck } from './check.js';
import { kindsOfNames, settleName } from './named-pictures.js';
import { pagedCheck } from './paged-check.js';

const restore = 'Find out what wrote it, and restore the row from a backup.';

/** What people have: renders, their pictures, the photos they began with, and where they are filed. */
export const renderChecks: readonly DataCheck[] = [
  pagedCheck({
    name: 'renders_match_jobs',
    description:
      'A render\'s job is its owner\'s, has succeeded, and says the same of mode, room and style. A job that succeeded and has no ' +
      'render is none: its render was deleted, and that leaves no trace.',
    sources: () => [{ page: rendersMatchJobs }],
    kinds: {
      render_without_job: {
        severity: 'warning',
        describe: ({ detail }) => `The render says that it was made by the job ${String(detail['jobId'])}, which does not exist.`,
        action: 'Restore the job from a backup.',
      },
      render_of_other_owner: {
        severity: 'critical',
        describe: ({ detail }) => `The render belongs to another account than its job ${String(detail['jobId'])}.`,
        action: 'Find out what wrote it at once, because a person sees what is not theirs; restore the row from a backup.',
      },
      render_of_unsucceeded_job: {
        severity: 'critical',
        describe: ({ detail }) => `The render's job ${String(detail['jobId'])} is ${String(detail['status'])}, and not succeeded.`,
        action: 'Look at the job\'s ledger entries and events to see which of the two is right.',
      },
      render_differs_from_job: {
        severity: 'warning',
        describe: ({ detail }) => `The render's mode, room or style is another than its job's (${String(detail['jobId'])}).`,
        action: restore,
      },
    },
  }),
  pagedCheck({
    name: 'renders_have_variants',
    description: 'A render has at least one picture, and its cover is one of them.',
    sources: () => [{ page: rendersHaveVariants }],
    kinds: {
      render_without_variants: {
        severity: 'critical',
        describe: () => 'The render has no picture.',
        action: 'Restore its variants from a backup; where there are none, credit the generation.',
      },
      cover_missing: {
        severity: 'warning',
        describe: ({ detail }) => `The render's cover is its variant ${String(detail['coverVariant'])}, which it does not have.`,
        action: 'Make the first variant that it has the cover.',
        repair: 'set_cover',
      },
    },
  }),
  pagedCheck({
    name: 'render_pictures',
    description: 'A variant is its render\'s owner\'s, and names an image and a thumbnail of that render which are on record, in use and of its size.',
    sources: () => [{ page: renderPictures }, { page: variantsHaveRenders }],
    settle: settleName,
    kinds: {
      ...kindsOfNames('A variant'),
      variant_without_render: {
        severity: 'warning',
        describe: ({ detail }) => `The variant's render ${String(detail['renderId'])} does not exist.`,
        action: 'Restore the render from a backup, or delete the variant.',
      },
      variant_of_other_owner: {
        severity: 'critical',
        describe: ({ detail }) => `The variant belongs to another account than its render ${String(detail['renderId'])}.`,
        action: restore,
      },
    },
  }),
  pagedCheck({
    name: 'input_photos',
    description: 'The photos of jobs are their owner\'s; those of unfinished jobs and of jobs with a render are on record and in use.',
    sources: () => [{ page: jobPhotos }],
    settle: settleName,
    kinds: kindsOfNames('A job'),
  }),
  pagedCheck({
    name: 'collection_items',
    description: 'A place in a collection, its collection and its render belong to one account.',
    sources: () => [{ page: collectionItems }],
    kinds: {
      item_without_collection: {
        severity: 'warning',
        describe: () => 'The place is in a collection that does not exist.',
        action: 'Restore the collection from a backup, or delete the place.',
      },
      item_without_render: {
        severity: 'warning',
        describe: () => 'The place is of a render that does not exist.',
        action: 'Restore the render from a backup, or delete the place.',
      },
      item_of_other_owner: {
        severity: 'critical',
        describe: () => 'The place, its collection and its render do not belong to one account.',
        action: 'Find out what wrote it at once, and delete the place.',
      },
    },
  }),
];
