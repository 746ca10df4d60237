import fc from 'fast-check';
import { globalId } from '../seed.js';
import { line, type Reference, reference, type Resolve } from './choices.js';
import { galleryCollectionFields, galleryCollectionView, lookFields, lookView } from './gallery-views.js';
import { move } from './move.js';
import { Faults, notFound, readIds, refused } from './rules.js';
import { coverOf } from './views.js';
import { find, type Gallery, type GalleryCollection, type Look, looksOf, type Settings } from './world.js';

const collectionPayload = `communityCollection { ${galleryCollectionFields} }`;
const lookPayload = `communityItem { ${lookFields} }`;

const maxOrderIndex = 1_000_000;
const orderIndex = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 3 }) },
  { weight: 1, arbitrary: fc.constant(maxOrderIndex) },
  { weight: 1, arbitrary: fc.constantFrom(-1, maxOrderIndex + 1) },
);

const description = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<string | null>('Rooms by the sea.', ' Two\nlines \n', null, '', ' \n ', 'x'.repeat(2_000)) },
  { weight: 1, arbitrary: fc.constantFrom<string | null>('x'.repeat(2_001), 'U+0000 is \0') },
);

/** An absent text, and one of nothing but white space, is none. */
function checkDescription(faults: Faults, given: string | null | undefined): string | null {
  return given && given.trim() !== '' ? faults.paragraph(given, 2_000, 'description') : null;
}

const createCommunityCollection = move<{
  title: string;
  description?: string | null;
  isFeatured?: boolean;
  orderIndex?: number | null;
}>({
  by: 'administrators',
  weight: 3,
  payload: collectionPayload,
  inputs: fc
    .record(
      { title: line(200), description, isFeatured: fc.boolean(), orderIndex: fc.option(orderIndex) },
      { requiredKeys: ['title'] },
    )
    .map((input) => () => input),
  outcome({ world: { gallery }, answer }, input) {
    const faults = new Faults();
    const collection: GalleryCollection = {
      id: answer.newId('CommunityCollection', 'communityCollection', 'id'),
      createdAt: answer.instant('communityCollection', 'createdAt'),
      title: faults.line(input.title, 200, 'title'),
      description: checkDescription(faults, input.description),
      isFeatured: input.isFeatured ?? false,
      orderIndex: faults.whole(input.orderIndex ?? 0, 0, maxOrderIndex, 'orderIndex'),
      isGone: false,
    };
    faults.tell();
    gallery.collections.push(collection);
    return {
      __typename: 'CreateCommunityCollectionPayload',
      communityCollection: galleryCollectionView(gallery, collection),
    };
  },
});

const updateCommunityCollection = move<{
  communityCollectionId: string;
  title?: string | null;
  description?: string | null;
  isFeatured?: boolean | null;
  orderIndex?: number | null;
}>({
  by: 'administrators',
  payload: collectionPayload,
  inputs: fc
    .record(
      {
        collection: reference('CommunityCollection'),
        title: orNull(line(200)),
        description,
        isFeatured: orNull(fc.boolean()),
        orderIndex: orNull(orderIndex),
      },
      { requiredKeys: ['collection'] },
    )
    .map(({ collection, ...changes }) => (id: Resolve) => ({ ...changes, communityCollectionId: id(collection) })),
  outcome({ world: { gallery } }, input) {
    const id = readIds((faults) => faults.id('CommunityCollection', input.communityCollectionId, 'communityCollectionId'));
    const faults = new Faults();
    for (const field of ['title', 'isFeatured', 'orderIndex'] as const) if (input[field] === null) faults.add(field);
    const title = input.title == null ? undefined : faults.line(input.title, 200, 'title');
    const index = input.orderIndex == null ? undefined : faults.whole(input.orderIndex, 0, maxOrderIndex, 'orderIndex');
    const text = checkDescription(faults, input.description);
    faults.tell();
    const collection = mustFind(gallery.collections, id);
    if (title !== undefined) collection.title = title;
    if (index !== undefined) collection.orderIndex = index;
    if (input.isFeatured != null) collection.isFeatured = input.isFeatured;
    if (input.description !== undefined) collection.description = text;
    return {
      __typename: 'UpdateCommunityCollectionPayload',
      communityCollection: galleryCollectionView(gallery, collection),
    };
  },
});

const deleteCommunityCollection = move<{ communityCollectionId: string }>({
  by: 'administrators',
  // Seldom: an empty gallery has little to show.
  weight: 2,
  payload: 'deletedCommunityCollectionId',
  inputs: reference('CommunityCollection').map((collection) => (id: Resolve) => ({ communityCollectionId: id(collection) })),
  outcome({ world: { gallery } }, { communityCollectionId }) {
    const id = readIds((faults) => faults.id('CommunityCollection', communityCollectionId, 'communityCollectionId'));
    const collection = mustFind(gallery.collections, id);
    collection.isGone = true;
    for (const look of looksOf(gallery, id)) look.isGone = true;
    return {
      __typename: 'DeleteCommunityCollectionPayload',
      deletedCommunityCollectionId: globalId('CommunityCollection', id),
    };
  },
});

const settings: fc.Arbitrary<Settings> = fc.record(
  {
    mode: fc.constantFrom('REDESIGN', 'STAGING', 'COMPOSE', 'IMAGINE', null),
    roomType: oneIn(12, fc.constantFrom('living_room', 'alfresco', null), fc.constant('ballroom')),
    style: oneIn(12, fc.constantFrom('japandi', 'coastal_au', null), fc.constant('')),
    prompt: oneIn(
      12,
      fc.constantFrom('A calm room', ' Über & drüber\n100% ', 'x'.repeat(1_000), ' ', null),
      fc.constantFrom('x'.repeat(1_001), 'U+0000 is \0'),
    ),
    aspectRatio: fc.constantFrom('RATIO_1_1', 'RATIO_3_2', null),
    quality: fc.constantFrom('HIGH', null),
    variants: oneIn(12, fc.constantFrom(1, 3, null), fc.constantFrom(0, 4)),
  },
  { requiredKeys: [] },
);

/** The settings as they are kept. To imagine a room takes words. */
function checkSettings(faults: Faults, given: Settings | null | undefined): Settings | null {
  if (!given) return null;
  const place = 'applySettings';
  if (given.roomType === 'ballroom') faults.add(place, 'roomType');
  if (given.style === '') faults.add(place, 'style');
  const prompt = given.prompt && given.prompt.trim() !== '' ? faults.paragraph(given.prompt, 1_000, place, 'prompt') : null;
  if (prompt === null && given.mode === 'IMAGINE') faults.add(place, 'prompt');
  if (given.variants != null) faults.whole(given.variants, 1, 3, place, 'variants');
  return { ...given, prompt };
}

interface NewLook {
  readonly communityCollectionId: string;
  readonly renderId?: string | null;
  readonly externalImageUrl?: string | null;
  readonly applySettings?: Settings | null;
  readonly orderIndex?: number | null;
}

const goodUrl = fc.constantFrom('https://pictures.roomfeed.com/a.webp', 'https://xn--grn-hoa.com/b%20c?d=e', 'https://8.8.8.8/x');
const badUrl = fc.constantFrom(
  'http://pictures.roomfeed.com/a.webp',
  'https://me@pictures.roomfeed.com/a.webp',
  'https://pictures.roomfeed.com:8443/a.webp',
  'https://localhost/a.webp',
  'https://169.254.169.254/latest',
  'https://[::ffff:10.0.0.1]/a.webp',
);

/** Mostly exactly one picture. */
const picture = fc.oneof(
  { weight: 8, arbitrary: fc.record({ render: reference('Render') }) },
  { weight: 6, arbitrary: fc.record({ url: goodUrl }) },
  { weight: 1, arbitrary: fc.record({ url: badUrl }) },
  { weight: 1, arbitrary: fc.record({ render: reference('Render'), url: goodUrl }) },
  { weight: 1, arbitrary: fc.constant({}) },
) as fc.Arbitrary<{ readonly render?: Reference; readonly url?: string }>;

const addCommunityItem = move<NewLook>({
  by: 'administrators',
  weight: 9,
  payload: lookPayload,
  inputs: fc
    .record(
      { collection: reference('CommunityCollection'), picture, applySettings: fc.option(settings), orderIndex: fc.option(orderIndex) },
      { requiredKeys: ['collection', 'picture'] },
    )
    .map(({ collection, picture: { render, url }, ...rest }) => (id: Resolve) => ({
      ...rest,
      communityCollectionId: id(collection),
      ...(render && { renderId: id(render) }),
      ...(url !== undefined && { externalImageUrl: url }),
    })),
  outcome({ world: { gallery }, actor, answer }, input) {
    const url = input.externalImageUrl ?? null;
    const { collectionId, renderId } = readIds((faults) => ({
      collectionId: faults.id('CommunityCollection', input.communityCollectionId, 'communityCollectionId'),
      renderId: input.renderId == null ? null : faults.id('Render', input.renderId, 'renderId'),
    }));
    const faults = new Faults();
    if ((renderId === null) === (url === null)) {
      faults.add('renderId');
      faults.add('externalImageUrl');
    }
    if (url !== null && isTrick(url)) faults.add('externalImageUrl');
    const applySettings = checkSettings(faults, input.applySettings);
    const index = input.orderIndex == null ? null : faults.whole(input.orderIndex, 0, maxOrderIndex, 'orderIndex');
    faults.tell();
    const collection = mustFind(gallery.collections, collectionId);
    const look: Look = {
      id: answer.newId('CommunityItem', 'communityItem', 'id'),
      collectionId: collection.id,
      createdAt: '',
      picture: url === null ? { of: coverOf(mustFind(actor.renders, renderId ?? '')) } : { url },
      settings: applySettings,
      orderIndex: index ?? lastPlace(gallery, collection.id),
      isGone: false,
    };
    gallery.looks.push(look);
    return { __typename: 'AddCommunityItemPayload', communityItem: lookView(look) };
  },
});

/** Those of the generator above; test/external-image.test.ts knows many more. */
const isTrick = (url: string): boolean => !/^https:\/\/(pictures\.roomfeed\.com|xn--grn-hoa\.com|8\.8\.8\.8)\//.test(url);

/** Behind the last one; where there is no higher place, at the same. */
function lastPlace(gallery: Gallery, collectionId: string): number {
  const last = looksOf(gallery, collectionId).at(-1);
  return last ? Math.min(last.orderIndex + 1, maxOrderIndex) : 0;
}

const updateCommunityItem = move<{ communityItemId: string; applySettings?: Settings | null; orderIndex?: number | null }>({
  by: 'administrators',
  payload: lookPayload,
  inputs: fc
    .record(
      { item: reference('CommunityItem'), applySettings: fc.option(settings), orderIndex: orNull(orderIndex) },
      { requiredKeys: ['item'] },
    )
    .map(({ item, ...changes }) => (id: Resolve) => ({ ...changes, communityItemId: id(item) })),
  outcome({ world: { gallery } }, input) {
    const id = readIds((faults) => faults.id('CommunityItem', input.communityItemId, 'communityItemId'));
    const faults = new Faults();
    if (input.orderIndex === null) faults.add('orderIndex');
    const index = input.orderIndex == null ? undefined : faults.whole(input.orderIndex, 0, maxOrderIndex, 'orderIndex');
    const applySettings = checkSettings(faults, input.applySettings);
    faults.tell();
    const look = mustFind(gallery.looks, id);
    if (index !== undefined) look.orderIndex = index;
    if (input.applySettings !== undefined) look.settings = applySettings;
    return { __typename: 'UpdateCommunityItemPayload', communityItem: lookView(look) };
  },
});

const removeCommunityItem = move<{ communityItemId: string }>({
  by: 'administrators',
  weight: 3,
  payload: 'removedCommunityItemId',
  inputs: reference('CommunityItem').map((item) => (id: Resolve) => ({ communityItemId: id(item) })),
  outcome({ world: { gallery } }, { communityItemId }) {
    const id = readIds((faults) => faults.id('CommunityItem', communityItemId, 'communityItemId'));
    mustFind(gallery.looks, id).isGone = true;
    return { __typename: 'RemoveCommunityItemPayload', removedCommunityItemId: globalId('CommunityItem', id) };
  },
});

/** How a new order is made from the n looks that there ever were: all of them by a key, or some. */
const newOrder = fc.record({
  keys: fc.array(fc.nat({ max: 999 }), { minLength: 12, maxLength: 12 }),
  odd: fc.oneof(
    { weight: 3, arbitrary: fc.constant('nothing' as const) },
    { weight: 2, arbitrary: fc.constant('one is missing' as const) },
    { weight: 1, arbitrary: fc.constant('one stands there twice' as const) },
    { weight: 1, arbitrary: reference('CommunityItem') },
  ),
});

const reorderCommunityItems = move<{ communityCollectionId: string; itemIds: readonly string[] }>({
  by: 'administrators',
  weight: 6,
  payload: collectionPayload,
  inputs: fc
    .tuple(reference('CommunityCollection'), newOrder)
    .map(([collection, { keys, odd }]) => (id: Resolve) => {
      const communityCollectionId = id(collection);
      const present = id.looksIn(communityCollectionId);
      const shuffled = present
        .map((look, index) => ({ look, key: keys[index % keys.length] ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ look }) => look);
      if (odd === 'one is missing') shuffled.pop();
      else if (odd === 'one stands there twice') shuffled.push(...shuffled.slice(0, 1));
      else if (odd !== 'nothing') shuffled.push(id(odd));
      return { communityCollectionId, itemIds: shuffled };
    }),
  outcome({ world: { gallery } }, input) {
    const { collectionId, itemIds } = readIds((faults) => ({
      collectionId: faults.id('CommunityCollection', input.communityCollectionId, 'communityCollectionId'),
      itemIds: faults.ids('CommunityItem', input.itemIds, 'itemIds'),
    }));
    const faults = new Faults();
    itemIds.forEach((id, index) => {
      if (itemIds.indexOf(id) < index) faults.add('itemIds', String(index));
    });
    faults.tell();
    const collection = mustFind(gallery.collections, collectionId);
    const current = looksOf(gallery, collectionId);
    if (current.length !== itemIds.length || !current.every(({ id }) => itemIds.includes(id))) {
      throw refused('StaleOrderError', 'STALE_ORDER', {
        currentItemIds: current.map(({ id }) => globalId('CommunityItem', id)),
      });
    }
    for (const look of current) look.orderIndex = itemIds.indexOf(look.id);
    return {
      __typename: 'ReorderCommunityItemsPayload',
      communityCollection: galleryCollectionView(gallery, collection),
    };
  },
});

function mustFind<T extends { readonly id: string; readonly isGone: boolean }>(things: readonly T[], id: string): T {
  const thing = find(things, id);
  if (!thing) throw notFound();
  return thing;
}

function orNull<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return oneIn<T | null>(12, arbitrary, fc.constant(null));
}

/** The second one in `n` of times. */
function oneIn<T>(n: number, usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: n - 1, arbitrary: usual }, { weight: 1, arbitrary: unusual });
}

export const galleryMoves = {
  createCommunityCollection,
  updateCommunityCollection,
  deleteCommunityCollection,
  addCommunityItem,
  updateCommunityItem,
  removeCommunityItem,
  reorderCommunityItems,
};
