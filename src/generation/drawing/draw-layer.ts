import { framedArt } from './furniture/decor.js';
import { layoutFor } from './layouts.js';
import type { Palette } from './palettes.js';
import { createRandom } from './random.js';
import { createScene, type Daylight } from './scene.js';

export interface LayerOptions {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  /** The same seed draws the same bytes. */
  readonly seed: string;
  readonly daylight: Daylight;
  /** Where the window is. */
  readonly lightFrom: -1 | 1;
}

/** Where a scene's floor meets its back wall, as a part of the height from the top. */
export function floorLineOf({ width, height }: { readonly width: number; readonly height: number }): number {
  const scene = createScene({ width, height, eyeX: 0, lightFrom: 1, daylight: bare });
  return scene.at(0, 0, 0).y / height;
}

/**
 * A room's furniture with its shadows, on nothing, as SVG: to be laid over the photo of a room that has none. An unknown
 * or missing room type is furnished as a living room.
 */
export function drawFurniture({ roomType, lowered, seed, ...options }: LayerOptions & {
  readonly roomType: string | null;
  /** Pixels by which the photo's floor begins lower (+) or higher (-) than a scene's own. */
  readonly lowered: number;
}): string {
  const scene = createScene({ ...options, eyeX: 0, lowered });
  const random = createRandom('staging', seed);
  const half = scene.room.width / 2;
  layoutFor(roomType).furnish({ scene, palette: options.palette, random, side: options.lightFrom, half });
  return scene.toLayer();
}

/** A framed picture at a place in the picture (its middle and its size, pixels), on nothing, as SVG. */
export function drawFramed({ seed, frame, content, ...options }: LayerOptions & {
  readonly frame: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** A PNG to frame; where it is absent, art in the palette's colours. */
  readonly content?: Buffer;
}): string {
  const scene = createScene({ ...options, eyeX: 0 });
  const origin = scene.at(0, 0, 0.03);
  const metre = scene.scale(0.03);
  const x = (frame.x - origin.x) / metre;
  const y = (origin.y - frame.y) / metre;
  const draw = content === undefined ? undefined : imageOf(content);
  framedArt(scene, createRandom('framed', seed), options.palette, x, y, frame.width / metre, frame.height / metre, draw);
  return scene.toLayer();
}

const imageOf =
  (png: Buffer) =>
  (x: number, y: number, width: number, height: number): string =>
    `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="xMidYMid slice" href="data:image/png;base64,${png.toString('base64')}"/>`;

const bare: Daylight = { sky: ['#ffffff', '#ffffff', '#ffffff'], sun: '#ffffff', tint: '#ffffff', tintOpacity: 0, beam: 0, lamps: 0 };
