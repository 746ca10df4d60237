import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { thumbnailWidth } from '../domain/pictures.js';
import { placeholderOf } from './placeholder.js';

/** A picture as it is stored: the full size, a small one for lists, and a blur to show before either has loaded. */
export interface EncodedPicture {
  readonly image: Buffer;
  readonly thumbnail: Buffer;
  /** Of `image`, pixels. */
  readonly width: number;
  readonly height: number;
  readonly contentType: 'image/webp';
  /** A thumbhash of some 25 bytes, base64. */
  readonly placeholder: string;
}

/** A photo as a phone sends it. */
export interface EncodedPhoto {
  readonly image: Buffer;
  readonly width: number;
  readonly height: number;
  readonly contentType: 'image/jpeg';
}

/** The source is no picture that can be read. Its message is for logs; it quotes nothing of the source. */
export class UnreadablePictureError extends Error {
  override readonly name = 'UnreadablePictureError';

  constructor(options: ErrorOptions) {
    super('The picture cannot be read. Give an SVG document, or the bytes of a PNG, JPEG or WebP file.', options);
  }
}

/** 82 shows no blocks in flat walls. Effort 2 is a fifth larger than the default 4 and four times as fast. */
const webp = { quality: 82, effort: 2 } as const;

interface Pixels {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** Decodes once; all outputs are made from the same pixels. */
async function pixelsOf(source: string | Buffer): Promise<Pixels> {
  try {
    const bytes = typeof source === 'string' ? Buffer.from(source) : source;
    return await sharp(bytes).autoOrient().flatten({ background: '#ffffff' }).raw().toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new UnreadablePictureError({ cause });
  }
}

const open = ({ data, info: { width, height, channels } }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels } });

/**
 * Encodes an SVG document or an encoded picture as WebP, with a thumbnail (384 pixels wide, or as wide as the source
 * where that is narrower) and a placeholder. The same source gives the same bytes.
 *
 * @throws UnreadablePictureError
 */
export async function encodePicture(source: string | Buffer): Promise<EncodedPicture> {
  const pixels = await pixelsOf(source);
  const [image, thumbnail, placeholder] = await Promise.all([
    open(pixels).webp(webp).toBuffer(),
    open(pixels).resize({ width: thumbnailWidth, withoutEnlargement: true }).webp(webp).toBuffer(),
    placeholderOf(open(pixels)),
  ]);
  return {
    image,
    thumbnail,
    width: pixels.info.width,
    height: pixels.info.height,
    contentType: 'image/webp',
    placeholder,
  };
}

/**
 * Encodes an SVG document or an encoded picture as the JPEG that a phone would take of it.
 *
 * @throws UnreadablePictureError
 */
export async function encodePhoto(source: string | Buffer): Promise<EncodedPhoto> {
  const pixels = await pixelsOf(source);
  const image = await open(pixels).jpeg({ quality: 84 }).toBuffer();
  return { image, width: pixels.info.width, height: pixels.info.height, contentType: 'image/jpeg' };
}
