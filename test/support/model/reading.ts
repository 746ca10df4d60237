import { globalId } from '../seed.js';
import { kept } from './photos.js';
import { albumFields, albumView, coverOf, profileFields, profileView, renderFields, renderView } from './views.js';
import {
  type Account,
  albumsInOrder,
  favoritesOf,
  find,
  living,
  placesInOrder,
  rendersInOrder,
  type World,
} from './world.js';

/**
 * Everything that a person reads of their own, in one query. `$mine` and `$theirs` are for the picker. What can be seen
 * elsewhere too is left to `$whole`.
 */
export const viewerArguments = '$mine: ID!, $theirs: ID!, $whole: Boolean!';
export const viewerSelection = `
  ... @include(if: $whole) {
    profile { ${profileFields} }
    favorites { id }
    liked: renders(filter: { favorite: true }) { nodes { id } }
    renderStatistics { total thisMonth variants firstAt lastAt
      byMode { mode count } byRoomType { preset count } byStyle { preset count } }
    storageUsage { totalBytes objectCount byKind { kind bytes objectCount } }
  }
  renders(first: 20) { totalCount nodes { ${renderFields} } }
  collections(first: 20) { totalCount nodes { ${albumFields} coverImages(first: 3) { url }
    mine: containsRender(renderId: $mine) theirs: containsRender(renderId: $theirs) } }`;

/** A render that is theirs, or was, and one of somebody else. */
export function pickerOf(world: World, account: Account): { readonly mine: string; readonly theirs: string } {
  const other = Object.values(world.people).find((person) => person !== account);
  return {
    mine: globalId('Render', account.renders[0]!.id),
    theirs: globalId('Render', other!.renders[0]!.id),
  };
}

export function viewerReads(world: World, account: Account, whole: boolean) {
  const renders = rendersInOrder(account.renders);
  const favorites = favoritesOf(account);
  const { mine } = pickerOf(world, account);
  return {
    ...(whole && {
      profile: profileView(account),
      favorites: { id: globalId('Collection', favorites.id) },
      liked: {
        nodes: renders.filter(({ id }) => favorites.places.has(id)).map(({ id }) => ({ id: globalId('Render', id) })),
      },
      renderStatistics: statisticsOf(account),
      storageUsage: storageOf(account),
    }),
    renders: { totalCount: renders.length, nodes: renders.map((render) => renderView(account, render)) },
    collections: {
      totalCount: living(account.albums).length,
      nodes: albumsInOrder(account.albums).map((album) => ({
        ...albumView(album),
        coverImages: placesInOrder(album)
          .slice(0, 3)
          .map(({ renderId }) => ({ url: coverOf(find(account.renders, renderId)!).thumb })),
        mine: [...album.places.keys()].some((id) => globalId('Render', id) === mine),
        theirs: false,
      })),
    },
  };
}

/** Lists stand here by their key: of equal counts, either may come first. */
function statisticsOf({ renders }: Account) {
  const mine = rendersInOrder(renders);
  const counts = (key: (render: (typeof mine)[number]) => string | null) => {
    const found = new Map<string | null, number>();
    for (const render of mine) found.set(key(render), (found.get(key(render)) ?? 0) + 1);
    return Object.fromEntries(found);
  };
  return {
    total: mine.length,
    // All of the model's renders were made long ago.
    thisMonth: 0,
    variants: mine.flatMap(({ variants }) => variants).length,
    firstAt: mine.at(-1)?.createdAt ?? null,
    lastAt: mine[0]?.createdAt ?? null,
    byMode: counts(({ mode }) => mode),
    byRoomType: counts(({ roomType }) => roomType),
    byStyle: counts(({ style }) => style),
  };
}

function storageOf({ renders, inputBytes, uploads }: Account) {
  const photos = uploads.filter(({ isComplete }) => isComplete).length;
  const input = inputBytes + photos * kept.image.length;
  const variants = living(renders).flatMap((render) => render.variants);
  const sum = (bytes: readonly number[]) => bytes.reduce((all, one) => all + one, 0);
  const output = sum(variants.map(({ imageBytes }) => imageBytes));
  const thumbnail = sum(variants.map(({ thumbBytes }) => thumbBytes));
  return {
    totalBytes: input + output + thumbnail,
    objectCount: 1 + photos + 2 * variants.length,
    byKind: {
      input: [input, 1 + photos],
      output: [output, variants.length],
      thumbnail: [thumbnail, variants.length],
    },
  };
}

interface Counted {
  readonly count: number;
}

/** An answer's lists by their keys, as the model has them; throws where the largest count is not first. */
export function withListsByKey({ renderStatistics, storageUsage, ...viewer }: ViewerData) {
  return {
    ...viewer,
    ...(renderStatistics && {
      renderStatistics: {
        ...renderStatistics,
        byMode: byKey(renderStatistics.byMode, ({ mode }) => mode),
        byRoomType: byKey(renderStatistics.byRoomType, ({ preset }) => preset),
        byStyle: byKey(renderStatistics.byStyle, ({ preset }) => preset),
      },
    }),
    ...(storageUsage && {
      storageUsage: {
        ...storageUsage,
        byKind: Object.fromEntries(storageUsage.byKind.map(({ kind, bytes, objectCount }) => [kind, [bytes, objectCount]])),
      },
    }),
  };
}

function byKey<T extends Counted>(list: readonly T[], key: (entry: T) => string | null) {
  if (list.some(({ count }, index) => index > 0 && count > list[index - 1]!.count)) {
    throw new Error(`The largest count must be first: ${JSON.stringify(list)}`);
  }
  return Object.fromEntries(list.map((entry) => [key(entry), entry.count]));
}

export interface ViewerData {
  readonly renderStatistics?: {
    readonly byMode: readonly ({ readonly mode: string } & Counted)[];
    readonly byRoomType: readonly ({ readonly preset: string | null } & Counted)[];
    readonly byStyle: readonly ({ readonly preset: string | null } & Counted)[];
  };
  readonly storageUsage?: {
    readonly byKind: readonly { readonly kind: string; readonly bytes: number; readonly objectCount: number }[];
  };
}
