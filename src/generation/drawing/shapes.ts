import { darken, lighten } from './colour.js';
import { hull, path, px, type Point } from './geometry.js';
import type { Scene } from './scene.js';

/** Anything of the room that is made of boxes, in metres. */
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly z0: number;
  readonly z1: number;
}

/** A piece's footprint turned by `turn` radians around its middle; 0 faces the viewer. */
export interface Stand {
  readonly x: number;
  readonly z: number;
  readonly turn: number;
}

export const polygon = (points: readonly Point[], fill: string, rest = ''): string =>
  `<path d="${path(points)}" fill="${fill}"${rest}/>`;

/** Neighbouring faces are anti-aliased each for itself, which leaves a hairline; a thin outline of the same paint closes it. */
const face = (points: readonly Point[], fill: string): string =>
  `<path d="${path(points)}" fill="${fill}" stroke="${fill}" stroke-width=".8" stroke-linejoin="round"/>`;

export const rect = (x: number, y: number, w: number, h: number, fill: string, rest = ''): string =>
  `<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, w))}" height="${px(Math.max(0, h))}" fill="${fill}" ${rest}/>`;

export const ellipse = (c: Point, rx: number, ry: number, fill: string, rest = ''): string =>
  `<ellipse cx="${px(c.x)}" cy="${px(c.y)}" rx="${px(rx)}" ry="${px(ry)}" fill="${fill}" ${rest}/>`;

export const line = (a: Point, b: Point, stroke: string, width: number, rest = ''): string =>
  `<path d="M${px(a.x)} ${px(a.y)}L${px(b.x)} ${px(b.y)}" stroke="${stroke}" stroke-width="${px(width)}" stroke-linecap="round" fill="none" ${rest}/>`;

function roundedCorners(a: Point, b: Point, radius: number): Point[] {
  const steps = [0, 0.25, 0.5, 0.75, 1].map((part) => (part * Math.PI) / 2);
  const corner = (x: number, y: number, dx: number, dy: number): Point[] =>
    steps.map((angle) => ({ x: x + dx * radius * Math.cos(angle), y: y + dy * radius * Math.sin(angle) }));
  return [
    ...corner(a.x + radius, a.y + radius, -1, -1),
    ...corner(b.x - radius, a.y + radius, 1, -1),
    ...corner(b.x - radius, b.y - radius, 1, 1),
    ...corner(a.x + radius, b.y - radius, -1, 1),
  ];
}

/**
 * A box with rounded front edges (`radius` in metres), its faces shaded by the daylight: top lightest, the side that
 * looks away from the window darkest.
 */
export function block(scene: Scene, box: Box, colour: string, radius = 0.01): void {
  const { x0, x1, y0, y1, z0, z1 } = box;
  const front = [scene.at(x0, y1, z1), scene.at(x1, y0, z1)] as const;
  const back = [scene.at(x0, y1, z0), scene.at(x1, y0, z0)] as const;
  const limit = Math.min(x1 - x0, y1 - y0) / 2;
  const r = Math.min(radius, limit);
  const outline = hull([
    ...roundedCorners(front[0], front[1], r * scene.scale(z1)),
    ...roundedCorners(back[0], back[1], r * scene.scale(z0)),
  ]);
  const topSeen = y1 < scene.eyeY;
  const top = scene.vertical([0, lighten(colour, 0.1)], [1, lighten(colour, 0.22)]);
  const underside = darken(colour, 0.28);
  scene.draw(face(outline, topSeen ? top : underside));

  const sideSeen = x0 > scene.eyeX ? -1 : x1 < scene.eyeX ? 1 : 0;
  if (sideSeen !== 0) {
    const x = sideSeen < 0 ? x0 : x1;
    const lit = sideSeen === scene.lightFrom;
    const far = scene.vertical(
      [0, lit ? lighten(colour, 0.03) : darken(colour, 0.16)],
      [1, darken(colour, lit ? 0.12 : 0.3)],
    );
    scene.draw(
      face(
        [scene.at(x, y1 - r, z1), scene.at(x, y1 - r, z0), scene.at(x, y0 + r, z0), scene.at(x, y0 + r, z1)],
        far,
      ),
    );
  }
  const paint = scene.vertical([0, lighten(colour, 0.05)], [0.35, colour], [1, darken(colour, 0.15)]);
  const [a, b] = front;
  const round = `rx="${px(r * scene.scale(z1))}"`;
  scene.draw(rect(a.x, a.y, b.x - a.x, b.y - a.y, paint, round));
}

/** Several boxes as one piece, drawn from the far and outer ones to the near and middle ones. */
export function blocks(scene: Scene, list: readonly { box: Box; colour: string; radius?: number }[]): void {
  const off = (box: Box): number => Math.max(0, box.x0 - scene.eyeX, scene.eyeX - box.x1);
  [...list]
    .sort((a, b) => a.box.z1 - b.box.z1 || off(b.box) - off(a.box) || a.box.y0 - b.box.y0)
    .forEach(({ box, colour, radius }) => block(scene, box, colour, radius));
}

/** A turned footprint as corners on the floor, clockwise from far left. `dx`, `dz`: the middle's offset before turning. */
export function footprint(stand: Stand, w: number, d: number, dx = 0, dz = 0): { x: number; z: number }[] {
  const cos = Math.cos(stand.turn);
  const sin = Math.sin(stand.turn);
  return (
    [
      [-w / 2, -d / 2],
      [w / 2, -d / 2],
      [w / 2, d / 2],
      [-w / 2, d / 2],
    ] as const
  ).map(([x, z]) => ({
    x: stand.x + (x + dx) * cos + (z + dz) * sin,
    z: stand.z - (x + dx) * sin + (z + dz) * cos,
  }));
}

/** A vertical prism on any convex footprint, so that pieces can be turned; hidden faces are left out. */
export function prism(
  scene: Scene,
  corners: readonly { x: number; z: number }[],
  y0: number,
  y1: number,
  colour: string,
): void {
  corners.forEach((a, i) => {
    const b = corners[(i + 1) % corners.length] ?? a;
    const normal = { x: -(a.z - b.z), z: a.x - b.x };
    const middle = { x: (a.x + b.x) / 2, z: (a.z + b.z) / 2 };
    const towards = { x: scene.eyeX - middle.x, z: 5.6 - middle.z };
    if (normal.x * towards.x + normal.z * towards.z <= 0) return;
    const length = Math.hypot(normal.x, normal.z) || 1;
    const facing = (normal.x / length) * scene.lightFrom;
    const lit = facing > 0 ? lighten(colour, 0.06 * facing) : darken(colour, -0.22 * facing);
    const paint = scene.vertical([0, lighten(lit, 0.04)], [1, darken(lit, 0.14)]);
    scene.draw(
      face([scene.at(a.x, y1, a.z), scene.at(b.x, y1, b.z), scene.at(b.x, y0, b.z), scene.at(a.x, y0, a.z)], paint),
    );
  });
  if (y1 < scene.eyeY) {
    scene.draw(
      face(
        corners.map(({ x, z }) => scene.at(x, y1, z)),
        scene.vertical([0, lighten(colour, 0.1)], [1, lighten(colour, 0.2)]),
      ),
    );
  }
}

/** How flat a circle of `radius` metres looks at height y and depth z, in pixels. */
export function flattened(scene: Scene, radius: number, y: number, z: number): { rx: number; ry: number } {
  const ry = Math.abs(scene.at(0, y, z + radius).y - scene.at(0, y, z - radius).y) / 2;
  return { rx: radius * scene.scale(z), ry: Math.max(ry, 0.6) };
}

/** The shading of something round: light on the window's side, and a little bounce on the other. */
export function roundPaint(scene: Scene, colour: string): string {
  const stops = [
    [0, lighten(colour, 0.06)],
    [0.3, lighten(colour, 0.14)],
    [0.75, darken(colour, 0.14)],
    [1, darken(colour, 0.24)],
  ] as const;
  return scene.lightFrom < 0
    ? scene.horizontal(...stops)
    : scene.horizontal(...stops.map(([offset, paint]) => [1 - offset, paint] as const).reverse());
}

/** Something turned on a lathe: `profile` is [height, radius] in metres from the bottom up. */
export function lathe(
  scene: Scene,
  x: number,
  z: number,
  profile: readonly (readonly [number, number])[],
  colour: string,
  open = false,
): void {
  const right = profile.map(([y, r]) => ({ p: scene.at(x, y, z), r: r * scene.scale(z) }));
  const first = right[0];
  const last = right.at(-1);
  const bottomOf = profile[0];
  const topOf = profile.at(-1);
  if (first === undefined || last === undefined || bottomOf === undefined || topOf === undefined) return;
  const smooth = (points: readonly { x: number; y: number }[]): string =>
    points
      .slice(1)
      .map((point, i) => {
        const before = points[i] ?? point;
        const half = (before.y + point.y) / 2;
        return `C${px(before.x)} ${px(half)} ${px(point.x)} ${px(half)} ${px(point.x)} ${px(point.y)}`;
      })
      .join('');
  const up = right.map(({ p, r }) => ({ x: p.x - r, y: p.y }));
  const down = [...right].reverse().map(({ p, r }) => ({ x: p.x + r, y: p.y }));
  const bottom = flattened(scene, bottomOf[1], bottomOf[0], z);
  const start = up[0];
  const over = down[0];
  if (start === undefined || over === undefined) return;
  const paint = roundPaint(scene, colour);
  scene.draw(
    `<path d="M${px(start.x)} ${px(start.y)}${smooth(up)}L${px(over.x)} ${px(over.y)}${smooth(down)}A${px(bottom.rx)} ${px(bottom.ry)} 0 0 1 ${px(start.x)} ${px(start.y)}Z" fill="${paint}"/>`,
  );
  if (topOf[0] < scene.eyeY) {
    const top = flattened(scene, topOf[1], topOf[0], z);
    scene.draw(ellipse(last.p, top.rx, top.ry, open ? darken(colour, 0.45) : lighten(colour, 0.2)));
    if (open) {
      scene.draw(ellipse(last.p, top.rx, top.ry, 'none', `stroke="${lighten(colour, 0.2)}" stroke-width="1.2"`));
    }
  }
}

export const cylinder = (
  scene: Scene,
  x: number,
  z: number,
  y0: number,
  y1: number,
  radius: number,
  colour: string,
): void =>
  lathe(
    scene,
    x,
    z,
    [
      [y0, radius],
      [y1, radius],
    ],
    colour,
  );

/** The shadow that a footprint throws on the floor, drawn out away from the window. */
export function floorShadow(
  scene: Scene,
  corners: readonly { x: number; z: number }[],
  opacity = 0.34,
  reach = 0.16,
): void {
  const away = -scene.lightFrom * reach;
  const points = corners.map(({ x, z }) => scene.at(x, 0, z));
  const cast = corners.map(({ x, z }) => scene.at(x + away, 0, z + 0.07));
  scene.shadow(hull([...points, ...cast]), opacity);
}

export const boxShadow = (scene: Scene, box: Box, opacity?: number, reach?: number): void =>
  floorShadow(
    scene,
    [
      { x: box.x0, z: box.z0 },
      { x: box.x1, z: box.z0 },
      { x: box.x1, z: box.z1 },
      { x: box.x0, z: box.z1 },
    ],
    opacity,
    reach,
  );

export function roundShadow(scene: Scene, x: number, z: number, radius: number, opacity = 0.32): void {
  const corners = Array.from({ length: 16 }, (_, i) => {
    const angle = (i / 16) * 2 * Math.PI;
    return { x: x + radius * Math.cos(angle), z: z + radius * Math.sin(angle) };
  });
  floorShadow(scene, corners, opacity, radius * 0.6);
}

/** The shadow of something that hangs or stands at the back wall. */
export function wallShadow(scene: Scene, x0: number, x1: number, y0: number, y1: number, opacity = 0.22): void {
  const away = -scene.lightFrom * 0.05;
  scene.shadow(
    [
      scene.at(x0 + away, y1 - 0.02, 0),
      scene.at(x1 + away, y1 - 0.02, 0),
      scene.at(x1 + away, y0 - 0.06, 0),
      scene.at(x0 + away, y0 - 0.06, 0),
    ],
    opacity,
  );
}
