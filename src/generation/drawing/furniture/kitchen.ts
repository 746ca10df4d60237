import { brightness, darken, lighten, mix } from '../colour.js';
import type { Palette } from '../palettes.js';
import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import { block, boxShadow, ellipse, lathe, line, rect, wallShadow, type Box } from '../shapes.js';
import { bowl, vase } from './decor.js';
import { smallPlant } from './plants.js';
import { fronts } from './storage.js';

const shaker = (palette: Palette): boolean => palette.finish === 'wainscot' || palette.finish === 'panelling';

/** Tiles on a piece of the back wall. */
export function splashback(scene: Scene, random: Random, palette: Palette, x0: number, x1: number, y0: number, y1: number): void {
  scene.place(0.001, () => {
    const s = scene.scale(0);
    const a = scene.at(x0, y1, 0);
    const colour = palette.tile;
    const grout = brightness(colour) > 0.8 ? darken(colour, 0.16) : lighten(colour, 0.4);
    scene.draw(rect(a.x, a.y, (x1 - x0) * s, (y1 - y0) * s, grout));
    const upright = random.chance(0.4);
    const w = upright ? 0.075 : 0.16;
    const h = upright ? 0.19 : 0.078;
    for (let y = y0, row = 0; y < y1; y += h, row += 1) {
      for (let x = x0 - (row % 2) * (upright ? 0 : w / 2); x < x1; x += w) {
        const left = Math.max(x0, x);
        const top = Math.min(y1, y + h);
        const p = scene.at(left, top, 0);
        const tone = mix(random.chance(0.5) ? lighten(colour, 0.3) : darken(colour, 0.1), colour, random.between(0.2, 1));
        scene.draw(rect(p.x + 0.7, p.y + 0.7, (Math.min(x1, x + w) - left) * s - 1.4, (top - y) * s - 1.4, tone));
      }
    }
  });
}

/** Base cabinets with a bench along the back wall from x0 to x1; cooktop and oven, or sink, where they are given. */
export function bench(scene: Scene, random: Random, palette: Palette, x0: number, x1: number, parts: { oven?: number; sink?: number }): void {
  const b: Box = { x0, x1, y0: 0.1, y1: 0.87, z0: 0, z1: 0.6 };
  boxShadow(scene, { ...b, y0: 0, y1: 0.1 }, 0.4);
  scene.place(0.6, () => {
    block(scene, { ...b, y0: 0, y1: 0.1, z1: 0.52 }, darken(palette.cabinet, 0.5));
    block(scene, b, palette.cabinet, 0.004);
    const columns = Math.max(1, Math.round((x1 - x0) / 0.5));
    const drawerTop = 0.68;
    fronts(scene, palette, { ...b, y0: drawerTop, y1: 0.865 }, columns, 1, palette.cabinet, false);
    fronts(scene, palette, { ...b, y0: 0.11, y1: drawerTop }, columns, 1, palette.cabinet, shaker(palette));
    if (parts.oven !== undefined) {
      const s = scene.scale(0.6);
      const p = scene.at(parts.oven - 0.3, 0.86, 0.6);
      scene.draw(rect(p.x, p.y, 0.6 * s, 0.74 * s, scene.vertical([0, '#c9cccd'], [1, '#9a9ea0'])));
      scene.draw(rect(p.x + 0.03 * s, p.y + 0.17 * s, 0.54 * s, 0.5 * s, scene.vertical([0, '#3a3e42'], [1, '#17191b']), 'rx="3"'));
      scene.draw(rect(p.x + 0.06 * s, p.y + 0.13 * s, 0.48 * s, 0.025 * s, '#e9ebec', 'rx="2"'));
      for (let i = 0; i < 4; i += 1) scene.draw(ellipse({ x: p.x + (0.12 + i * 0.12) * s, y: p.y + 0.065 * s }, 0.022 * s, 0.022 * s, '#4c5053'));
    }
    block(scene, { x0: x0 - 0.01, x1: x1 + 0.01, y0: 0.87, y1: 0.915, z0: 0, z1: 0.63 }, palette.stone, 0.006);
    if (parts.oven !== undefined) {
      block(scene, { x0: parts.oven - 0.28, x1: parts.oven + 0.28, y0: 0.915, y1: 0.92, z0: 0.1, z1: 0.52 }, '#1f2123');
      for (const [dx, z] of [[-0.14, 0.2], [0.14, 0.2], [-0.14, 0.4], [0.14, 0.4]] as const) {
        const c = scene.at(parts.oven + dx, 0.925, z);
        scene.draw(ellipse(c, scene.scale(z) * 0.085, scene.scale(z) * 0.022, 'none', 'stroke="#6d7276" stroke-width="1.5"'));
      }
      lathe(scene, parts.oven - 0.14, 0.22, [[0.925, 0.1], [1.05, 0.1]], random.pick([...palette.accents, '#c9cccd']), false);
    }
    if (parts.sink !== undefined) {
      const s = scene.scale(0.2);
      block(scene, { x0: parts.sink - 0.3, x1: parts.sink + 0.3, y0: 0.916, y1: 0.917, z0: 0.16, z1: 0.5 }, '#8f9598');
      const base = scene.at(parts.sink, 0.915, 0.12);
      const metal = palette.metal;
      scene.draw(`<path d="M${base.x.toFixed(1)} ${base.y.toFixed(1)}v${(-0.2 * s).toFixed(1)}a${(0.09 * s).toFixed(1)} ${(0.09 * s).toFixed(1)} 0 0 1 ${(0.18 * s).toFixed(1)} 0v${(0.03 * s).toFixed(1)}" fill="none" stroke="${metal}" stroke-width="${(0.028 * s).toFixed(1)}" stroke-linecap="round"/>`);
    }
  });
}

/** The things that stand on a kitchen bench. */
export function benchThings(scene: Scene, random: Random, palette: Palette, x0: number, x1: number): void {
  scene.place(0.601, () => {
    const count = Math.floor((x1 - x0) / 0.38);
    const things = random.shuffle([0, 1, 2, 3, 4, 1, 3]);
    for (let i = 0; i < count; i += 1) {
      const x = x0 + ((i + 0.5) * (x1 - x0)) / count;
      const what = things[i % things.length] ?? 0;
      if (what === 0) {
        block(scene, { x0: x - 0.13, x1: x + 0.13, y0: 0.915, y1: 1.24, z0: 0.04, z1: 0.06 }, palette.wood, 0.05);
        block(scene, { x0: x - 0.02, x1: x + 0.16, y0: 0.915, y1: 1.14, z0: 0.07, z1: 0.085 }, palette.woodDark, 0.05);
      } else if (what === 1) {
        for (const [dx, h] of [[-0.09, 0.2], [0.03, 0.16], [0.13, 0.12]] as const) {
          lathe(scene, x + dx, 0.16, [[0.915, 0.048], [0.915 + h, 0.048]], mix('#e7ddcb', palette.pot[0] ?? '#cccccc', 0.3));
          lathe(scene, x + dx, 0.16, [[0.915 + h, 0.05], [0.915 + h + 0.02, 0.05]], palette.wood);
        }
      } else if (what === 2) vase(scene, random, palette, x, 0.915, 0.2, 1);
      else if (what === 3) smallPlant(scene, random, palette, x, 0.915, 0.18);
      else {
        block(scene, { x0: x - 0.12, x1: x + 0.12, y0: 0.915, y1: 1.09, z0: 0.08, z1: 0.24 }, random.pick([palette.metal, ...palette.accents]), 0.05);
        const slot = scene.at(x, 1.09, 0.16);
        scene.draw(line({ x: slot.x - 16, y: slot.y }, { x: slot.x + 16, y: slot.y }, '#2b2b2b', 2));
      }
    }
  });
}

/** Wall cabinets between x0 and x1. */
export function wallCabinets(scene: Scene, palette: Palette, x0: number, x1: number, y0 = 1.5, y1 = 2.25): void {
  if (x1 - x0 < 0.3) return;
  wallShadow(scene, x0, x1, y0, y1, 0.3);
  scene.place(0.33, () => {
    const b: Box = { x0, x1, y0, y1, z0: 0, z1: 0.33 };
    block(scene, b, palette.cabinet, 0.004);
    fronts(scene, palette, b, Math.max(1, Math.round((x1 - x0) / 0.45)), 1, palette.cabinet, shaker(palette));
    const glow = scene.at((x0 + x1) / 2, y0 - 0.05, 0.1);
    scene.glow(glow, scene.scale(0) * 0.5, 0.35);
  });
}

/** Two open shelves with plates and jars. */
export function openShelves(scene: Scene, random: Random, palette: Palette, x0: number, x1: number): void {
  if (x1 - x0 < 0.3) return;
  scene.place(0.28, () => {
    for (const y of [1.42, 1.8]) {
      let x = x0 + 0.06;
      while (x < x1 - 0.12) {
        const what = random.whole(0, 3);
        if (what === 0) {
          for (let i = 0; i < 4; i += 1) lathe(scene, x + 0.08, 0.14, [[y + i * 0.018, 0.06], [y + i * 0.018 + 0.014, 0.085]], lighten(palette.stone, 0.3));
          x += 0.2;
        } else if (what === 1) {
          lathe(scene, x + 0.05, 0.13, [[y, 0.045], [y + 0.1, 0.05]], random.pick([...palette.pot, ...palette.accents]), true);
          x += 0.13;
        } else if (what === 2) {
          lathe(scene, x + 0.05, 0.13, [[y, 0.05], [y + 0.16, 0.05], [y + 0.19, 0.035], [y + 0.22, 0.038]], '#dfe6df');
          x += 0.14;
        } else {
          smallPlant(scene, random, palette, x + 0.07, y, 0.14, true);
          x += 0.19;
        }
      }
      block(scene, { x0, x1, y0: y - 0.04, y1: y, z0: 0, z1: 0.24 }, palette.wood);
    }
  });
}

/** A hood over the cooktop. */
export function hood(scene: Scene, palette: Palette, x: number): void {
  scene.place(0.35, () => {
    const colour = palette.legs === 'metal' ? '#b9bdbf' : palette.cabinet;
    block(scene, { x0: x - 0.16, x1: x + 0.16, y0: 1.75, y1: scene.room.height, z0: 0, z1: 0.28 }, colour);
    block(scene, { x0: x - 0.34, x1: x + 0.34, y0: 1.6, y1: 1.76, z0: 0, z1: 0.42 }, colour, 0.02);
    scene.glow(scene.at(x, 1.58, 0.2), scene.scale(0) * 0.45, 0.4);
  });
}

export function fridge(scene: Scene, palette: Palette, x0: number): void {
  const b: Box = { x0, x1: x0 + 0.76, y0: 0.03, y1: 1.86, z0: 0, z1: 0.68 };
  boxShadow(scene, { ...b, y1: 0.1 }, 0.42);
  scene.place(0.68, () => {
    const steel = palette.finish === 'wainscot' || palette.decor < 0.3 ? palette.cabinet : '#b4b9bc';
    block(scene, { ...b, y0: 1.9, y1: 2.25, x0: x0 - 0.02, x1: x0 + 0.78 }, palette.cabinet);
    block(scene, b, steel, 0.015);
    const s = scene.scale(0.68);
    const p = scene.at(x0, 1.86, 0.68);
    scene.draw(rect(p.x, p.y + 1.14 * s, 0.76 * s, 2, darken(steel, 0.35)));
    scene.draw(rect(p.x + 0.375 * s, p.y, 2, 1.14 * s, darken(steel, 0.35)));
    for (const dx of [0.33, 0.42]) scene.draw(rect(p.x + dx * s, p.y + 0.4 * s, 0.018 * s, 0.55 * s, palette.metal, 'rx="2"'));
    scene.draw(rect(p.x + 0.16 * s, p.y + 1.22 * s, 0.44 * s, 0.02 * s, palette.metal, 'rx="2"'));
  });
}

/** The island: its front, a thick top that falls down its ends, and fruit on it. */
export function island(scene: Scene, random: Random, palette: Palette, x: number, z: number, width: number): void {
  const b: Box = { x0: x - width / 2, x1: x + width / 2, y0: 0, y1: 0.87, z0: z - 0.4, z1: z + 0.28 };
  boxShadow(scene, { ...b, y1: 0.1 }, 0.42);
  scene.place(z + 0.28, () => {
    const waterfall = random.chance(0.6);
    const front = random.chance(0.5) ? palette.cabinet : mix(palette.accents[0] ?? palette.cabinet, palette.cabinet, 0.35);
    block(scene, b, front, 0.004);
    const s = scene.scale(b.z1);
    const p = scene.at(b.x0, 0.87, b.z1);
    if (shaker(palette)) fronts(scene, palette, { ...b, y0: 0.1 }, Math.max(2, Math.round(width / 0.6)), 1, front, true, front);
    else {
      for (let dx = 0.05; dx < width; dx += 0.055) scene.draw(rect(p.x + dx * s, p.y, 1.6, 0.87 * s, darken(front, 0.24), 'fill-opacity=".55"'));
    }
    scene.draw(rect(p.x, p.y + 0.8 * s, width * s, 0.07 * s, '#1d1410', 'fill-opacity=".35"'));
    if (waterfall) for (const x0 of [b.x0 - 0.03, b.x1 - 0.02]) block(scene, { ...b, x0, x1: x0 + 0.05, z1: b.z1 + 0.04 }, palette.stone);
    const top: Box = { x0: b.x0 - 0.05, x1: b.x1 + 0.05, y0: 0.87, y1: 0.925, z0: b.z0 - 0.03, z1: b.z1 + 0.16 };
    block(scene, top, palette.stone, 0.006);
    // Veins in the stone.
    for (let i = 0; i < 5; i += 1) {
      const from = scene.at(random.between(top.x0, top.x1), 0.925, top.z0);
      const to = scene.at(random.between(top.x0 + 0.1, top.x1 - 0.1), 0.925, top.z1);
      scene.draw(line(from, to, darken(palette.stone, 0.3), 1.3, 'stroke-opacity=".16"'));
    }
    bowl(scene, random, palette, x - width * 0.2, 0.925, z - 0.05, 0.17);
    vase(scene, random, palette, x + width * 0.26, 0.925, z - 0.12, 1.3);
    block(scene, { x0: x - 0.02, x1: x + 0.3, y0: 0.925, y1: 0.945, z0: z - 0.1, z1: z + 0.12 }, palette.wood, 0.008);
  });
}
