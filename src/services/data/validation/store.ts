import * as records from '../../../repositories/data-checks/assets.js';
import { communityItems } from '../../../repositories/data-checks/pictures.js';
import { ago, type DataCheck, hours } from './check.js';
import { kindsOfNames, settleName } from './named-pictures.js';
import { pagedCheck } from './paged-check.js';
import { compareStore } from './stored-objects.js';

/** Removals are tried again every few minutes. */
const removedWithinMs = 24 * hours;

/** Published looks, records of pictures, and the store itself. */
export const storeChecks: readonly DataCheck[] = [
  pagedCheck({
    name: 'community_items',
    description: 'A published look is in a collection, and has copies of its own that are on record and in use, or an https address.',
    sources: () => [{ page: communityItems }],
    settle: settleName,
    kinds: {
      ...kindsOfNames('A published look'),
      item_without_collection: {
        severity: 'warning',
        describe: ({ detail }) => `The look's collection ${String(detail['collectionId'])} does not exist.`,
        action: 'Move it into another collection, or remove it.',
      },
      item_without_render: {
        severity: 'warning',
        describe: ({ detail }) => `The look names the render ${String(detail['renderId'])}, which does not exist.`,
        action: 'Set render_id to null: the look lives on its own copy.',
      },
      item_without_picture: {
        severity: 'critical',
        describe: () => 'The look was published from a render, and has no picture.',
        action: 'Remove it, and publish the render again.',
      },
      external_not_https: {
        severity: 'critical',
        describe: () => 'The look is at an address elsewhere that is not https.',
        action: 'Remove it, and add the picture by an https address.',
      },
    },
  }),
  pagedCheck({
    name: 'asset_records',
    description:
      'A record of a picture has a key of its kind and owner, something that needs the picture, or a mark, and is gone within a day ' +
      'of its mark. Photos that nobody uses any more are for the clean-up.',
    sources: ({ at }) => [{ page: records.assetRecords, values: [ago(at, removedWithinMs)] }],
    kinds: {
      asset_malformed: {
        severity: 'warning',
        describe: ({ detail }) => `The record is of a path that no picture of its kind (${String(detail['kind'])}) has.`,
        action: 'Find out what wrote it, and correct the row.',
      },
      asset_not_owned: {
        severity: 'critical',
        describe: () => 'The record belongs to another account than its path names.',
        action: 'Find out what wrote it, and correct its owner.',
      },
      asset_left_behind: {
        severity: 'warning',
        describe: () => 'The picture should have been removed more than a day ago.',
        action: 'Look in the log for why the store does not delete it, and whether a gateway or worker runs.',
      },
      asset_unreferenced: {
        severity: 'warning',
        describe: () => 'Nothing needs the picture, and it is not marked to be removed.',
        action: 'Mark it, to be removed when `retention.orphanGraceHours` are over.',
        repair: 'mark_picture',
      },
    },
  }),
  {
    name: 'stored_objects',
    description: 'What is on record is in the store, with as many bytes, and nothing else is.',
    kinds: {
      bytes_missing: {
        severity: 'critical',
        describe: () => 'The picture is on record, and not in the store.',
        action: 'Restore it from a backup of the store.',
      },
      bytes_differ: {
        severity: 'critical',
        describe: ({ detail }) => `The picture in the store has ${String(detail['stored'])} bytes, and should have ${String(detail['recorded'])}: it may be damaged.`,
        action: 'Restore it from a backup of the store.',
      },
      recorded_size_differs: {
        severity: 'warning',
        describe: ({ detail }) => `The picture has ${String(detail['stored'])} bytes; its record says ${String(detail['recorded'])}.`,
        action: 'Write down the size that it has.',
        repair: 'set_size',
      },
      object_without_record: {
        severity: 'warning',
        describe: () => 'The store has an object that is not on record and that nothing names.',
        action: 'Find out what stored it; delete it where it is nobody\'s.',
      },
      incoming_left_behind: {
        severity: 'warning',
        describe: () => 'A photo that nobody completed lies in the store for more than a day.',
        action: 'Look in the log for why the store does not delete it, and whether a gateway or worker runs.',
      },
    },
    run: compareStore,
  },
];
