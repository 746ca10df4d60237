import { brightness, darken, ink, lighten, mix } from './colour.js';
import type { Palette, ViewKind } from './palettes.js';
import type { Random } from './random.js';
import { path, px, type Point } from './geometry.js';
import type { Scene } from './scene.js';
import { block, ellipse, line, polygon, rect } from './shapes.js';
import { drawView } from './views.js';

/** An opening in the back wall, in metres. */
export interface Opening {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

export interface Shell {
  readonly palette: Palette;
  readonly window: Opening;
  readonly view: ViewKind;
  /** Tiled walls and floor. */
  readonly wet: boolean;
  /** A wet room and a kitchen bench have no curtains. */
  readonly curtains: boolean;
}

/** The bounds of an opening in pixels. */
function bounds(scene: Scene, o: Opening): { x: number; y: number; w: number; h: number } {
  const a = scene.at(o.x0, o.y1, 0);
  const b = scene.at(o.x1, o.y0, 0);
  return { x: a.x, y: a.y, w: b.x - a.x, h: b.y - a.y };
}

/** One side wall from the back corner to beyond the picture's edge. */
const sideWall = (scene: Scene, side: -1 | 1, y0: number, y1: number, z0 = 0, z1 = scene.room.near): Point[] => {
  const x = (side * scene.room.width) / 2;
  return [scene.at(x, y1, z0), scene.at(x, y1, z1), scene.at(x, y0, z1), scene.at(x, y0, z0)];
};

const floorPatch = (scene: Scene, x0: number, x1: number, z0: number, z1: number): Point[] => [
  scene.at(x0, 0, z0),
  scene.at(x1, 0, z0),
  scene.at(x1, 0, z1),
  scene.at(x0, 0, z1),
];

function floor(scene: Scene, random: Random, palette: Palette, wet: boolean, half = scene.room.width / 2): void {
  const near = scene.room.near;
  const kind = wet ? 'tiles' : palette.floor.kind;
  const colour = wet ? mix(palette.tile, '#8d8780', 0.22) : palette.floor.colour;
  scene.draw(polygon(floorPatch(scene, -half, half, 0, near), colour));
  const shaded = (): string =>
    mix(random.chance(0.5) ? lighten(colour, 0.14) : darken(colour, 0.18), colour, random.between(0.1, 0.9));
  if (kind === 'planks') {
    const w = 0.19;
    for (let x = -half; x < half; x += w) {
      let z = -random.between(0, 1.2);
      while (z < near) {
        const length = random.between(0.9, 1.9);
        const patch = floorPatch(scene, x, Math.min(half, x + w), Math.max(0, z), Math.min(near, z + length));
        if (z + length > 0) scene.draw(polygon(patch, shaded()));
        z += length;
      }
      scene.draw(line(scene.at(x, 0, 0), scene.at(x, 0, near), darken(colour, 0.4), 1, 'stroke-opacity=".5"'));
    }
  } else if (kind === 'herringbone') {
    const w = 0.15;
    const long = w * 4;
    const clip = scene.clip(`<path d="${path(floorPatch(scene, -half, half, 0, near))}"/>`);
    const pieces: string[] = [];
    const step = w * Math.SQRT2;
    for (let column = -Math.ceil(half / (long * 0.7)) - 1; column * long * 0.707 < half + long; column += 1) {
      const x = column * long * 0.7071;
      const up = column % 2 === 0 ? 1 : -1;
      for (let z = -long; z < near + long; z += step) {
        const corners = [
          [x, z],
          [x + long * 0.7071, z + up * long * 0.7071],
          [x + long * 0.7071, z + up * long * 0.7071 + step],
          [x, z + step],
        ] as const;
        pieces.push(
          polygon(
            corners.map(([a, b]) => scene.at(a, 0, Math.min(b, near + 0.4))),
            mix(shaded(), up > 0 ? lighten(colour, 0.12) : darken(colour, 0.1), 0.45),
            ` stroke="${darken(colour, 0.3)}" stroke-opacity=".45" stroke-width=".7"`,
          ),
        );
      }
    }
    scene.draw(`<g ${clip}>${pieces.join('')}</g>`);
  } else if (kind === 'tiles') {
    const size = 0.45;
    const grout = mix(colour, '#ffffff', 0.35);
    for (let x = -half; x < half; x += size) {
      for (let z = 0; z < near; z += size) {
        const patch = floorPatch(scene, x, Math.min(half, x + size), z, z + size);
        scene.draw(polygon(patch, mix(shaded(), colour, 0.6), ` stroke="${grout}" stroke-width="1.4"`));
      }
    }
  } else {
    for (let i = 0; i < 26; i += 1) {
      const z = random.between(0, near * 0.85);
      const at = scene.at(random.between(-half, half), 0, z);
      const r = scene.scale(z) * random.between(0.3, 0.9);
      const tone = random.chance(0.5) ? '#ffffff' : '#3b332c';
      scene.draw(ellipse(at, r, r * 0.22, scene.radial([0, tone, 0.07], [1, tone, 0])));
    }
    if (kind === 'concrete') {
      const joint = (a: Point, b: Point): void => scene.draw(line(a, b, darken(colour, 0.35), 1.2, 'stroke-opacity=".5"'));
      joint(scene.at(-half, 0, 1.1), scene.at(half, 0, 1.1));
      joint(scene.at(half * 0.3, 0, 0), scene.at(half * 0.3, 0, near));
    }
  }
  const depth = scene.vertical([0, '#1d1410', 0.26], [0.22, '#1d1410', 0.05], [1, '#1d1410', 0.16]);
  scene.draw(polygon(floorPatch(scene, -half, half, 0, near), depth));
}

/** What the paint on the walls is: boards, bricks, panels. Lines for the back wall in pixels, for the sides in depth. */
function finish(scene: Scene, random: Random, palette: Palette, wet: boolean): void {
  const { width, height } = scene.room;
  const half = width / 2;
  const wall = wet ? palette.tile : palette.feature;
  const mark = ink(wall, 0.2);
  const b = bounds(scene, { x0: -half, x1: half, y0: 0, y1: height });
  const unit = scene.scale(0);
  const kind = wet ? 'tiles' : palette.finish;
  if (kind === 'tiles') {
    const w = 0.3;
    const h = 0.15;
    const grout = mix(wall, '#ffffff', 0.55);
    const wallGrout = brightness(wall) > 0.85 ? darken(wall, 0.14) : grout;
    for (let y = 0, row = 0; y < height; y += h, row += 1) {
      for (let x = -half - (row % 2) * (w / 2); x < half; x += w) {
        if (random.chance(0.35)) {
          const a = scene.at(Math.max(-half, x), Math.min(height, y + h), 0);
          const c = scene.at(Math.min(half, x + w), y, 0);
          scene.draw(rect(a.x, a.y, c.x - a.x, c.y - a.y, random.chance(0.5) ? lighten(wall, 0.25) : darken(wall, 0.06), 'fill-opacity=".6"'));
        }
        if (x > -half) {
          scene.draw(line(scene.at(x, Math.min(height, y + h), 0), scene.at(x, y, 0), wallGrout, 1));
        }
      }
      scene.draw(line(scene.at(-half, y, 0), scene.at(half, y, 0), wallGrout, 1));
      for (const side of [-1, 1] as const) {
        scene.draw(line(scene.at(side * half, y, 0), scene.at(side * half, y, 2), wallGrout, 1, 'stroke-opacity=".7"'));
      }
    }
  } else if (kind === 'panelling') {
    for (let x = -half; x < half; x += 0.16) {
      const at = scene.at(x, height, 0);
      scene.draw(rect(at.x, b.y, 1.3, b.h, mark, 'fill-opacity=".42"'));
      scene.draw(rect(at.x + 1.3, b.y, 1.2, b.h, '#ffffff', 'fill-opacity=".5"'));
    }
    for (const side of [-1, 1] as const) {
      for (let z = 0.16; z < 2.2; z += 0.16) {
        scene.draw(line(scene.at(side * half, 0, z), scene.at(side * half, height, z), mark, 1.2, 'stroke-opacity=".35"'));
      }
    }
  } else if (kind === 'brick') {
    const w = 0.24;
    const h = 0.086;
    const mortar = mix(wall, '#d8cfc4', 0.55);
    scene.draw(rect(b.x, b.y, b.w, b.h, mortar));
    for (let y = 0, row = 0; y < height; y += h, row += 1) {
      for (let x = -half - (row % 2) * (w / 2); x < half; x += w) {
        const x0 = Math.max(-half, x + 0.006);
        const a = scene.at(x0, Math.min(height, y + h - 0.007), 0);
        const colour = mix(mix(wall, random.pick(['#7c3f2d', '#c07a58', '#8f5a48', '#b96a4a']), 0.55), wall, random.next() * 0.6);
        scene.draw(rect(a.x, a.y, (Math.min(half, x + w - 0.006) - x0) * unit, (h - 0.013) * unit, colour, 'rx="1"'));
      }
    }
  } else if (kind === 'slats') {
    // Half of the wall is slatted timber, the rest limewash.
    const from = random.chance(0.5) ? -half : 0.1;
    const to = from < 0 ? -half * 0.25 : half;
    const dark = scene.at(from, height, 0);
    scene.draw(rect(dark.x, b.y, (to - from) * unit, b.h, darken(palette.wood, 0.5)));
    for (let x = from; x < to; x += 0.075) {
      const at = scene.at(x, height, 0);
      const colour = mix(palette.wood, random.chance(0.5) ? palette.woodDark : '#e2c59c', random.between(0, 0.22));
      scene.draw(rect(at.x, b.y, 0.05 * unit, b.h, scene.horizontal([0, lighten(colour, 0.14)], [1, darken(colour, 0.1)])));
    }
  } else if (kind === 'wainscot') {
    const rail = 1.02;
    const a = scene.at(-half, rail, 0);
    scene.draw(rect(b.x, a.y, b.w, scene.at(0, 0, 0).y - a.y, palette.trim));
    const count = Math.max(4, Math.round(width / 0.72));
    for (let i = 0; i < count; i += 1) {
      const p = scene.at(-half + (width * (i + 0.14)) / count, rail - 0.12, 0);
      const w = (width * 0.72 * unit) / count;
      const h = (rail - 0.36) * unit;
      scene.draw(rect(p.x, p.y, w, h, 'none', `stroke="${darken(palette.trim, 0.14)}" stroke-width="3"`));
      scene.draw(rect(p.x + 2, p.y + 2, w, h, 'none', 'stroke="#ffffff" stroke-width="1.4"'));
    }
    scene.draw(rect(b.x, a.y - 3, b.w, 7, scene.vertical([0, '#ffffff'], [1, darken(palette.trim, 0.2)])));
    for (const side of [-1, 1] as const) {
      scene.draw(polygon(sideWall(scene, side, 0, rail), darken(palette.trim, side === scene.lightFrom ? 0.14 : 0.05)));
      scene.draw(line(scene.at(side * half, rail, 0), scene.at(side * half, rail, 2.4), '#ffffff', 3));
    }
  } else {
    for (let i = 0; i < 14; i += 1) {
      const c = { x: b.x + b.w * random.next(), y: b.y + b.h * random.next() };
      const tone = random.chance(0.5) ? '#ffffff' : '#6b5a48';
      const r = unit * random.between(0.4, 1);
      scene.draw(ellipse(c, r, r * 0.7, scene.radial([0, tone, 0.05], [1, tone, 0])));
    }
  }
}

function ceiling(scene: Scene, palette: Palette, wet: boolean): void {
  const { width, height, near } = scene.room;
  const half = width / 2;
  const at = (x: number, z: number, y = height): Point => scene.at(x, y, z);
  const kind = wet ? 'plain' : palette.ceilingKind;
  scene.draw(
    polygon(
      [at(-half, 0), at(half, 0), at(half, near), at(-half, near)],
      scene.vertical([0, darken(palette.ceiling, 0.02)], [1, darken(palette.ceiling, 0.14)]),
    ),
  );
  if (kind === 'beams') {
    for (let z = 0.35; z < near; z += 0.7) {
      block(scene, { x0: -half, x1: half, y0: height - 0.14, y1: height, z0: z, z1: z + 0.1 }, lighten(palette.wood, 0.25));
    }
  } else if (kind === 'coffers') {
    const beam = (x0: number, x1: number, z0: number, z1: number): void =>
      block(scene, { x0, x1, y0: height - 0.1, y1: height, z0, z1 }, palette.trim);
    const lanes = [-0.5, -0.18, 0.18, 0.5];
    for (const lane of lanes) beam(lane * width - 0.06, lane * width + 0.06, 0, near);
    for (let z = 0.02; z < near; z += 0.95) beam(-half, half, z, z + 0.12);
  } else if (kind === 'pipes') {
    for (const [x, r, colour] of [[-0.3, 0.05, '#6d6a67'], [-0.26, 0.025, '#7d3b2b'], [0.24, 0.075, '#b3b0ab'], [0.3, 0.03, '#5c5a58']] as const) {
      const steps = [0, near];
      const [a, b] = steps.map((z) => at(x * width, z ?? 0, height - 0.12));
      const [sa, sb] = steps.map((z) => r * scene.scale(z ?? 0));
      if (a === undefined || b === undefined || sa === undefined || sb === undefined) continue;
      const outline = [{ x: a.x - sa, y: a.y }, { x: a.x + sa, y: a.y }, { x: b.x + sb, y: b.y }, { x: b.x - sb, y: b.y }];
      scene.draw(polygon(outline, scene.horizontal([0, lighten(colour, 0.1)], [0.4, lighten(colour, 0.25)], [1, darken(colour, 0.35)])));
    }
  } else {
    for (const x of [-0.27, 0, 0.27]) {
      const c = at(x * width, 0.9);
      scene.draw(ellipse(c, scene.scale(0.9) * 0.055, scene.scale(0.9) * 0.014, '#fffdf4', `stroke="${darken(palette.ceiling, 0.2)}"`));
    }
  }
}

function frameAndView(scene: Scene, random: Random, shell: Shell): void {
  const { palette, window } = shell;
  const o = bounds(scene, window);
  const unit = scene.scale(0);
  const view = drawView(scene, random, shell.view, o, palette.leaf);
  const clip = scene.clip(rect(o.x, o.y, o.w, o.h, '#000'));
  scene.draw(`<g ${clip}>${view}</g>`);
  // A band of sky mirrored in the pane.
  scene.draw(
    `<g ${clip}>${polygon(
      [
        { x: o.x + o.w * 0.12, y: o.y },
        { x: o.x + o.w * 0.34, y: o.y },
        { x: o.x + o.w * 0.1, y: o.y + o.h },
        { x: o.x - o.w * 0.12, y: o.y + o.h },
      ],
      '#ffffff',
      ' fill-opacity=".13"',
    )}</g>`,
  );
  const bar = unit * (palette.finish === 'brick' ? 0.035 : 0.05);
  const paint = palette.frame;
  const thin = unit * 0.024;
  const width = window.x1 - window.x0;
  const columns = palette.finish === 'brick' ? Math.max(3, Math.round(width / 0.42)) : Math.max(2, Math.round(width / 0.85));
  const rows = palette.finish === 'brick' ? 4 : 1;
  for (let i = 1; i < columns; i += 1) scene.draw(rect(o.x + (o.w * i) / columns - thin / 2, o.y, thin, o.h, paint));
  for (let i = 1; i < rows; i += 1) scene.draw(rect(o.x, o.y + (o.h * i) / rows - thin / 2, o.w, thin, paint));
  const edge = darken(paint, 0.24);
  scene.draw(rect(o.x, o.y, o.w, o.h, 'none', `stroke="${edge}" stroke-width="${px(bar * 1.2)}" stroke-opacity=".55"`));
  scene.draw(rect(o.x, o.y, o.w, o.h, 'none', `stroke="${paint}" stroke-width="${px(bar)}"`));
  scene.draw(rect(o.x - bar, o.y - bar * 1.4, o.w + bar * 2, bar, scene.vertical([0, lighten(paint, 0.3)], [1, darken(paint, 0.1)])));
  if (window.y0 > 0.2) {
    block(scene, { x0: window.x0 - 0.08, x1: window.x1 + 0.08, y0: window.y0 - 0.05, y1: window.y0, z0: 0, z1: 0.12 }, paint);
  }
}

function curtains(scene: Scene, random: Random, shell: Shell): void {
  const { palette, window } = shell;
  const { kind, colour } = palette.curtain;
  const o = bounds(scene, window);
  const unit = scene.scale(0);
  if (kind === 'none' || !shell.curtains) return;
  if (kind === 'blind') {
    const drop = o.h * random.between(0.18, 0.34);
    scene.draw(rect(o.x - 3, o.y - unit * 0.08, o.w + 6, drop, scene.vertical([0, lighten(colour, 0.15)], [1, darken(colour, 0.1)]), 'fill-opacity=".95"'));
    for (let y = 0; y < drop; y += unit * 0.035) {
      scene.draw(rect(o.x - 3, o.y - unit * 0.08 + y, o.w + 6, 1, darken(colour, 0.25), 'fill-opacity=".5"'));
    }
    return;
  }
  if (kind === 'shutters') {
    const w = Math.min(o.w * 0.2, unit * 0.42);
    for (const x of [o.x - w * 0.55, o.x + o.w - w * 0.45]) {
      scene.draw(rect(x, o.y - 4, w, o.h + 8, lighten(colour, 0.2), `stroke="${darken(colour, 0.16)}" stroke-width="1.5" rx="2"`));
      for (let y = unit * 0.07; y < o.h - unit * 0.05; y += unit * 0.07) {
        scene.draw(rect(x + w * 0.14, o.y + y, w * 0.72, unit * 0.052, scene.vertical([0, '#ffffff'], [1, darken(colour, 0.2)])));
      }
    }
    return;
  }
  const top = Math.min(scene.room.height - 0.08, window.y1 + 0.2);
  const bottom = 0.02;
  const sheer = kind === 'sheer';
  const rod = scene.at(window.x0 - 0.4, top, 0.06);
  const end = scene.at(window.x1 + 0.4, top, 0.06);
  for (const side of [-1, 1] as const) {
    const w = Math.min(0.5, (window.x1 - window.x0) * 0.24) * (sheer ? 1.25 : 1);
    const inner = side < 0 ? window.x0 + w * 0.45 : window.x1 - w * 0.45;
    const outer = inner + side * w * 1.05;
    const x0 = Math.min(inner, outer);
    const x1 = Math.max(inner, outer);
    const a = scene.at(x0, top, 0.06);
    const c = scene.at(x1, bottom, 0.06);
    const folds = 6;
    const step = (c.x - a.x) / folds;
    for (let i = 0; i < folds; i += 1) {
      const x = a.x + i * step;
      const sway = random.between(-0.16, 0.16) * step;
      const paint = scene.horizontal(
        [0, darken(colour, sheer ? 0.06 : 0.16)],
        [0.4, lighten(colour, 0.3)],
        [1, darken(colour, sheer ? 0.09 : 0.2)],
      );
      scene.draw(
        `<path d="M${px(x)} ${px(a.y)}L${px(x + step)} ${px(a.y)}Q${px(x + step + sway)} ${px((a.y + c.y) / 2)} ${px(x + step * 1.06)} ${px(c.y)}L${px(x - step * 0.06)} ${px(c.y)}Q${px(x + sway)} ${px((a.y + c.y) / 2)} ${px(x)} ${px(a.y)}Z" fill="${paint}" fill-opacity="${sheer ? 0.82 : 1}"/>`,
      );
    }
  }
  scene.draw(line(rod, end, palette.metal, unit * 0.022));
  for (const p of [rod, end]) scene.draw(ellipse(p, unit * 0.024, unit * 0.024, palette.metal));
}

/** The light that comes in: a glow on the wall around the window, and its panes on the floor. */
function beam(scene: Scene, shell: Shell): void {
  const { window } = shell;
  const { beam: power, sun } = scene.daylight;
  const o = bounds(scene, window);
  const c = { x: o.x + o.w / 2, y: o.y + o.h / 2 };
  scene.draw(ellipse(c, o.w * 1.5, o.h * 1.3, scene.radial([0, sun, 0.3 * power], [1, sun, 0])));
  const shift = -scene.lightFrom * 0.75;
  const panes = 2;
  const w = (window.x1 - window.x0) / panes;
  for (let i = 0; i < panes; i += 1) {
    const x0 = window.x0 + i * w + 0.04;
    const x1 = x0 + w - 0.08;
    const patch = [
      scene.at(x0 + shift * 0.4, 0, 0.5),
      scene.at(x1 + shift * 0.4, 0, 0.5),
      scene.at(x1 + shift * 1.9, 0, 2.2),
      scene.at(x0 + shift * 1.9, 0, 2.2),
    ];
    scene.draw(polygon(patch, scene.vertical([0, sun, 0.42 * power], [1, sun, 0.12 * power])));
  }
}

/** Floor, walls, ceiling, the window with what is seen through it, and the light that falls in. */
export function drawShell(scene: Scene, random: Random, shell: Shell): void {
  const { palette, wet } = shell;
  const { width, height } = scene.room;
  const half = width / 2;
  const back = bounds(scene, { x0: -half, x1: half, y0: 0, y1: height });
  const feature = wet ? palette.tile : palette.feature;
  const wall = wet ? palette.tile : palette.wall;
  ceiling(scene, palette, wet);
  for (const side of [-1, 1] as const) {
    // The wall that the window's light reaches is the one across from it.
    const colour = side === scene.lightFrom ? darken(wall, 0.13) : darken(wall, 0.04);
    const paint = scene.horizontal(
      ...(side < 0
        ? ([[0, darken(colour, 0.12)], [1, colour]] as const)
        : ([[0, colour], [1, darken(colour, 0.12)]] as const)),
    );
    scene.draw(polygon(sideWall(scene, side, 0, height), paint));
  }
  scene.draw(rect(back.x, back.y, back.w, back.h, scene.vertical([0, darken(feature, 0.05)], [0.5, feature], [1, darken(feature, 0.04)])));
  finish(scene, random, palette, wet);
  floor(scene, random, palette, wet);

  // Corners gather darkness.
  const dark = '#20160f';
  const w = back.w * 0.13;
  scene.draw(rect(back.x, back.y, w, back.h, scene.horizontal([0, dark, 0.17], [1, dark, 0])));
  scene.draw(rect(back.x + back.w - w, back.y, w, back.h, scene.horizontal([0, dark, 0], [1, dark, 0.17])));
  scene.draw(rect(back.x, back.y, back.w, back.h * 0.14, scene.vertical([0, dark, 0.14], [1, dark, 0])));
  if (!wet) {
    const skirting = palette.trim;
    for (const side of [-1, 1] as const) {
      scene.draw(polygon(sideWall(scene, side, 0, 0.12), darken(skirting, side === scene.lightFrom ? 0.2 : 0.08)));
      scene.draw(polygon(sideWall(scene, side, height - 0.07, height), darken(palette.ceiling, 0.1)));
    }
    block(scene, { x0: -half, x1: half, y0: 0, y1: 0.12, z0: 0, z1: 0.02 }, skirting);
    block(scene, { x0: -half, x1: half, y0: height - 0.07, y1: height, z0: 0, z1: 0.05 }, palette.ceiling);
  }
  frameAndView(scene, random, shell);
  beam(scene, shell);
  curtains(scene, random, shell);
}

/** No walls: the outside behind a deck of boards, as wide as the picture. */
export function drawDeck(scene: Scene, random: Random, palette: Palette, view: ViewKind): void {
  const edge = scene.at(0, 0, 0).y;
  // Trees end below the roof; what shows between its slats is sky.
  const top = scene.at(0, scene.room.height, 0).y;
  scene.draw(rect(0, 0, scene.width, top + 1, scene.daylight.sky[0]));
  scene.draw(drawView(scene, random, view, { x: 0, y: top, w: scene.width, h: edge + 4 - top }, palette.leaf));
  const kind = palette.floor.kind === 'concrete' ? 'concrete' : 'planks';
  const colour = kind === 'concrete' ? palette.floor.colour : mix(palette.floor.colour, '#8d7a66', 0.25);
  floor(scene, random, { ...palette, floor: { kind, colour } }, false, scene.room.width * 0.66);
  const sun = scene.daylight.sun;
  const shift = -scene.lightFrom;
  for (let i = -3; i < 5; i += 1) {
    const x = i * 0.7;
    const patch = [scene.at(x, 0, 0.1), scene.at(x + 0.42, 0, 0.1), scene.at(x + 0.42 + shift * 1.4, 0, 3), scene.at(x + shift * 1.4, 0, 3)];
    scene.draw(polygon(patch, scene.vertical([0, sun, 0.26 * scene.daylight.beam], [1, sun, 0.06 * scene.daylight.beam])));
  }
}
