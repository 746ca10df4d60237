import { hash } from 'node:crypto';
import type { Page } from '../../domain/page.js';
import { type Selection, selectionKey } from '../../domain/selection.js';

/** Longer ones are hashed: clients choose how long a selection is. */
const plainLength = 200;

/** Everything that decides what an operation answers within its topic. */
export interface CacheKeyParts {
  /** What is read; with the arguments below it is another key for each. */
  readonly operation: string;
  readonly page?: Page;
  /** Plain data: a filter, an id, a month. */
  readonly of?: unknown;
  readonly selection: Selection;
}

/** A text that is equal for equal questions, and never longer than some 200 characters. */
export function cacheKey({ operation, page, of, selection }: CacheKeyParts): string {
  const asked = page ? [page.order.name, page.size, page.backward, page.after, page.before] : [];
  const text = `${operation} ${JSON.stringify([asked, of ?? null])} ${selectionKey(selection)}`;
  return text.length <= plainLength ? text : `${operation} ${hash('sha256', text, 'base64url')}`;
}
