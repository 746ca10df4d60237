import { drawFurniture, floorLineOf } from '../drawing/draw-layer.js';
import { daylightOf, lookOfPalette } from './look.js';
import { encodePng, openPixels, type Pixels } from './photo.js';
import { recolour } from './recolour.js';
import type { Reading } from './regions.js';
import { seedOf, type Variant } from './restyle.js';
import type { Steps } from './steps.js';

/** How much of a restyle the room itself gets: it is to be recognised, and only agrees with what is put into it. */
const harmony = 0.35;

/** How far the furniture may move up or down to stand on the photo's floor, as a part of the height. */
const reach = 0.1;

/** A photo of an empty room with a room type's furniture drawn into it. */
export async function stage(
  photo: Pixels,
  reading: Reading,
  { roomType, ...variant }: Variant & { readonly roomType: string | null },
  steps: Steps,
): Promise<Buffer> {
  const look = lookOfPalette(reading.regions, variant.palette, { ...variant, variant: 0 });
  const { light } = look;
  const room = await recolour(photo, reading, { ...look, strength: harmony, light }, seedOf(variant), steps);
  await steps.done();

  const { width, height } = photo;
  const usual = floorLineOf(photo);
  const off = Math.min(reach, Math.max(-reach, (reading.floorLine ?? usual) - usual));
  const furniture = drawFurniture({
    width,
    height,
    roomType,
    palette: variant.palette,
    seed: `${variant.jobId}/${variant.variant}`,
    daylight: daylightOf(variant.jobId, variant.variant),
    lightFrom: windowSide(reading),
    lowered: off * height,
  });
  return encodePng(openPixels(room).composite([{ input: Buffer.from(furniture) }]));
}

/** Layouts hang their pictures across from the window, so the window is best across from the empty wall. */
function windowSide({ calm, light }: Reading): -1 | 1 {
  if (calm !== null) return calm.x + calm.width / 2 < 0.5 ? 1 : -1;
  return light.x < 0.5 ? -1 : 1;
}
