import { globalId } from '../seed.js';
import { type Account, type Album, albumsInOrder, favoritesOf, placesInOrder, type Render, rendersInOrder } from './world.js';

/** How the API shows what is in the world, selection and value side by side. */

export const albumFields =
  'id name isDefaultFavorites createdAt itemCount items(first: 20) { edges { addedAt node { id } } }';

export function albumView(album: Album) {
  return {
    id: globalId('Collection', album.id),
    name: album.name,
    isDefaultFavorites: album.isFavorites,
    createdAt: album.createdAt,
    itemCount: album.places.size,
    items: {
      edges: placesInOrder(album).map(({ renderId, addedAt }) => ({ addedAt, node: { id: globalId('Render', renderId) } })),
    },
  };
}

export const renderFields =
  'id createdAt isFavorite variantCount coverVariant { index isCover } coverImage { url } variants { index isCover } collections(first: 10) { nodes { id } }';

export function renderView(account: Account, render: Render) {
  const cover = coverOf(render);
  return {
    id: globalId('Render', render.id),
    createdAt: render.createdAt,
    isFavorite: favoritesOf(account).places.has(render.id),
    variantCount: render.variants.length,
    coverVariant: { index: cover.index, isCover: true },
    coverImage: { url: cover.thumb },
    variants: render.variants.map(({ index }) => ({ index, isCover: index === render.cover })),
    collections: {
      nodes: albumsInOrder(account.albums.filter(({ places }) => places.has(render.id))).map(({ id }) => ({
        id: globalId('Collection', id),
      })),
    },
  };
}

export function coverOf(render: Render) {
  const cover = render.variants.find(({ index }) => index === render.cover);
  if (!cover) throw new Error('The cover is one of the variants.');
  return cover;
}

/** What every payload of one's own tells of the rest; short, because each person is read in full after each step. */
export const viewerFields =
  'viewer { renderStatistics { total variants } renders(first: 3) { totalCount nodes { id isFavorite } } }';

export function viewerView(account: Account) {
  const renders = rendersInOrder(account.renders);
  return {
    renderStatistics: { total: renders.length, variants: renders.flatMap(({ variants }) => variants).length },
    renders: {
      totalCount: renders.length,
      nodes: renders.slice(0, 3).map(({ id }) => ({
        id: globalId('Render', id),
        isFavorite: favoritesOf(account).places.has(id),
      })),
    },
  };
}

export const profileFields = 'id email name role accountStatus preferences';

export function profileView({ id, email, name, role, status, preferences }: Account) {
  return { id: globalId('Profile', id), email, name, role, accountStatus: status, preferences };
}
