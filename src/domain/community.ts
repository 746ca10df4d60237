import type { Mode } from '../config/runtime.js';
import type { TextSearch } from './renders.js';

/** Which looks a list of the community holds; every condition that is given must hold. */
export interface CommunityItemFilter {
  readonly modes?: {
    readonly wanted: readonly Mode[];
    /** A look that says nothing of its mode, or names one that is not offered today, is shown with the default. */
    readonly offered: readonly Mode[];
    readonly otherwise: Mode;
  };
  readonly roomTypes?: readonly string[];
  readonly styles?: readonly string[];
  readonly search?: TextSearch;
  /** Whether the item's collection is featured. */
  readonly featured?: boolean;
}
