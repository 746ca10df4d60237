import { grown, path, px, type Point } from './geometry.js';

/** Hours differ in sky, tint and in how much the lamps give. */
export interface Daylight {
  /** From top to horizon. */
  readonly sky: readonly [string, string, string];
  readonly sun: string;
  /** Laid over the whole room. */
  readonly tint: string;
  readonly tintOpacity: number;
  /** 0 to 1: sunlight that falls through windows. */
  readonly beam: number;
  /** 0 to 1: lamplight. */
  readonly lamps: number;
}

export interface SceneOptions {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Metres the eye stands left (-) or right (+) of the middle; moves the vanishing point. */
  readonly eyeX: number;
  /** Where the daylight comes from. */
  readonly lightFrom: -1 | 1;
  readonly daylight: Daylight;
  /** Pixels by which everything lies lower (+) or higher (-) in the picture, as a photo's floor does. Default 0. */
  readonly lowered?: number;
}

export type Stop = readonly [offset: number, colour: string, opacity?: number];

/**
 * A room seen in one-point perspective, and the SVG that is drawn of it.
 *
 * Metres: x from the middle to the right, y from the floor up, z from the back wall towards the viewer. A plane that
 * faces the viewer keeps its shape and only grows with z, so flat details can be drawn in pixels at `scale(z)`.
 */
export interface Scene extends SceneOptions {
  readonly room: { readonly width: number; readonly height: number; readonly near: number };
  readonly eyeY: number;
  at(x: number, y: number, z: number): Point;
  /** Pixels a metre at this depth. */
  scale(z: number): number;
  draw(svg: string): void;
  /** Draws `work` in the order of depth: nearer things cover farther ones, whatever the order of the calls. */
  place(z: number, work: () => void): void;
  /** A soft shadow on walls and floor, below everything that is placed. */
  shadow(points: readonly Point[], opacity: number): void;
  /** A lamp's halo, above everything and above the hour's tint. `radius` in pixels. */
  glow(centre: Point, radius: number, strength?: number): void;
  /** A paint server over the shape's own box: `url(#…)`. */
  vertical(...stops: readonly Stop[]): string;
  horizontal(...stops: readonly Stop[]): string;
  radial(...stops: readonly Stop[]): string;
  /** A clip path of the shape: the attribute to put on a group. */
  clip(shape: string): string;
  toSvg(): string;
  /** What was drawn alone, on nothing, without the hour's tint and the dark corners: to be laid over a picture. */
  toLayer(): string;
}

const eyeDistance = 5.6;

/** Steps from a shadow's core to its edge. A blur filter looks the same and takes as long as the rest of the picture. */
const softness = 8;

const px3 = (value: number): number => Math.round(value * 1000) / 1000;

/** The room's size follows the picture's shape: a wide picture is a wide room, a tall one has a higher ceiling. */
function roomFor(width: number, height: number): { width: number; height: number; unit: number; horizon: number } {
  const aspect = width / height;
  const ceiling = aspect < 0.9 ? 2.9 : 2.7;
  const unit = (height * (aspect < 0.9 ? 0.49 : aspect > 1.2 ? 0.53 : 0.515)) / ceiling;
  return { width: (width * 0.84) / unit, height: ceiling, unit, horizon: height * (aspect < 0.9 ? 0.45 : 0.455) };
}

export function createScene(options: SceneOptions): Scene {
  const { width, height, eyeX, lowered = 0 } = options;
  const shape = roomFor(width, height);
  const eyeY = 1.5;
  const middle = width / 2 + eyeX * shape.unit * 0.35;

  const base: string[] = [];
  const placed: { z: number; svg: string }[] = [];
  const shadows: string[] = [];
  const glows: string[] = [];
  const defs = new Map<string, string>();
  let out = base;

  const scale = (z: number): number => (shape.unit * eyeDistance) / (eyeDistance - z);
  const define = (markup: (id: string) => string): string => {
    const key = markup('');
    let id = defs.get(key);
    if (id === undefined) {
      id = `d${defs.size}`;
      defs.set(key, id);
      definitions.push(markup(id));
    }
    return id;
  };
  const definitions: string[] = [];
  const stopList = (stops: readonly Stop[]): string =>
    stops
      .map(([offset, colour, opacity]) => {
        const alpha = opacity === undefined ? '' : ` stop-opacity="${px3(opacity)}"`;
        return `<stop offset="${offset}" stop-color="${colour}"${alpha}/>`;
      })
      .join('');

  const scene: Scene = {
    ...options,
    room: { width: shape.width, height: shape.height, near: 3.4 },
    eyeY,
    scale,
    at: (x, y, z) => ({ x: middle + (x - eyeX) * scale(z), y: shape.horizon + lowered - (y - eyeY) * scale(z) }),
    draw: (svg) => void out.push(svg),
    place(z, work) {
      const outer = out;
      out = [];
      work();
      const svg = out.join('');
      out = outer;
      if (outer === base) placed.push({ z, svg });
      else outer.push(svg);
    },
    shadow(points, opacity) {
      for (let i = 0; i < softness; i += 1) {
        const outline = path(grown(points, (width / 85) * (i / softness) ** 1.3));
        shadows.push(`<path d="${outline}" fill="#140e0a" fill-opacity="${px3(opacity / softness)}"/>`);
      }
    },
    glow(centre, radius, strength = 1) {
      const power = options.daylight.lamps * strength;
      const fill = scene.radial([0, '#fff1cf', 0.85 * power], [0.25, '#ffdf9e', 0.4 * power], [1, '#ffc772', 0]);
      glows.push(`<circle cx="${px(centre.x)}" cy="${px(centre.y)}" r="${px(radius)}" fill="${fill}"/>`);
    },
    vertical: (...stops) =>
      `url(#${define((id) => `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stopList(stops)}</linearGradient>`)})`,
    horizontal: (...stops) =>
      `url(#${define((id) => `<linearGradient id="${id}">${stopList(stops)}</linearGradient>`)})`,
    radial: (...stops) => `url(#${define((id) => `<radialGradient id="${id}">${stopList(stops)}</radialGradient>`)})`,
    clip: (markup) => `clip-path="url(#${define((id) => `<clipPath id="${id}">${markup}</clipPath>`)})"`,
    toSvg() {
      const { tint, tintOpacity } = options.daylight;
      const corners = scene.radial([0.62, '#1d1310', 0], [1, '#1d1310', 0.3]);
      const frame = `x="0" y="0" width="${width}" height="${height}"`;
      return picture(
        `<rect ${frame} fill="${tint}" fill-opacity="${tintOpacity}"/>`,
        `<ellipse cx="${px(width / 2)}" cy="${px(height / 2)}" rx="${px(width * 0.78)}" ry="${px(height * 0.78)}" fill="${corners}"/>`,
      );
    },
    toLayer: () => picture('', ''),
  };

  /** `tint` lies under the lamps' halos, `corners` above everything. */
  function picture(tint: string, corners: string): string {
    const things = placed
      .map((thing, order) => ({ ...thing, order }))
      .sort((a, b) => a.z - b.z || a.order - b.order)
      .map(({ svg }) => svg);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
      `<defs>${definitions.join('')}</defs>`,
      ...base,
      ...shadows,
      ...things,
      tint,
      ...glows,
      corners,
      '</svg>',
    ].join('');
  }
  return scene;
}
