import { createCollectionCuration } from './collection-curation.js';
import { createItemCuration, type CurationDependencies } from './item-curation.js';

export type CurationService = ReturnType<typeof createCurationService>;

/**
 * What administrators change of the gallery. Each of its functions refuses whoever is none (Forbidden), and whose account
 * is suspended (AccessSuspended), before it says a word about the input.
 */
export function createCurationService(dependencies: CurationDependencies) {
  return { ...createCollectionCuration(dependencies), ...createItemCuration(dependencies) };
}
