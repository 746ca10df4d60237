import { lookOfPhoto } from './look.js';
import { encodePng, openPixels, type Pixels } from './photo.js';
import { recolour } from './recolour.js';
import type { Reading } from './regions.js';
import { hang, seedOf, type Variant } from './restyle.js';
import type { Steps } from './steps.js';

/** Of what is hung on the wall, pixels: as large as it is ever seen. */
const framedSide = 360;

/** A photo that was looked at. */
export interface ReadPhoto {
  readonly photo: Pixels;
  readonly reading: Reading;
}

/** The first photo's room in the second one's colours, and the second one itself on its wall where there is room for it. */
export async function compose({ photo, reading }: ReadPhoto, model: ReadPhoto, variant: Variant, steps: Steps): Promise<Buffer> {
  const look = lookOfPhoto(reading.regions, model.reading.regions, variant.palette, variant);
  const recoloured = await recolour(photo, reading, look, seedOf(variant), steps);
  await steps.done();
  if (reading.calm === null) return encodePng(openPixels(recoloured));
  const small = await openPixels(model.photo).resize(framedSide, framedSide, { fit: 'cover' }).png({ compressionLevel: 3 }).toBuffer();
  const framed = hang(photo, reading, variant, reading.calm, small);
  return encodePng(openPixels(recoloured).composite([{ input: Buffer.from(framed) }]));
}
