import type { Databases } from '../database/database.js';
import type { StreamPosition } from '../domain/stream-position.js';
import type { MaybeViewer } from '../domain/viewer.js';
import { createLoaders, type Loaders } from '../loaders/loaders.js';
import type { GraphQLContext } from '../schema/context.js';
import { scopeOf } from '../services/scope.js';
import type { Services } from '../services/services.js';

/** What resolvers get, made for each operation. */
export class RequestContext implements GraphQLContext {
  readonly #databases: Databases;
  #loaders: Loaders | undefined;
  #opened: Map<string, Loaders> | undefined;

  constructor(
    readonly viewer: MaybeViewer,
    readonly services: Services,
    readonly lookAhead: boolean,
    readonly position: StreamPosition | null,
    databases: Databases,
  ) {
    this.#databases = databases;
  }

  /** Made when a row asks for them: where its statement brought everything, none does. */
  get loaders(): Loaders {
    return (this.#loaders ??= createLoaders(this.#databases.gateway(scopeOf(this.viewer))));
  }

  loadersOf(ownerId: string | undefined): Loaders {
    return (ownerId !== undefined && this.#opened?.get(ownerId)) || this.loaders;
  }

  openAccount(ownerId: string): void {
    this.#opened ??= new Map();
    this.#opened.set(ownerId, createLoaders(this.#databases.service({ kind: 'viewer', id: ownerId })));
  }
}
