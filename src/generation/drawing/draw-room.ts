import { hours, overcast } from './daylight.js';
import { pergolaRoof } from './furniture/outdoor.js';
import { layoutFor } from './layouts.js';
import { paletteFor, tiredPalette, withColours, type OwnColours, type Palette } from './palettes.js';
import { createRandom } from './random.js';
import { createScene } from './scene.js';
import { line, rect } from './shapes.js';
import { drawDeck, drawShell } from './shell.js';

export interface RoomOptions {
  /** A preset id; unknown or null draws a living room. */
  readonly roomType: string | null;
  /** A preset id; unknown or null draws in a neutral, warm style. */
  readonly style: string | null;
  /** The building: the same seed and room type have the same window, layout and eye in every style. */
  readonly seed: number | string;
  /** Pixels, 16 to 4096. */
  readonly width: number;
  readonly height: number;
  /** Another dressing of the same room: art, rug, plants, lamps, hour. Default 0. */
  readonly variant?: number;
  /** In place of the style's own. */
  readonly colours?: OwnColours;
}

export interface BeforeOptions extends Omit<RoomOptions, 'style' | 'variant' | 'colours'> {
  /** With old furniture, as a redesign starts from; otherwise bare, for staging. Default false. */
  readonly furnished?: boolean;
}

function checkSize(width: number, height: number): void {
  for (const [name, value] of [['width', width], ['height', height]] as const) {
    if (!Number.isInteger(value) || value < 16 || value > 4096) {
      throw new RangeError(`A room's ${name} is a whole number of pixels from 16 to 4096, not ${value}.`);
    }
  }
}

/** What belongs to the building and not to its dressing. */
function building(options: Omit<RoomOptions, 'style'>): { side: 1 | -1; eyeX: number; plan: ReturnType<typeof createRandom> } {
  const plan = createRandom('building', options.seed, options.roomType ?? '');
  const side = plan.chance(0.5) ? 1 : -1;
  return { side, eyeX: plan.between(-0.35, 0.35), plan };
}

/**
 * An illustrated room as an SVG document: pure, and the same bytes for the same options on every machine.
 * Throws a RangeError for a size out of bounds.
 */
export function drawRoom(options: RoomOptions): string {
  checkSize(options.width, options.height);
  const { roomType, style, seed, width, height, variant = 0 } = options;
  const { side, eyeX, plan } = building(options);
  const random = createRandom('dressing', seed, roomType ?? '', style ?? '', variant);
  const palette = withColours(paletteFor(style), options.colours);
  const layout = layoutFor(roomType);
  const hour = random.next();
  const daylight = hours[hour < 0.4 ? 0 : hour < 0.62 ? 1 : hour < 0.87 ? 2 : 3] ?? overcast;
  const scene = createScene({ width, height, eyeX, lightFrom: side, daylight });
  const half = scene.room.width / 2;
  const window = layout.window(plan, side, half);
  const view = random.pick(palette.views);
  const shellRandom = createRandom('shell', seed, roomType ?? '', style ?? '');
  if (layout.outdoors === true) {
    drawDeck(scene, shellRandom, palette, view);
    pergolaRoof(scene, palette);
  } else {
    drawShell(scene, shellRandom, { palette, window, view, wet: layout.wet === true, curtains: layout.curtains !== false });
  }
  layout.furnish({ scene, palette, random, side, half });
  return scene.toSvg();
}

/** The same building before the work, bare or with tired furniture, under a grey sky; as SVG. */
export function drawEmptyRoom(options: BeforeOptions): string {
  checkSize(options.width, options.height);
  const { roomType, seed, width, height, furnished = false } = options;
  const { side, eyeX, plan } = building(options);
  const random = createRandom('before', seed, roomType ?? '');
  const palette: Palette = { ...tiredPalette, wall: random.pick(['#ddd3bd', '#d5d6cf', '#e2d8cc']), floor: random.pick([tiredPalette.floor, { kind: 'planks', colour: '#9c7450' }]) };
  const layout = layoutFor(roomType);
  const scene = createScene({ width, height, eyeX, lightFrom: side, daylight: overcast });
  const half = scene.room.width / 2;
  const window = layout.window(plan, side, half);
  const view = random.pick(palette.views);
  if (layout.outdoors === true) drawDeck(scene, random, palette, view);
  else drawShell(scene, random, { palette, window, view, wet: layout.wet === true, curtains: layout.curtains !== false });
  if (furnished) {
    layout.furnish({ scene, palette, random, side, half });
  } else if (layout.outdoors !== true) {
    const socket = scene.at(-side * half * 0.3, 0.32, 0);
    const s = scene.scale(0);
    scene.draw(rect(socket.x, socket.y, 0.12 * s, 0.075 * s, '#f3efe6', 'stroke="#00000033" rx="2"'));
    const lamp = scene.at(0, scene.room.height, 1);
    scene.draw(line(lamp, { x: lamp.x, y: lamp.y + s * 0.32 }, '#57504a', 1.6));
    scene.draw(`<circle cx="${lamp.x.toFixed(1)}" cy="${(lamp.y + s * 0.36).toFixed(1)}" r="${(s * 0.05).toFixed(1)}" fill="#f5ecd2" stroke="#8a8172"/>`);
  }
  return scene.toSvg();
}
