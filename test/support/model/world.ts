import type { Arrival } from './photos.js';

/**
 * What there is, as somebody would keep it who knows the rules and nothing of the gateway: plain lists in memory. Nothing
 * is ever taken out of them, because a step may name what is gone.
 */
export const names = ['Ann', 'Ben', 'Ada'] as const;

/** Ann and Ben use the app; Ada is an administrator, who has renders and collections of her own. */
export type Name = (typeof names)[number];

export interface World {
  readonly people: Readonly<Record<Name, Account>>;
  readonly gallery: Gallery;
  /** The database's clock when the sequence began, as the API writes instants. */
  readonly began: string;
  /** Decisions about accounts, in their order. */
  readonly decisions: Decision[];
}

export interface Account {
  readonly called: Name;
  readonly id: string;
  readonly email: string;
  readonly role: 'USER' | 'ADMIN';
  status: 'ACTIVE' | 'SUSPENDED';
  /** They deleted it, and nobody reads it any more. */
  isDeleted: boolean;
  name: string | null;
  preferences: Readonly<Record<string, unknown>>;
  readonly renders: Render[];
  /** The first is the default favorites. */
  readonly albums: Album[];
  /** What of theirs is in storage beside renders, in bytes. */
  readonly inputBytes: number;
  readonly uploads: Upload[];
  readonly jobs: Job[];
  /** What administrators granted them, by the key. */
  readonly grants: Map<string, { readonly amount: number; readonly reason: string }>;
}

export interface Upload {
  readonly id: string;
  readonly arrived: Arrival;
  isComplete: boolean;
}

/** What was submitted; nobody works on it. */
export interface Job {
  readonly id: string;
  status: 'STARTING' | 'CANCELED';
  readonly key: string | null;
  /** As it was sent. */
  readonly request: string;
  /** What of it the job tells. */
  readonly asked: Readonly<Record<string, unknown>>;
}

export interface Render {
  readonly id: string;
  readonly createdAt: string;
  readonly mode: string;
  readonly roomType: string | null;
  readonly style: string | null;
  readonly variants: readonly Variant[];
  cover: number;
  isGone: boolean;
}

export interface Variant {
  readonly index: number;
  readonly image: string;
  readonly thumb: string;
  readonly imageBytes: number;
  readonly thumbBytes: number;
}

export interface Album {
  readonly id: string;
  readonly isFavorites: boolean;
  readonly createdAt: string;
  name: string;
  /** When each render was put into it, by the render's id. */
  readonly places: Map<string, string>;
  isGone: boolean;
}

export interface Gallery {
  readonly collections: GalleryCollection[];
  readonly looks: Look[];
}

export interface GalleryCollection {
  readonly id: string;
  readonly createdAt: string;
  title: string;
  description: string | null;
  isFeatured: boolean;
  orderIndex: number;
  isGone: boolean;
}

export interface Look {
  readonly id: string;
  readonly collectionId: string;
  /** By the database: the API does not tell it, and orders by it. */
  createdAt: string;
  /** A published copy of a variant, or an address from elsewhere. */
  readonly picture: { readonly of: Variant } | { readonly url: string };
  settings: Settings | null;
  orderIndex: number;
  isGone: boolean;
}

/** As an administrator gave them. */
export interface Settings {
  readonly mode?: string | null;
  readonly roomType?: string | null;
  readonly style?: string | null;
  readonly prompt?: string | null;
  readonly aspectRatio?: string | null;
  readonly quality?: string | null;
  readonly variants?: number | null;
}

export interface Decision {
  readonly about: string;
  readonly by: string;
  readonly status: string;
  readonly reason: string;
}

export interface Mortal {
  readonly isGone: boolean;
}

export const living = <T extends Mortal>(things: readonly T[]): T[] => things.filter(({ isGone }) => !isGone);

export function favoritesOf(account: Account): Album {
  const [favorites] = account.albums;
  if (!favorites) throw new Error('Everybody has favorites.');
  return favorites;
}

/** The living thing with this id, or undefined. */
export function find<T extends Mortal & { readonly id: string }>(things: readonly T[], id: string): T | undefined {
  return living(things).find((thing) => thing.id === id);
}

type Key = string | number | boolean;

/** Sorts by several keys, each ascending unless it is marked; ids are lower-case, so that text sorts as uuid does. */
export function sorted<T>(things: readonly T[], ...keys: readonly ((thing: T) => Key | { readonly desc: Key })[]): T[] {
  return [...things].sort((a, b) => {
    for (const key of keys) {
      const [left, right] = [key(a), key(b)];
      const order = compare(plain(left), plain(right));
      if (order !== 0) return typeof left === 'object' ? -order : order;
    }
    return 0;
  });
}

const plain = (key: Key | { readonly desc: Key }): Key => (typeof key === 'object' ? key.desc : key);
const compare = (a: Key, b: Key): number => (a < b ? -1 : a > b ? 1 : 0);

/** The default favorites first, then the newest; equal instants by id, the largest first. */
export const albumsInOrder = (albums: readonly Album[]): Album[] =>
  sorted(
    living(albums),
    ({ isFavorites }) => ({ desc: isFavorites }),
    ({ createdAt }) => ({ desc: createdAt }),
    ({ id }) => ({ desc: id }),
  );

/** Newest place first; equal instants by the render's id, the largest first. */
export const placesInOrder = (album: Album): { readonly renderId: string; readonly addedAt: string }[] =>
  sorted(
    [...album.places].map(([renderId, addedAt]) => ({ renderId, addedAt })),
    ({ addedAt }) => ({ desc: addedAt }),
    ({ renderId }) => ({ desc: renderId }),
  );

export const rendersInOrder = (renders: readonly Render[]): Render[] =>
  sorted(
    living(renders),
    ({ createdAt }) => ({ desc: createdAt }),
    ({ id }) => ({ desc: id }),
  );

/** Featured first, then by orderIndex, then the newest. */
export const galleryInOrder = (gallery: Gallery): GalleryCollection[] =>
  sorted(
    living(gallery.collections),
    ({ isFeatured }) => ({ desc: isFeatured }),
    ({ orderIndex }) => orderIndex,
    ({ createdAt }) => ({ desc: createdAt }),
    ({ id }) => ({ desc: id }),
  );

export const looksOf = (gallery: Gallery, collectionId: string): Look[] =>
  sorted(
    living(gallery.looks).filter((look) => look.collectionId === collectionId),
    ({ orderIndex }) => orderIndex,
    ({ id }) => id,
  );

export const looksNewestFirst = (gallery: Gallery): Look[] =>
  sorted(
    living(gallery.looks),
    ({ createdAt }) => ({ desc: createdAt }),
    ({ id }) => ({ desc: id }),
  );
