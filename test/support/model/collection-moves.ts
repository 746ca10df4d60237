import fc from 'fast-check';
import { globalId } from '../seed.js';
import { batch, line, reference, type Resolve } from './choices.js';
import { move } from './move.js';
import { Faults, notFound, readIds, refused, type Scene } from './rules.js';
import { albumFields, albumView, renderFields, renderView, viewerFields, viewerView } from './views.js';
import { type Account, type Album, favoritesOf, find, living } from './world.js';

/** Collections that an account may have in the model's gateway, the favorites among them: few, so that they are reached. */
export const maxCollections = 4;

const collectionPayload = `collection { ${albumFields} } ${viewerFields}`;
const toGlobal = (ids: readonly string[]) => ids.map((id) => globalId('Render', id));

const createCollection = move<{ name: string }>({
  payload: collectionPayload,
  weight: 5,
  inputs: line(100).map((name) => () => ({ name })),
  outcome({ actor, answer }, input) {
    const faults = new Faults();
    const name = faults.line(input.name, 100, 'name');
    faults.tell();
    if (living(actor.albums).length >= maxCollections) {
      throw refused('CollectionLimitReachedError', 'COLLECTION_LIMIT_REACHED', { limit: maxCollections });
    }
    const album: Album = {
      id: answer.newId('Collection', 'collection', 'id'),
      createdAt: answer.instant('collection', 'createdAt'),
      isFavorites: false,
      name,
      places: new Map(),
      isGone: false,
    };
    actor.albums.push(album);
    return { __typename: 'CreateCollectionPayload', collection: albumView(album), viewer: viewerView(actor) };
  },
});

const renameCollection = move<{ collectionId: string; name: string }>({
  weight: 6,
  payload: collectionPayload,
  inputs: fc
    .tuple(reference('Collection'), line(100))
    .map(([collection, name]) => (id: Resolve) => ({ collectionId: id(collection), name })),
  outcome({ actor }, input) {
    const collectionId = readIds((faults) => faults.id('Collection', input.collectionId, 'collectionId'));
    const faults = new Faults();
    const name = faults.line(input.name, 100, 'name');
    faults.tell();
    const album = ownAlbum(actor, collectionId);
    mustNotBeFavorites(album);
    album.name = name;
    return { __typename: 'RenameCollectionPayload', collection: albumView(album), viewer: viewerView(actor) };
  },
});

const deleteCollection = move<{ collectionId: string }>({
  payload: `deletedCollectionId ${viewerFields}`,
  inputs: reference('Collection').map((collection) => (id: Resolve) => ({ collectionId: id(collection) })),
  outcome({ actor }, input) {
    const collectionId = readIds((faults) => faults.id('Collection', input.collectionId, 'collectionId'));
    const album = ownAlbum(actor, collectionId);
    mustNotBeFavorites(album);
    album.isGone = true;
    return { __typename: 'DeleteCollectionPayload', deletedCollectionId: input.collectionId, viewer: viewerView(actor) };
  },
});

interface CollectionRenders {
  readonly collectionId: string;
  readonly renderIds: readonly string[];
}

const collectionRenders = fc
  .tuple(reference('Collection'), batch('Render', { min: 1, max: 100 }))
  .map(([collection, renders]) => (id: Resolve) => ({ collectionId: id(collection), renderIds: renders.map((render) => id(render)) }));

/** What both batches check first: the collection and the renders, each once. */
function readCollectionRenders({ actor }: Scene, input: CollectionRenders) {
  const ids = readIds((faults) => ({
    collectionId: faults.id('Collection', input.collectionId, 'collectionId'),
    renderIds: faults.ids('Render', input.renderIds, 'renderIds'),
  }));
  const faults = new Faults();
  const renderIds = faults.batch(ids.renderIds, 1, 100, 'renderIds');
  faults.tell();
  return { album: ownAlbum(actor, ids.collectionId), renderIds };
}

const addRendersToCollection = move<CollectionRenders>({
  weight: 6,
  payload: `${collectionPayload} added alreadyPresent notFound`,
  inputs: collectionRenders,
  outcome(scene, input) {
    const { actor, answer } = scene;
    const { album, renderIds } = readCollectionRenders(scene, input);
    const own = renderIds.filter((id) => find(actor.renders, id));
    const added = own.filter((id) => !album.places.has(id));
    const alreadyPresent = own.filter((id) => album.places.has(id));
    const addedAt = answer.addedAt(added, 'collection');
    for (const id of added) album.places.set(id, addedAt);
    return {
      __typename: 'AddRendersToCollectionPayload',
      collection: albumView(album),
      viewer: viewerView(actor),
      added: toGlobal(added),
      alreadyPresent: toGlobal(alreadyPresent),
      notFound: toGlobal(renderIds.filter((id) => !own.includes(id))),
    };
  },
});

const removeRendersFromCollection = move<CollectionRenders>({
  payload: `${collectionPayload} removed notPresent`,
  inputs: collectionRenders,
  outcome(scene, input) {
    const { actor } = scene;
    const { album, renderIds } = readCollectionRenders(scene, input);
    const removed = renderIds.filter((id) => album.places.delete(id));
    return {
      __typename: 'RemoveRendersFromCollectionPayload',
      collection: albumView(album),
      viewer: viewerView(actor),
      removed: toGlobal(removed),
      notPresent: toGlobal(renderIds.filter((id) => !removed.includes(id))),
    };
  },
});

interface Organization {
  readonly renderIds: readonly string[];
  readonly addToCollectionIds?: readonly string[];
  readonly removeFromCollectionIds?: readonly string[];
}

const organizeRenders = move<Organization>({
  weight: 6,
  payload: `collections { ${albumFields} } addedCount removedCount notFound ${viewerFields}`,
  inputs: fc
    .record(
      {
        renderIds: batch('Render', { min: 1, max: 100 }),
        addToCollectionIds: batch('Collection', { min: 0, max: 20, usual: 2 }),
        removeFromCollectionIds: batch('Collection', { min: 0, max: 20, usual: 2 }),
      },
      { requiredKeys: ['renderIds'] },
    )
    .map((chosen) => (id: Resolve) => ({
      renderIds: chosen.renderIds.map((render) => id(render)),
      ...(chosen.addToCollectionIds && { addToCollectionIds: chosen.addToCollectionIds.map((one) => id(one)) }),
      ...(chosen.removeFromCollectionIds && { removeFromCollectionIds: chosen.removeFromCollectionIds.map((one) => id(one)) }),
    })),
  outcome({ actor, answer }, input) {
    const ids = readIds((faults) => ({
      renderIds: faults.ids('Render', input.renderIds, 'renderIds'),
      into: faults.ids('Collection', input.addToCollectionIds ?? [], 'addToCollectionIds'),
      outOf: faults.ids('Collection', input.removeFromCollectionIds ?? [], 'removeFromCollectionIds'),
    }));
    const faults = new Faults();
    const renderIds = faults.batch(ids.renderIds, 1, 100, 'renderIds');
    const into = faults.batch(ids.into, 0, 20, 'addToCollectionIds');
    const outOf = faults.batch(ids.outOf, 0, 20, 'removeFromCollectionIds');
    if (into.length + outOf.length === 0) faults.add('addToCollectionIds');
    ids.outOf.forEach((id, index) => {
      if (into.includes(id)) faults.add('removeFromCollectionIds', String(index));
    });
    faults.tell();
    // All or nothing: every collection is looked for before anything is moved.
    const toFill = into.map((id) => ownAlbum(actor, id));
    const toEmpty = outOf.map((id) => ownAlbum(actor, id));
    const own = renderIds.filter((id) => find(actor.renders, id));
    let [addedCount, removedCount] = [0, 0];
    toFill.forEach((album, index) => {
      const added = own.filter((id) => !album.places.has(id));
      const addedAt = answer.addedAt(added, 'collections', String(index));
      for (const id of added) album.places.set(id, addedAt);
      addedCount += added.length;
    });
    for (const album of toEmpty) removedCount += own.filter((id) => album.places.delete(id)).length;
    return {
      __typename: 'OrganizeRendersPayload',
      collections: [...toFill, ...toEmpty].map(albumView),
      addedCount,
      removedCount,
      notFound: toGlobal(renderIds.filter((id) => !own.includes(id))),
      viewer: viewerView(actor),
    };
  },
});

const favoritePayload = `render { ${renderFields} } favorites { ${albumFields} } ${viewerFields}`;
const favorite = reference('Render').map((render) => (id: Resolve) => ({ renderId: id(render) }));

/** What both clicks check first: the render is the actor's. */
function readFavorite({ actor }: Scene, input: { readonly renderId: string }) {
  const renderId = readIds((faults) => faults.id('Render', input.renderId, 'renderId'));
  const render = find(actor.renders, renderId);
  if (!render) throw notFound();
  return { render, favorites: favoritesOf(actor) };
}

const addToFavorites = move<{ renderId: string }>({
  payload: favoritePayload,
  inputs: favorite,
  outcome(scene, input) {
    const { actor, answer } = scene;
    const { render, favorites } = readFavorite(scene, input);
    if (!favorites.places.has(render.id)) favorites.places.set(render.id, answer.addedAt([render.id], 'favorites'));
    return {
      __typename: 'AddToFavoritesPayload',
      render: renderView(actor, render),
      favorites: albumView(favorites),
      viewer: viewerView(actor),
    };
  },
});

const removeFromFavorites = move<{ renderId: string }>({
  payload: favoritePayload,
  inputs: favorite,
  outcome(scene, input) {
    const { actor } = scene;
    const { render, favorites } = readFavorite(scene, input);
    favorites.places.delete(render.id);
    return {
      __typename: 'RemoveFromFavoritesPayload',
      render: renderView(actor, render),
      favorites: albumView(favorites),
      viewer: viewerView(actor),
    };
  },
});

function ownAlbum(account: Account, id: string): Album {
  const album = find(account.albums, id);
  if (!album) throw notFound();
  return album;
}

function mustNotBeFavorites({ isFavorites }: Album): void {
  if (isFavorites) throw refused('FavoritesProtectedError', 'FAVORITES_PROTECTED');
}

export const collectionMoves = {
  createCollection,
  renameCollection,
  deleteCollection,
  addRendersToCollection,
  removeRendersFromCollection,
  organizeRenders,
  addToFavorites,
  removeFromFavorites,
};
