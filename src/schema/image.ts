import { thumbnailSize } from '../domain/pictures.js';
import type { RenderVariant, Upload } from '../generated/prisma/client.js';
import { builder } from './builder.js';
import type { GraphQLContext } from './context.js';
import { sendsNothing } from './statements.js';

/** Where a picture's bytes are, and what is known of it. */
export interface ImageSource {
  readonly place:
    | { readonly kind: 'private'; readonly key: string }
    | { readonly kind: 'public'; readonly key: string }
    | { readonly kind: 'external'; readonly url: string };
  readonly width: number | null;
  readonly height: number | null;
  readonly byteSize: number | null;
  readonly contentType: string | null;
  readonly placeholder: string | null;
}

export type ImageSizeValue = 'thumbnail' | 'full';

interface Picture {
  readonly imagePath: string;
  readonly thumbPath: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly byteSize: number | null;
  readonly contentType: string | null;
  readonly placeholder: string | null;
}

/** A stored picture in one of its two sizes. What a thumbnail weighs is in no row of the picture, and so is not told. */
export function pictureImage(picture: Picture, size: ImageSizeValue, kind: 'private' | 'public'): ImageSource {
  const { imagePath, thumbPath, width, height, byteSize, contentType, placeholder } = picture;
  if (size === 'full') return { place: { kind, key: imagePath }, width, height, byteSize, contentType, placeholder };
  const measures = width !== null && height !== null ? thumbnailSize({ width, height }) : { width, height };
  // Name by name: a spread costs as much as the rest.
  return {
    place: { kind, key: thumbPath },
    width: measures.width,
    height: measures.height,
    byteSize: null,
    contentType,
    placeholder,
  };
}

const measures = ['width', 'height'];

/** The columns of a stored picture that the selected fields of its `Image` are made of. */
export function pictureColumns(size: ImageSizeValue, below: ReadonlySet<string>): readonly string[] {
  const key = size === 'full' ? 'imagePath' : 'thumbPath';
  const columns: Readonly<Record<string, readonly string[]>> = {
    url: [key],
    expiresAt: [key],
    // A thumbnail's measures are made of the picture's, both for each.
    width: measures,
    height: measures,
    byteSize: ['byteSize'],
    contentType: ['contentType'],
    placeholder: ['placeholder'],
    __typename: ['id'],
  };
  return [...below].flatMap((field) => columns[field] ?? '*');
}

export function variantImage(variant: RenderVariant, size: ImageSizeValue): ImageSource {
  return pictureImage(variant, size, 'private');
}

/** The input photo behind an asset's row. */
export function assetImage(asset: { path: string; byteSize: number; contentType: string }): ImageSource {
  return {
    place: { kind: 'private', key: asset.path },
    width: null,
    height: null,
    byteSize: asset.byteSize,
    contentType: asset.contentType,
    placeholder: null,
  };
}

/** The photo of an upload that is complete. */
export function uploadImage({ path, width, height, byteSize, contentType, placeholder }: Upload): ImageSource {
  return { place: { kind: 'private', key: path }, width, height, byteSize, contentType, placeholder };
}

function urlOf({ place }: ImageSource, { services }: GraphQLContext): { url: string; expiresAt: Date | null } {
  switch (place.kind) {
    case 'private':
      return services.storage.signedUrl(place.key);
    case 'public':
      return { url: services.storage.publicUrl(place.key), expiresAt: null };
    case 'external':
      return { url: place.url, expiresAt: null };
  }
}

export const Image = builder.objectRef<ImageSource>('Image').implement({
  description: 'A picture and what is known of it.',
  fields: (t) => ({
    url: t.field({
      type: 'URL',
      ...sendsNothing,
      description:
        'Where the bytes are. A private picture has a signed URL that stays the same within its window, so that an image cache hits, and works until `expiresAt`.',
      resolve: (image, _args, context) => urlOf(image, context).url,
    }),
    width: t.exposeInt('width', { nullable: true, description: 'In pixels.' }),
    height: t.exposeInt('height', { nullable: true, description: 'In pixels.' }),
    byteSize: t.expose('byteSize', { type: 'SafeInt', nullable: true, description: 'Null for a thumbnail.' }),
    contentType: t.exposeString('contentType', { nullable: true, description: 'Such as image/webp.' }),
    placeholder: t.exposeString('placeholder', {
      nullable: true,
      description: 'A thumbhash in base64: a blurred preview of some 25 bytes, to show while the picture loads.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      ...sendsNothing,
      description: 'When the signed URL ends; null for a public one.',
      resolve: (image, _args, context) => urlOf(image, context).expiresAt,
    }),
  }),
});
