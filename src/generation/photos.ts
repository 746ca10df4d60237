import sharp, { type Sharp } from 'sharp';
import { placeholderOf } from './placeholder.js';

export type PhotoType = 'image/jpeg' | 'image/png' | 'image/webp';

/** A photo as it is kept: upright, in sRGB, with nothing in it but the picture. */
export interface PreparedPhoto {
  readonly image: Buffer;
  /** Of `image`, pixels. */
  readonly width: number;
  readonly height: number;
  readonly contentType: PhotoType;
  /** A thumbhash of some 25 bytes, base64. */
  readonly placeholder: string;
}

/** The bytes are of another type than they should be, or of one that is no photo's. */
export class WrongPhotoType extends Error {
  override readonly name = 'WrongPhotoType';
}

/** Of the right type, and no photo that can be used. Its message is for logs; it quotes nothing of the photo. */
export class UnreadablePhoto extends Error {
  override readonly name = 'UnreadablePhoto';

  constructor(
    readonly reason: 'damaged' | 'too many pixels',
    options?: ErrorOptions,
  ) {
    super(`The photo cannot be used: ${reason}.`, options);
  }
}

/** What a file of each type begins with, byte for byte from the place given. */
const beginnings: Readonly<Record<PhotoType, readonly (readonly [at: number, hex: string])[]>> = {
  'image/jpeg': [[0, 'ffd8ff']],
  'image/png': [[0, '89504e470d0a1a0a']],
  // RIFF, the file's length, WEBP.
  'image/webp': [
    [0, '52494646'],
    [8, '57454250'],
  ],
};

function begins(bytes: Buffer, contentType: PhotoType): boolean {
  return beginnings[contentType].every(([at, hex]) => bytes.toString('hex', at, at + hex.length / 2) === hex);
}

/** Nobody sees these qualities beside the original; a model that starts from the photo should not either. */
const encoders: Readonly<Record<PhotoType, (picture: Sharp) => Sharp>> = {
  'image/jpeg': (picture) => picture.jpeg({ quality: 90, chromaSubsampling: '4:4:4' }),
  'image/png': (picture) => picture.png({ compressionLevel: 6 }),
  'image/webp': (picture) => picture.webp({ quality: 90, effort: 2 }),
};

/**
 * Checks a photo and makes what is kept of it: turned upright, converted to sRGB, without any metadata (place, camera,
 * XMP, colour profile), encoded anew in its own type. Of an animated one the first frame is kept. The same bytes give the
 * same photo.
 *
 * Width and height are read from the header first, so that a small file that unfolds to gigabytes is refused before
 * anything is decoded.
 *
 * @throws WrongPhotoType where the bytes are not of the type that was announced.
 * @throws UnreadablePhoto where they are cut short or damaged, or have more than `maxPixels`.
 */
export async function preparePhoto(
  bytes: Buffer,
  { contentType, maxPixels }: { contentType: PhotoType; maxPixels: number },
): Promise<PreparedPhoto> {
  if (!begins(bytes, contentType)) throw new WrongPhotoType(contentType);
  const options = { failOn: 'error', limitInputPixels: maxPixels, pages: 1 } as const;
  const { width, height } = await readable(() => sharp(bytes, { ...options, limitInputPixels: false }).metadata());
  if (width * height > maxPixels) throw new UnreadablePhoto('too many pixels');
  const { data: image, info } = await readable(() =>
    encoders[contentType](sharp(bytes, options).autoOrient().toColourspace('srgb')).toBuffer({ resolveWithObject: true }),
  );
  return {
    image,
    width: info.width,
    height: info.height,
    contentType,
    // Of what was made, which is already upright and quick to read small.
    placeholder: await placeholderOf(sharp(image).toColourspace('srgb')),
  };
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new UnreadablePhoto('damaged', { cause });
  }
}
