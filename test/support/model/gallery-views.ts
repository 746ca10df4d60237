import { globalId } from '../seed.js';
import {
  type Gallery,
  type GalleryCollection,
  galleryInOrder,
  type Look,
  looksNewestFirst,
  looksOf,
  type Settings,
} from './world.js';

/** How the API shows the gallery. */

/** The labels of the presets that the model's settings name. */
const labels: Readonly<Record<string, string>> = {
  living_room: 'Living room',
  alfresco: 'Alfresco',
  japandi: 'Japandi',
  coastal_au: 'Coastal Australian',
};

const settingsFields = 'mode roomType style prompt aspectRatio quality variants adjustments queryString';

/** What was left open reads as the default; nothing here has become outdated. */
function settingsView(settings: Settings) {
  const view = {
    mode: settings.mode ?? 'REDESIGN',
    roomType: settings.roomType ?? null,
    style: settings.style ?? null,
    prompt: settings.prompt ?? null,
    aspectRatio: settings.aspectRatio ?? 'RATIO_1_1',
    quality: settings.quality ?? 'AUTO',
    variants: settings.variants ?? 2,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) if (value !== null) query.set(name, String(value));
  return { ...view, adjustments: [], queryString: query.toString() };
}

export const lookFields = `id sourceType orderIndex image { url byteSize contentType } thumbnail: image(size: THUMBNAIL) { url }
  applySettings { ${settingsFields} } collection { id }`;

export const copiesOf = ({ id }: Look) => ({ image: `community/${id}/v1.webp`, thumb: `community/${id}/v1_thumb.webp` });

export function lookView(look: Look) {
  const { picture } = look;
  const shown =
    'of' in picture
      ? {
          sourceType: 'INTERNAL',
          image: { url: copiesOf(look).image, byteSize: picture.of.imageBytes, contentType: 'image/webp' },
          thumbnail: { url: copiesOf(look).thumb },
        }
      : {
          sourceType: 'EXTERNAL',
          image: { url: picture.url, byteSize: null, contentType: null },
          thumbnail: { url: picture.url },
        };
  return {
    id: globalId('CommunityItem', look.id),
    ...shown,
    orderIndex: look.orderIndex,
    applySettings: look.settings && settingsView(look.settings),
    collection: { id: globalId('CommunityCollection', look.collectionId) },
  };
}

export const galleryCollectionFields =
  'id title description isFeatured orderIndex createdAt itemCount coverImage { url } items(first: 20) { nodes { id orderIndex } }';

export function galleryCollectionView(gallery: Gallery, collection: GalleryCollection) {
  const { id, title, description, isFeatured, orderIndex, createdAt } = collection;
  const looks = looksOf(gallery, id);
  return {
    id: globalId('CommunityCollection', id),
    title,
    description,
    isFeatured,
    orderIndex,
    createdAt,
    itemCount: looks.length,
    coverImage: looks[0] ? { url: lookView(looks[0]).thumbnail.url } : null,
    items: { nodes: looks.map((look) => ({ id: globalId('CommunityItem', look.id), orderIndex: look.orderIndex })) },
  };
}

/** The whole gallery as anybody reads it, and what one filter finds in it. */
export const galleryArguments = '$featured: Boolean, $modes: [Mode!], $styles: [String!], $search: String';
export const gallerySelection = `
  communityCollections(first: 50) { totalCount nodes { ${galleryCollectionFields} } }
  byFeatured: communityCollections(featured: $featured) { nodes { id } }
  communityItems(first: 50) { totalCount nodes { ${lookFields} } }
  found: communityItems(filter: { featured: $featured, modes: $modes, styles: $styles, search: $search }) { totalCount nodes { id } }`;

export interface GalleryFilter {
  readonly featured: boolean | null;
  readonly modes: readonly string[];
  readonly styles: readonly string[];
  readonly search: string;
}

/** Filters to read by in turn: each condition alone, several together, and some that little meets. */
export const galleryFilters: readonly GalleryFilter[] = [
  { featured: null, modes: [], styles: [], search: 'CALM' },
  { featured: true, modes: [], styles: [], search: '' },
  { featured: null, modes: ['REDESIGN'], styles: [], search: '' },
  { featured: false, modes: [], styles: ['japandi'], search: '' },
  { featured: null, modes: ['IMAGINE', 'STAGING'], styles: ['japandi', 'coastal_au'], search: 'a' },
  { featured: true, modes: [], styles: [], search: 'coastal aus' },
  { featured: null, modes: [], styles: [], search: 'Living R' },
  { featured: false, modes: ['COMPOSE'], styles: ['modern'], search: '100%' },
  { featured: null, modes: [], styles: [], search: '%' },
];

export function galleryReads(gallery: Gallery, { featured, modes, styles, search }: GalleryFilter) {
  const collections = galleryInOrder(gallery);
  const looks = looksNewestFirst(gallery);
  const isFeatured = new Map(collections.map((collection) => [collection.id, collection.isFeatured]));
  const ids = (type: string, things: readonly { readonly id: string }[]) => things.map(({ id }) => ({ id: globalId(type, id) }));
  const holds = ({ prompt, roomType, style }: ReturnType<typeof settingsView>) =>
    [prompt, labels[roomType ?? ''], labels[style ?? '']].some((text) => text?.toLowerCase().includes(search.toLowerCase()));
  const isFound = ({ collectionId, settings }: Look): boolean => {
    const shown = settings && settingsView(settings);
    return (
      (featured === null || isFeatured.get(collectionId) === featured) &&
      (modes.length === 0 || (shown !== null && modes.includes(shown.mode))) &&
      (styles.length === 0 || (shown?.style != null && styles.includes(shown.style))) &&
      (search === '' || (shown !== null && holds(shown)))
    );
  };
  const found = looks.filter(isFound);
  return {
    communityCollections: {
      totalCount: collections.length,
      nodes: collections.map((collection) => galleryCollectionView(gallery, collection)),
    },
    byFeatured: { nodes: ids('CommunityCollection', collections.filter((collection) => featured === null || collection.isFeatured === featured)) },
    communityItems: { totalCount: looks.length, nodes: looks.map(lookView) },
    found: { totalCount: found.length, nodes: ids('CommunityItem', found) },
  };
}
