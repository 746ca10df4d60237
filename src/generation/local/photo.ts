import sharp, { type Sharp } from 'sharp';
import { UnreadablePictureError } from '../pictures.js';
import type { InputPhoto } from '../provider.js';
import type { Size } from './size.js';

/** A picture in memory: three bytes a pixel, row by row. */
export interface Pixels extends Size {
  readonly data: Buffer;
}

export const openPixels = ({ data, width, height }: Pixels): Sharp => sharp(data, { raw: { width, height, channels: 3 } });

/** Lossless, because it is encoded once more on its way to the store; at level 1 because it lives for a second. */
export const encodePng = (picture: Sharp): Promise<Buffer> => picture.removeAlpha().png({ compressionLevel: 1 }).toBuffer();

/**
 * Reads a photo and cuts it to the size where most is to be seen. It is scaled while it is decoded, so that a photo of
 * fifty megapixels takes little more memory than a small one.
 *
 * @throws UnreadablePictureError where the bytes are no picture; whatever `read` throws.
 */
export async function readPhoto(photo: InputPhoto, size: Size): Promise<Pixels> {
  const { width, height } = size;
  const bytes = await photo.read();
  try {
    const image = sharp(bytes).autoOrient();
    const { data, info } = await image
      .extract(middleOf((await image.metadata()).autoOrient, size))
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize({ width, height, fit: 'cover', position: 'attention' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data: info.channels === 3 ? data : tripled(data), width, height };
  } catch (cause) {
    throw new UnreadablePictureError({ cause });
  }
}

/** How many times longer than the picture's own shape a photo may be. */
const longest = 4;

/**
 * What of a photo is looked at: all of it, unless it is a strip. To find the best part of a strip, all of it would be
 * scaled to the picture's height, and 4,000 pixels by 3 would become a million by 768.
 */
function middleOf(photo: Size, { width, height }: Size): { left: number; top: number; width: number; height: number } {
  const w = Math.min(photo.width, Math.ceil((photo.height * longest * width) / height));
  const h = Math.min(photo.height, Math.ceil((photo.width * longest * height) / width));
  return { left: Math.floor((photo.width - w) / 2), top: Math.floor((photo.height - h) / 2), width: w, height: h };
}

/** A grey picture has one byte a pixel. */
function tripled(grey: Buffer): Buffer {
  const rgb = Buffer.alloc(grey.length * 3);
  grey.forEach((value, i) => rgb.fill(value, i * 3, i * 3 + 3));
  return rgb;
}
