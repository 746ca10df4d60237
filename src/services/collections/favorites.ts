import type { Databases, Sql } from '../../database/database.js';
import { ConstraintViolation } from '../../database/errors.js';
import { ownerTopic } from '../../domain/cache-topics.js';
import type { Selection } from '../../domain/selection.js';
import { NotFound } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import * as collections from '../../repositories/collections.js';
import type { CollectionRow, RenderRow } from '../../repositories/rows.js';
import type { Cache } from '../cache/cache.js';
import { cacheKey } from '../cache/key.js';
import { scopeOf } from '../scope.js';
import type { Writes } from '../writes.js';

/** What the default favorites are called, here and in the trigger that makes them with a profile. */
export const favoritesName = 'Favorites';

const foreignKeyViolation = '23503';

/** A render and the favorites that it is now in, or no longer in. */
export interface Favored {
  readonly render: RenderRow;
  readonly favorites: CollectionRow;
}

/** The default favorites, which everyone has: made where their row was lost, and clicked on. */
export function createFavorites({ databases, cache, writes }: { databases: Databases; cache: Cache; writes: Writes }) {
  /** The viewer's default favorites with their parts; made where the row was lost. */
  async function ensureDefaultFavorites(viewer: Viewer, selection: Selection): Promise<CollectionRow> {
    const db = databases.gateway(scopeOf(viewer));
    const present = await cache.through(
      {
        name: 'collections',
        topic: ownerTopic(viewer.id),
        key: () => cacheKey({ operation: 'favorites', selection }),
      },
      () => collections.getDefaultFavorites(db, viewer.id, selection),
    );
    if (present) return present;
    await collections.createDefaultFavorites(db, viewer.id, favoritesName);
    cache.drop([ownerTopic(viewer.id)]);
    const made = await collections.getDefaultFavorites(db, viewer.id, selection);
    if (!made) throw new Error('The default favorites were made and cannot be read.');
    return made;
  }

  async function clickFavorite(viewer: Viewer, renderId: string, action: 'add' | 'remove'): Promise<Favored> {
    const click = (db: Sql) => collections.clickFavorite(db, viewer.id, { renderId, action });
    try {
      let { render, favorites } = await writes.inOneStatement(viewer, click);
      if (!render) throw new NotFound('render');
      if (!favorites) {
        // The row was lost. Of fifty first clicks one makes it, behind the account's lock, and the others find it.
        ({ render, favorites } = await writes.organise(viewer, async (tx) => {
          await collections.createDefaultFavorites(tx, viewer.id, favoritesName);
          return click(tx);
        }));
      }
      if (!render) throw new NotFound('render');
      if (!favorites) throw new Error('The default favorites were made and cannot be read.');
      return { render, favorites };
    } catch (error) {
      // Deleted between the statement's look and its insert.
      if (error instanceof ConstraintViolation && error.code === foreignKeyViolation) throw new NotFound('render');
      throw error;
    }
  }

  return {
    ensureDefaultFavorites,

    /**
     * One click on the heart; clicking again changes nothing.
     *
     * @throws NotFound where the render is not theirs.
     * @throws AccessSuspended
     */
    addToFavorites: (viewer: Viewer, { renderId }: { renderId: string }): Promise<Favored> =>
      clickFavorite(viewer, renderId, 'add'),

    /**
     * Takes the heart back; doing so again changes nothing.
     *
     * @throws NotFound where the render is not theirs.
     * @throws AccessSuspended
     */
    removeFromFavorites: (viewer: Viewer, { renderId }: { renderId: string }): Promise<Favored> =>
      clickFavorite(viewer, renderId, 'remove'),
  };
}
