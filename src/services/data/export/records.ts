import { encodeGlobalId } from '../../../domain/global-id.js';
import { exportSources, type ExportField, type ExportKind, type ExportRow } from '../../../repositories/account-export.js';
import { photoFile, type RenderPicture, variantFile } from './picture-names.js';
import type { ExportPicture, ExportRecord } from './sink.js';

/** What a column's value, which is not null, becomes. */
type Form = (value: unknown, row: ExportRow) => unknown;

const asIs: Form = (value) => value;
const instant: Form = (value) => (value as Date).toISOString();
/** As the API spells enumerations, which the database keeps in lower case. */
const word: Form = (value) => (value as string).toUpperCase();
const aspectRatio: Form = (value) => `RATIO_${(value as string).replace(':', '_')}`;
const photo: Form = (value) => photoFile(value as string);
const idOf = (type: string): Form => (value) => encodeGlobalId(type, value as string);
const picture = (size: 'full' | 'thumbnail'): Form => (_value, row) => variantFile(row as unknown as RenderPicture, size);

/** A form for each field of each kind: one that is read and has none does not compile. */
const forms: { readonly [Kind in ExportKind]: Readonly<Record<ExportField<Kind>, Form>> } = {
  profile: {
    id: idOf('Profile'), email: asIs, name: asIs, role: word, accountStatus: word, preferences: asIs,
    createdAt: instant, erasedAt: instant, erasureCompletedAt: instant, hasAccess: asIs, customerId: asIs, priceId: asIs,
    subscriptionId: asIs, subscriptionStatus: asIs, subscriptionCreatedAt: instant, currentPeriodStart: instant,
    currentPeriodEnd: instant, cancelAtPeriodEnd: asIs, scheduledPriceId: asIs, lastPaidAt: instant,
    paymentFailedAt: instant, nextPaymentAttemptAt: instant,
  },
  planChanges: { priceId: asIs, effectiveAt: instant, recordedAt: instant },
  statusChanges: { status: word, createdAt: instant },
  usageMonths: { period: asIs, debits: asIs, refunds: asIs, credits: asIs },
  usageEntries: {
    id: idOf('UsageEntry'), kind: word, amount: asIs, period: asIs, jobId: idOf('GenerationJob'), chargeNo: asIs,
    reversesId: idOf('UsageEntry'), reason: asIs, createdAt: instant,
  },
  photos: { file: photo, byteSize: asIs, contentType: asIs, createdAt: instant },
  uploads: {
    id: idOf('Upload'), state: word, file: photo, contentType: asIs, byteSize: asIs, width: asIs, height: asIs,
    placeholder: asIs, createdAt: instant, expiresAt: instant,
  },
  generationJobs: {
    id: idOf('GenerationJob'), status: word, mode: word, roomType: asIs, style: asIs, prompt: asIs, aspectRatio,
    quality: word, variants: asIs, input1File: photo, input2File: photo, progress: asIs, errorCode: word, error: asIs,
    createdAt: instant, startedAt: instant, completedAt: instant, archivedAt: instant,
  },
  renders: {
    id: idOf('Render'), mode: word, roomType: asIs, style: asIs, prompt: asIs, coverVariant: asIs,
    jobId: idOf('GenerationJob'), createdAt: instant,
  },
  renderVariants: {
    id: idOf('RenderVariant'), renderId: idOf('Render'), index: asIs, file: picture('full'),
    thumbnailFile: picture('thumbnail'), width: asIs, height: asIs, byteSize: asIs, contentType: asIs, placeholder: asIs,
    createdAt: instant,
  },
  collections: { id: idOf('Collection'), name: asIs, isDefaultFavorites: asIs, createdAt: instant },
  collectionItems: { collectionId: idOf('Collection'), renderId: idOf('Render'), addedAt: instant },
  communityItems: {
    id: idOf('CommunityItem'), collectionId: idOf('CommunityCollection'), renderId: idOf('Render'), sourceType: word,
    applySettings: asIs, orderIndex: asIs, createdAt: instant,
  },
};

/** The kinds, in the order in which they are exported. */
export const exportKinds = Object.keys(exportSources) as readonly ExportKind[];

/** A row as the person gets it. */
export function recordOf(kind: ExportKind, row: ExportRow): ExportRecord {
  return Object.fromEntries(
    Object.entries<Form>(forms[kind]).map(([field, form]) => [field, row[field] == null ? null : form(row[field], row)]),
  );
}

/** The pictures that a row stands for. Uploads and jobs name photos that have rows of their own. */
export function picturesOf(kind: ExportKind, row: ExportRow): readonly ExportPicture[] {
  switch (kind) {
    case 'photos':
      return [{ key: row['file'] as string, file: photoFile(row['file'] as string) }];
    case 'renderVariants':
      return [
        { key: row['file'] as string, file: variantFile(row as unknown as RenderPicture, 'full') },
        { key: row['thumbnailFile'] as string, file: variantFile(row as unknown as RenderPicture, 'thumbnail') },
      ];
    default:
      return [];
  }
}
