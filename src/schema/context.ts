import type { Loaders } from '../loaders/loaders.js';
import type { StreamPosition } from '../domain/stream-position.js';
import type { MaybeViewer } from '../domain/viewer.js';
import type { Services } from '../services/services.js';

/** What every resolver gets: who asks, what the product does, and this request's loaders. No database handle. */
export interface GraphQLContext {
  readonly viewer: MaybeViewer;
  readonly services: Services;
  readonly loaders: Loaders;
  /** The loaders for an account's rows: those above, unless an administrator's action has opened that account. */
  loadersOf(ownerId: string | undefined): Loaders;
  /**
   * To be called by an administrator's action once the service has let it pass: from now on this request reads the rows of
   * that account, for the fields of the action's payload. Anew each time: what was loaded before is forgotten.
   */
  openAccount(ownerId: string): void;
  /** Off: every part of a row comes through a loader. */
  readonly lookAhead: boolean;
  /** Of a subscription; null for everything else. */
  readonly position: StreamPosition | null;
}
