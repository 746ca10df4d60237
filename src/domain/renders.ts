import type { Mode } from '../config/runtime.js';

/** Which of a user's renders a list holds; every condition that is given must hold. */
export interface RenderFilter {
  readonly modes?: readonly Mode[];
  readonly roomTypes?: readonly string[];
  readonly styles?: readonly string[];
  /** At or after. */
  readonly createdAfter?: Date;
  /** Before. */
  readonly createdBefore?: Date;
  readonly collectionId?: string;
  readonly favorite?: boolean;
  readonly search?: TextSearch;
}

/** A case-insensitive substring, with the presets whose labels hold it. */
export interface TextSearch {
  readonly text: string;
  readonly roomTypes: readonly string[];
  readonly styles: readonly string[];
}

export interface RenderStatistics {
  readonly total: number;
  readonly thisMonth: number;
  readonly variants: number;
  readonly byMode: readonly { readonly mode: Mode; readonly count: number }[];
  readonly byRoomType: readonly { readonly preset: string | null; readonly count: number }[];
  readonly byStyle: readonly { readonly preset: string | null; readonly count: number }[];
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
}
