import type {
  Asset,
  Collection,
  CommunityCollection,
  CommunityItem,
  GenerationJob,
  Render,
  RenderVariant,
  UsageEntry,
} from '../generated/prisma/client.js';
import type { WithParts } from '../domain/selection.js';

/** Rows as the repositories return them: the model's own columns, and the parts that the statement brought. */
export type RenderRow = Render & WithParts;
export type RenderVariantRow = RenderVariant & WithParts;
export type CollectionRow = Collection & WithParts;
export type CommunityCollectionRow = CommunityCollection & WithParts;
export type CommunityItemRow = CommunityItem & WithParts;
export type GenerationJobRow = GenerationJob & WithParts;
export type UsageEntryRow = UsageEntry & WithParts;
export type AssetRow = Asset;
