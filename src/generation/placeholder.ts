import type { Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';

/** A thumbhash is computed from at most 100 pixels a side, and holds far less than these. */
const side = 48;

/** A blur of some 25 bytes to show before a picture has loaded: a thumbhash, base64. */
export async function placeholderOf(picture: Sharp): Promise<string> {
  const { data, info } = await picture
    .resize({ width: side, height: side, fit: 'inside' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}
