import { darken, lighten } from '../colour.js';
import type { Palette } from '../palettes.js';
import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import { block, boxShadow, cylinder, ellipse, line, polygon, roundShadow, type Box } from '../shapes.js';
import { bowl, books, candle, vase } from './decor.js';

const box = (x: number, z: number, w: number, d: number, y0: number, y1: number): Box => ({
  x0: x - w / 2,
  x1: x + w / 2,
  y0,
  y1,
  z0: z - d / 2,
  z1: z + d / 2,
});

function legs(scene: Scene, palette: Palette, x: number, z: number, w: number, d: number, top: number): void {
  const thick = palette.legs === 'block' ? 0.08 : 0.04;
  const colour = palette.legs === 'metal' ? palette.metal : darken(palette.wood, 0.15);
  for (const dz of [-1, 1]) {
    for (const dx of [-1, 1]) {
      const px = x + dx * (w / 2 - 0.07);
      const pz = z + dz * (d / 2 - 0.07);
      if (palette.legs === 'tapered') {
        const s = scene.scale(pz);
        const a = scene.at(px - dx * 0.03, top, pz);
        const b = scene.at(px + dx * 0.03, 0, pz);
        scene.draw(
          polygon(
            [
              { x: a.x - s * 0.026, y: a.y },
              { x: a.x + s * 0.026, y: a.y },
              { x: b.x + s * 0.013, y: b.y },
              { x: b.x - s * 0.013, y: b.y },
            ],
            colour,
          ),
        );
      } else {
        block(scene, box(px, pz, thick, thick, 0, top), colour);
      }
    }
  }
}

/** The low table before a sofa, with the things that lie on one. Round, or a slab on legs. */
export function coffeeTable(scene: Scene, random: Random, palette: Palette, x: number, z: number, width: number): void {
  const round = random.chance(0.45);
  const high = 0.38;
  const colour = random.chance(0.3) ? palette.stone : palette.wood;
  if (round) roundShadow(scene, x, z, width * 0.42);
  else boxShadow(scene, box(x, z, width, 0.58, 0, high), 0.26);
  scene.place(z, () => {
    if (round) {
      const r = width * 0.42;
      if (palette.legs === 'block') {
        cylinder(scene, x, z, 0, high - 0.05, r * 0.6, darken(colour, 0.12));
      } else {
        const s = scene.scale(z) * 0.035;
        for (let i = 0; i < 4; i += 1) {
          const angle = (i / 4) * Math.PI * 2 + 0.6;
          const dx = Math.cos(angle) * r;
          const dz = Math.sin(angle) * r;
          scene.draw(line(scene.at(x + dx * 0.55, high, z + dz * 0.55), scene.at(x + dx * 0.8, 0, z + dz * 0.8), palette.legs === 'metal' ? palette.metal : palette.woodDark, s));
        }
      }
      cylinder(scene, x, z, high - 0.05, high, r, colour);
    } else {
      if (random.chance(0.5)) block(scene, box(x, z, width * 0.86, 0.44, 0.12, 0.15), darken(colour, 0.08));
      legs(scene, palette, x, z, width, 0.56, high - 0.05);
      block(scene, box(x, z, width, 0.56, high - 0.05, high), colour, 0.012);
      sheen(scene, box(x, z, width, 0.56, high, high));
    }
    books(scene, random, palette, x - width * 0.2, high, z + 0.04);
    if (palette.decor > 0.3) candle(scene, palette, x + width * 0.02, high, z + 0.12);
    if (random.chance(0.5)) vase(scene, random, palette, x + width * 0.2, high, z - 0.02, 0.8);
    else bowl(scene, random, palette, x + width * 0.2, high, z - 0.02, 0.13);
  });
}

/** Daylight that slides over a table top. */
function sheen(scene: Scene, b: Box): void {
  const w = b.x1 - b.x0;
  const from = scene.lightFrom < 0 ? b.x0 + w * 0.08 : b.x1 - w * 0.42;
  scene.draw(
    polygon(
      [scene.at(from, b.y1, b.z0), scene.at(from + w * 0.3, b.y1, b.z0), scene.at(from + w * 0.34, b.y1, b.z1), scene.at(from, b.y1, b.z1)],
      '#ffffff',
      ' fill-opacity=".14"',
    ),
  );
}

/** A small round table; `put` draws what stands on it, given the height of its top. */
export function sideTable(scene: Scene, palette: Palette, x: number, z: number, put: (top: number) => void): void {
  const top = 0.52;
  roundShadow(scene, x, z, 0.2);
  scene.place(z, () => {
    cylinder(scene, x, z, 0, 0.02, 0.13, palette.metal);
    cylinder(scene, x, z, 0.02, top - 0.03, 0.022, palette.metal);
    cylinder(scene, x, z, top - 0.03, top, 0.22, palette.wood);
    put(top);
  });
}

/** A dining or work table; `round` for small rooms. */
export function table(scene: Scene, palette: Palette, x: number, z: number, w: number, d: number, round = false, high = 0.74): void {
  const colour = palette.wood;
  if (round) roundShadow(scene, x, z, w / 2, 0.3);
  else boxShadow(scene, box(x, z, w, d, 0, high), 0.28);
  scene.place(z, () => {
    if (round) {
      cylinder(scene, x, z, 0, 0.03, w * 0.24, darken(colour, 0.2));
      cylinder(scene, x, z, 0.03, high - 0.04, 0.07, darken(colour, 0.2));
      cylinder(scene, x, z, high - 0.04, high, w / 2, colour);
      return;
    }
    legs(scene, palette, x, z, w, d, high - 0.04);
    block(scene, box(x, z, w - 0.1, d - 0.1, high - 0.1, high - 0.04), darken(colour, 0.14));
    block(scene, box(x, z, w, d, high - 0.045, high), colour, 0.01);
    sheen(scene, box(x, z, w, d, high, high));
  });
}

/** Plates, glasses and napkins along the table's near and far side. */
export function setting(scene: Scene, palette: Palette, x: number, z: number, w: number, d: number, high = 0.74): void {
  scene.place(z + 0.001, () => {
    const count = Math.max(2, Math.round(w / 0.6));
    for (let i = 0; i < count; i += 1) {
      const px = x - w / 2 + (w * (i + 0.5)) / count;
      for (const dz of [-d * 0.3, d * 0.3]) {
        const c = scene.at(px, high + 0.005, z + dz);
        const s = scene.scale(z + dz);
        const flat = 0.24;
        scene.draw(ellipse(c, s * 0.13, s * 0.13 * flat, lighten(palette.stone, 0.4), 'stroke="#00000022"'));
        scene.draw(ellipse(c, s * 0.085, s * 0.085 * flat, palette.accents[1] ?? palette.stone, 'fill-opacity=".75"'));
        cylinder(scene, px + 0.17, z + dz - 0.05, high, high + 0.1, 0.026, '#e8f0f0');
      }
    }
  });
}
