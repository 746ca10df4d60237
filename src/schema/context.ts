import type { Loaders } from '../loaders/loaders.js';
import type { MaybeViewer } from '../domain/viewer.js';
import type { Services } from '../services/services.js';

/** What every resolver gets: who asks, what the product does, and this request's loaders. No database handle. */
export interface GraphQLContext {
  readonly viewer: MaybeViewer;
  readonly services: Services;
  readonly loaders: Loaders;
  /** Off: every part of a row comes through a loader. */
  readonly lookAhead: boolean;
}
