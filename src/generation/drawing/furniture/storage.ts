import { darken, ink, lighten } from '../colour.js';
import type { Palette } from '../palettes.js';
import type { Random } from '../random.js';
import { px } from '../geometry.js';
import type { Scene } from '../scene.js';
import { block, boxShadow, ellipse, line, polygon, rect, wallShadow, type Box } from '../shapes.js';
import { bookRow, books, bowl, vase } from './decor.js';
import { tableLamp } from './lamps.js';
import { smallPlant } from './plants.js';

/** Doors or drawers on a front: `columns` fields with gaps and small handles. */
export function fronts(scene: Scene, palette: Palette, b: Box, columns: number, rows: number, colour: string, shaker: boolean, handles = palette.metal): void {
  const s = scene.scale(b.z1);
  const w = (b.x1 - b.x0) / columns;
  const h = (b.y1 - b.y0) / rows;
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      const p = scene.at(b.x0 + column * w, b.y1 - row * h, b.z1);
      const gap = Math.max(1, s * 0.006);
      scene.draw(rect(p.x + gap, p.y + gap, w * s - 2 * gap, h * s - 2 * gap, scene.vertical([0, lighten(colour, 0.1)], [1, darken(colour, 0.07)]), `stroke="${darken(colour, 0.34)}" stroke-opacity=".6" stroke-width="1"`));
      if (shaker) {
        const inset = Math.min(w, h) * s * 0.16;
        scene.draw(rect(p.x + inset, p.y + inset, w * s - 2 * inset, h * s - 2 * inset, 'none', `stroke="${darken(colour, 0.16)}" stroke-width="1.5"`));
      }
      const middle = p.x + (w * s) / 2;
      if (rows > 1 || columns === 1) {
        scene.draw(rect(middle - s * 0.05, p.y + h * s * 0.2, s * 0.1, Math.max(2, s * 0.014), handles, 'rx="1"'));
      } else {
        const x = column % 2 === 0 ? p.x + w * s * 0.88 : p.x + w * s * 0.1;
        scene.draw(rect(x, p.y + h * s * 0.34, Math.max(2, s * 0.014), Math.min(s * 0.16, h * s * 0.35), handles, 'rx="1"'));
      }
    }
  }
}

function legsBelow(scene: Scene, palette: Palette, b: Box): void {
  for (const z of [b.z0 + 0.06, b.z1 - 0.08]) {
    for (const x of [b.x0 + 0.1, b.x1 - 0.13]) {
      block(scene, { x0: x, x1: x + 0.035, y0: 0, y1: b.y0, z0: z, z1: z + 0.035 }, palette.legs === 'metal' ? palette.metal : palette.woodDark);
    }
  }
}

/**
 * A low unit with a television above it. `x` is the middle; it stands at the back wall. Over a photo the television is left
 * out: nobody knows what the wall has there, and it would hang in front of a window.
 */
export function mediaUnit(scene: Scene, random: Random, palette: Palette, x: number, width: number): void {
  const b: Box = { x0: x - width / 2, x1: x + width / 2, y0: 0.14, y1: 0.5, z0: 0.03, z1: 0.45 };
  boxShadow(scene, { ...b, y0: 0 }, 0.4);
  if (scene.lowered === undefined) television(scene, x, Math.min(1.35, width * 0.68));
  scene.place(0.4, () => {
    legsBelow(scene, palette, b);
    block(scene, b, palette.wood, 0.015);
    fronts(scene, palette, { ...b, x0: b.x0 + 0.03, x1: b.x1 - 0.03, y0: b.y0 + 0.03, y1: b.y1 - 0.03 }, 4, 1, random.chance(0.5) ? palette.wood : palette.cabinet, false);
    books(scene, random, palette, x - width * 0.36, 0.5, 0.25);
    if (palette.decor > 0.3) vase(scene, random, palette, x + width * 0.4, 0.5, 0.24, 0.9);
    if (palette.decor > 0.6) smallPlant(scene, random, palette, x - width * 0.44, 0.5, 0.3);
  });
}

/** `x` is its middle; it hangs on the back wall. */
function television(scene: Scene, x: number, width: number): void {
  const height = width * 0.5625;
  wallShadow(scene, x - width / 2, x + width / 2, 0.86, 0.86 + height, 0.3);
  scene.place(0.06, () => {
    block(scene, { x0: x - width / 2, x1: x + width / 2, y0: 0.86, y1: 0.86 + height, z0: 0.01, z1: 0.06 }, '#17181a', 0.01);
    const p = scene.at(x - width / 2 + 0.02, 0.84 + height, 0.06);
    const s = scene.scale(0.06);
    const w = (width - 0.04) * s;
    const h = (height - 0.04) * s;
    scene.draw(rect(p.x, p.y, w, h, scene.vertical([0, '#2f3a44'], [0.5, '#232a31'], [1, '#15181b'])));
    scene.draw(polygon([{ x: p.x + w * 0.1, y: p.y }, { x: p.x + w * 0.44, y: p.y }, { x: p.x + w * 0.16, y: p.y + h }, { x: p.x - 0, y: p.y + h }], '#ffffff', ' fill-opacity=".08"'));
  });
}

/** A cabinet for a dining room or hall, with a lamp and small things on it. */
export function sideboard(scene: Scene, random: Random, palette: Palette, x: number, width: number): void {
  const b: Box = { x0: x - width / 2, x1: x + width / 2, y0: 0.16, y1: 0.8, z0: 0.02, z1: 0.44 };
  boxShadow(scene, { ...b, y0: 0 }, 0.4);
  scene.place(0.4, () => {
    legsBelow(scene, palette, b);
    block(scene, b, palette.wood, 0.015);
    fronts(scene, palette, { ...b, x0: b.x0 + 0.03, x1: b.x1 - 0.03, y0: b.y0 + 0.03, y1: b.y1 - 0.04 }, Math.max(2, Math.round(width / 0.5)), 1, palette.legs === 'block' ? lighten(palette.wood, 0.08) : palette.wood, palette.finish === 'wainscot');
    tableLamp(scene, random, palette, x - width * 0.36, 0.8, 0.22);
    bowl(scene, random, palette, x + width * 0.04, 0.8, 0.24, 0.13);
    vase(scene, random, palette, x + width * 0.36, 0.8, 0.2, 1.15);
    if (palette.decor > 0.5) books(scene, random, palette, x + width * 0.2, 0.8, 0.26);
  });
}

/** Open shelves from the floor, filled. `x0` is the left edge. */
export function bookcase(scene: Scene, random: Random, palette: Palette, x0: number, width: number, height = 2.05): void {
  const b: Box = { x0, x1: x0 + width, y0: 0, y1: height, z0: 0, z1: 0.34 };
  boxShadow(scene, { ...b, y1: 0.1 }, 0.42);
  scene.place(0.34, () => {
    const metal = palette.legs === 'metal';
    const frame = metal ? palette.metal : palette.wood;
    const inside = scene.at(x0, height, 0.02);
    const s0 = scene.scale(0.02);
    scene.draw(rect(inside.x, inside.y, width * s0, height * s0, darken(palette.wood, 0.42), metal ? 'fill-opacity=".28"' : ''));
    const floors = 5;
    for (let i = 0; i < floors; i += 1) {
      const y = 0.06 + (i * (height - 0.1)) / floors;
      block(scene, { ...b, y0: y - 0.03, y1: y, z0: 0.02 }, metal ? palette.wood : frame);
      let x = x0 + 0.05;
      while (x < x0 + width - 0.18) {
        const what = random.whole(0, 5);
        if (what <= 2) {
          const w = Math.min(random.between(0.2, 0.38), x0 + width - 0.05 - x);
          bookRow(scene, random, palette, x, y, 0.3, w);
          x += w + 0.03;
        } else if (what === 3 && palette.decor > 0.3) {
          vase(scene, random, palette, x + 0.08, y, 0.25, 0.62);
          x += 0.2;
        } else if (what === 4) {
          smallPlant(scene, random, palette, x + 0.07, y, 0.26, i > 2);
          x += 0.18;
        } else {
          block(scene, { x0: x, x1: x + 0.22, y0: y, y1: y + 0.16, z0: 0.06, z1: 0.3 }, random.pick(['#c9a877', ...palette.pot]), 0.02);
          x += 0.26;
        }
      }
    }
    for (const x of [x0, x0 + width - 0.03]) block(scene, { ...b, x0: x, x1: x + 0.03 }, frame);
    block(scene, { ...b, y0: height - 0.03, y1: height }, frame);
  });
}

/** A board on the wall with a few things on it. */
export function wallShelf(scene: Scene, random: Random, palette: Palette, x: number, y: number, width: number): void {
  wallShadow(scene, x - width / 2, x + width / 2, y - 0.1, y, 0.25);
  scene.place(0.24, () => {
    block(scene, { x0: x - width / 2, x1: x + width / 2, y0: y - 0.035, y1: y, z0: 0, z1: 0.22 }, palette.wood);
    bookRow(scene, random, palette, x - width * 0.45, y, 0.18, width * 0.4);
    if (width > 0.7) vase(scene, random, palette, x + width * 0.12, y, 0.14, 0.6);
    smallPlant(scene, random, palette, x + width * 0.36, y, 0.15, true);
  });
}

/** A tall wardrobe at the back wall. `x0` is the left edge. */
export function wardrobe(scene: Scene, palette: Palette, x0: number, width: number): void {
  const b: Box = { x0, x1: x0 + width, y0: 0.04, y1: 2.25, z0: 0, z1: 0.58 };
  boxShadow(scene, { ...b, y1: 0.1 }, 0.42);
  scene.place(0.58, () => {
    const colour = palette.finish === 'wainscot' || palette.finish === 'panelling' ? palette.cabinet : palette.wood;
    block(scene, b, colour, 0.01);
    fronts(scene, palette, { ...b, x0: b.x0 + 0.03, x1: b.x1 - 0.03, y0: 0.1, y1: 2.2 }, Math.max(2, Math.round(width / 0.45)), 1, colour, palette.finish === 'wainscot');
    if (palette.finish === 'slats' || palette.finish === 'panelling') {
      const s = scene.scale(0.58);
      for (let x = b.x0 + 0.08; x < b.x1 - 0.05; x += 0.06) {
        const p = scene.at(x, 2.14, 0.58);
        scene.draw(rect(p.x, p.y, 1.2, 1.98 * s, ink(colour, 0.22), 'fill-opacity=".55"'));
      }
    }
  });
}

/** A desk with a screen, a lamp and the work of the day. It stands at the back wall. */
export function desk(scene: Scene, random: Random, palette: Palette, x: number, width: number): void {
  const b: Box = { x0: x - width / 2, x1: x + width / 2, y0: 0.71, y1: 0.75, z0: 0.08, z1: 0.78 };
  boxShadow(scene, { ...b, y0: 0, y1: 0.1 }, 0.3);
  scene.place(0.7, () => {
    const drawers: Box = { x0: b.x1 - 0.48, x1: b.x1 - 0.05, y0: 0.12, y1: 0.71, z0: 0.12, z1: 0.74 };
    for (const z of [0.12, 0.7]) block(scene, { x0: b.x0 + 0.04, x1: b.x0 + 0.09, y0: 0, y1: 0.71, z0: z, z1: z + 0.05 }, palette.legs === 'metal' ? palette.metal : palette.wood);
    block(scene, drawers, palette.cabinet, 0.008);
    fronts(scene, palette, drawers, 1, 3, palette.cabinet, false);
    block(scene, b, palette.wood, 0.01);
    const s = scene.scale(0.3);
    const screen = scene.at(x - 0.34, 1.3, 0.3);
    block(scene, { x0: x - 0.1, x1: x + 0.1, y0: 0.75, y1: 0.765, z0: 0.22, z1: 0.4 }, '#b9bdc0');
    scene.draw(rect(scene.at(x - 0.025, 1, 0.3).x, scene.at(0, 0.98, 0.3).y, 0.05 * s, 0.22 * s, '#a3a8ab'));
    block(scene, { x0: x - 0.36, x1: x + 0.36, y0: 0.9, y1: 1.32, z0: 0.27, z1: 0.3 }, '#25282b', 0.012);
    const w = 0.68 * s;
    const h = 0.37 * s;
    scene.draw(rect(screen.x, screen.y + 3, w, h, scene.vertical([0, '#7fa8c4'], [1, '#e6c9a5'])));
    const plan = { x: screen.x + w * 0.12, y: screen.y + h * 0.2 };
    scene.draw(rect(plan.x, plan.y, w * 0.46, h * 0.64, '#fdfcf9', 'fill-opacity=".92" rx="2"'));
    for (const [a, c, d, e] of [[0.06, 0.12, 0.3, 0.3], [0.4, 0.12, 0.5, 0.5], [0.06, 0.5, 0.24, 0.4]] as const) {
      scene.draw(rect(plan.x + w * 0.46 * a, plan.y + h * 0.64 * c, w * 0.46 * d, h * 0.64 * e, 'none', 'stroke="#6b7a86" stroke-width="1.2"'));
    }
    palette.accents.slice(0, 4).forEach((accent, i) => scene.draw(rect(screen.x + w * 0.66, plan.y + h * 0.17 * i, w * 0.22, h * 0.12, accent, 'rx="2"')));
    block(scene, { x0: x - 0.22, x1: x + 0.22, y0: 0.75, y1: 0.765, z0: 0.52, z1: 0.66 }, '#eceae6');
    const mouse = scene.at(x + 0.32, 0.765, 0.6);
    scene.draw(ellipse(mouse, s * 0.035, s * 0.02, '#f7f6f3', 'stroke="#00000033"'));
    const cup = scene.at(x - 0.4, 0.75, 0.56);
    scene.draw(rect(cup.x - s * 0.04, cup.y - s * 0.1, s * 0.08, s * 0.1, random.pick(palette.accents), `rx="${px(s * 0.015)}"`));
    books(scene, random, palette, x - width * 0.36, 0.75, 0.34);
    const arm = scene.at(x + width * 0.4, 0.75, 0.3);
    const elbow = { x: arm.x + s * 0.08, y: arm.y - s * 0.36 };
    const head = { x: arm.x - s * 0.14, y: arm.y - s * 0.5 };
    scene.draw(line(arm, elbow, palette.metal, s * 0.02) + line(elbow, head, palette.metal, s * 0.02));
    scene.draw(ellipse(arm, s * 0.08, s * 0.022, palette.metal));
    scene.draw(polygon([{ x: head.x - s * 0.02, y: head.y - s * 0.03 }, { x: head.x + s * 0.05, y: head.y + s * 0.01 }, { x: head.x + s * 0.03, y: head.y + s * 0.11 }, { x: head.x - s * 0.12, y: head.y + s * 0.03 }], random.pick([palette.metal, ...palette.accents])));
    scene.glow({ x: head.x - s * 0.04, y: head.y + s * 0.08 }, s * 0.42, 0.9);
  });
}

/** A cork or felt board over a desk, with swatches pinned to it. */
export function moodBoard(scene: Scene, random: Random, palette: Palette, x: number, y: number, w: number, h: number): void {
  wallShadow(scene, x - w / 2, x + w / 2, y - h / 2, y + h / 2, 0.25);
  scene.place(0.03, () => {
    const s = scene.scale(0.02);
    const a = scene.at(x - w / 2, y + h / 2, 0.02);
    scene.draw(rect(a.x, a.y, w * s, h * s, '#c9a877', `stroke="${palette.wood}" stroke-width="4"`));
    for (let i = 0; i < 9; i += 1) {
      const px0 = a.x + w * s * (0.08 + (i % 3) * 0.3);
      const py0 = a.y + h * s * (0.1 + Math.floor(i / 3) * 0.29);
      const turn = random.between(-7, 7);
      const colour = random.pick([...palette.accents, '#f7f3ea', palette.stone]);
      scene.draw(rect(px0, py0, w * s * random.between(0.18, 0.25), h * s * random.between(0.17, 0.24), colour, `transform="rotate(${px(turn)} ${px(px0)} ${px(py0)})"`));
    }
  });
}
