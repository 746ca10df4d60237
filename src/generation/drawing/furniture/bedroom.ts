import { darken, ink, lighten, mix } from '../colour.js';
import type { Palette } from '../palettes.js';
import type { Random } from '../random.js';
import { px } from '../geometry.js';
import type { Scene } from '../scene.js';
import { block, boxShadow, line, polygon, rect, wallShadow, type Box } from '../shapes.js';
import { books, candle } from './decor.js';
import { tableLamp } from './lamps.js';
import { cushion } from './seating.js';

function headboard(scene: Scene, random: Random, palette: Palette, x: number, width: number): void {
  const high = palette.legs === 'block' ? 0.92 : 1.22;
  const b: Box = { x0: x - width / 2 - 0.06, x1: x + width / 2 + 0.06, y0: 0.1, y1: high, z0: 0, z1: 0.1 };
  wallShadow(scene, b.x0, b.x1, 0.4, high, 0.3);
  const kind = random.whole(0, 2);
  const soft = kind === 0 && palette.finish !== 'slats';
  const colour = soft ? palette.seat : palette.wood;
  block(scene, b, colour, soft ? 0.08 : 0.02);
  const s = scene.scale(0.1);
  const p = scene.at(b.x0, high, 0.1);
  const w = (b.x1 - b.x0) * s;
  const h = (high - 0.4) * s;
  if (soft) {
    const fields = 5;
    for (let i = 1; i < fields; i += 1) scene.draw(rect(p.x + (w * i) / fields, p.y + 3, 2, h, darken(colour, 0.25), 'fill-opacity=".6"'));
  } else if (kind === 1) {
    for (let i = 1; i < 26; i += 1) scene.draw(rect(p.x + (w * i) / 26, p.y + 4, 1.6, h, ink(colour, 0.3), 'fill-opacity=".6"'));
  } else {
    const inset = s * 0.06;
    scene.draw(rect(p.x + inset, p.y + inset, w - 2 * inset, h, mix(colour, '#e9d5ae', 0.45), 'rx="3"'));
    for (let i = 0; i < 24; i += 1) {
      const at = p.x + inset + ((w - 2 * inset) * i) / 24;
      scene.draw(line({ x: at, y: p.y + inset }, { x: at + 14, y: p.y + h }, darken(colour, 0.2), 1, 'stroke-opacity=".5"'));
      scene.draw(line({ x: at + 14, y: p.y + inset }, { x: at, y: p.y + h }, darken(colour, 0.2), 1, 'stroke-opacity=".5"'));
    }
  }
}

/** A bed with its head at the back wall. */
export function bed(scene: Scene, random: Random, palette: Palette, x: number, width: number, length = 2.05): void {
  const x0 = x - width / 2;
  const x1 = x + width / 2;
  boxShadow(scene, { x0, x1, y0: 0, y1: 0.1, z0: 0, z1: length }, 0.48, 0.22);
  scene.place(length - 0.1, () => {
    headboard(scene, random, palette, x, width);
    const frame = palette.wood;
    for (const lx of [x0 + 0.04, x1 - 0.1]) block(scene, { x0: lx, x1: lx + 0.06, y0: 0, y1: 0.2, z0: length - 0.14, z1: length - 0.06 }, palette.legs === 'metal' ? palette.metal : palette.woodDark);
    block(scene, { x0: x0 - 0.02, x1: x1 + 0.02, y0: 0.16, y1: 0.32, z0: 0.08, z1: length }, frame, 0.02);
    block(scene, { x0, x1, y0: 0.3, y1: 0.52, z0: 0.1, z1: length - 0.02 }, lighten(palette.bedding, 0.1), 0.06);

    // Pillows lean on the headboard, sleeping ones behind, the show ones before.
    const count = width > 1.3 ? 2 : 1;
    const each = width / count;
    for (let row = 0; row < 2; row += 1) {
      for (let i = 0; i < count; i += 1) {
        const z = 0.24 + row * 0.2;
        const shrink = row * 0.07;
        const colour = row === 0 ? palette.bedding : mix(palette.throwColour, palette.bedding, random.pick([0.1, 0.6]));
        block(scene, { x0: x0 + i * each + 0.05 + shrink, x1: x0 + (i + 1) * each - 0.05 - shrink, y0: 0.5, y1: 0.92 - row * 0.1, z0: z - 0.1, z1: z + 0.05 }, colour, 0.13);
      }
    }
    if (palette.decor > 0.35) cushion(scene, random, scene.at(x, 0.53, 0.62), scene.scale(0.62) * 0.36, random.pick(palette.accents));

    // The quilt: over the mattress and a little down its sides.
    const quilt = mix(palette.bedding, '#ffffff', 0.15);
    const fold = 0.78;
    block(scene, { x0: x0 - 0.03, x1: x1 + 0.03, y0: 0.3, y1: 0.57, z0: fold, z1: length + 0.015 }, quilt, 0.07);
    const turn = [scene.at(x0 - 0.03, 0.575, fold), scene.at(x1 + 0.03, 0.575, fold), scene.at(x1 + 0.03, 0.575, fold + 0.26), scene.at(x0 - 0.03, 0.575, fold + 0.26)];
    scene.draw(polygon(turn, scene.vertical([0, lighten(quilt, 0.3)], [1, darken(quilt, 0.06)])));
    scene.draw(line(turn[3] ?? { x: 0, y: 0 }, turn[2] ?? { x: 0, y: 0 }, darken(quilt, 0.2), 1.6, 'stroke-opacity=".6"'));
    for (let i = 0; i < 7; i += 1) {
      const from = scene.at(random.between(x0 + 0.1, x1 - 0.1), 0.575, fold + 0.3);
      const to = scene.at(random.between(x0 + 0.05, x1 - 0.05), 0.575, length - 0.05);
      scene.draw(`<path d="M${px(from.x)} ${px(from.y)}Q${px((from.x + to.x) / 2 + random.between(-18, 18))} ${px((from.y + to.y) / 2)} ${px(to.x)} ${px(to.y)}" fill="none" stroke="${darken(quilt, 0.28)}" stroke-opacity=".22" stroke-width="${px(random.between(2, 5))}"/>`);
    }
    // A throw across the foot.
    const cloth = palette.throwColour;
    const a = length - 0.62;
    const c = length - 0.16;
    block(scene, { x0: x0 - 0.05, x1: x1 + 0.05, y0: 0.36, y1: 0.59, z0: a, z1: c }, cloth, 0.05);
    const front = scene.at(x0 - 0.05, 0.59, c);
    const s = scene.scale(c);
    const w = (x1 - x0 + 0.1) * s;
    scene.draw(rect(front.x, front.y, w, 3, lighten(cloth, 0.2), 'fill-opacity=".6"'));
    for (const part of [0.25, 0.5, 0.75]) {
      const z = a + (c - a) * part;
      scene.draw(line(scene.at(x0 - 0.03, 0.592, z), scene.at(x1 + 0.03, 0.592, z), ink(cloth, 0.25), 2, 'stroke-opacity=".5"'));
    }
  });
}

/** A bedside table with a lamp, a book and a cup. */
export function bedside(scene: Scene, random: Random, palette: Palette, x: number): void {
  const b: Box = { x0: x - 0.22, x1: x + 0.22, y0: 0.14, y1: 0.54, z0: 0.04, z1: 0.44 };
  boxShadow(scene, { ...b, y0: 0, y1: 0.1 }, 0.36);
  scene.place(0.44, () => {
    for (const dx of [b.x0 + 0.03, b.x1 - 0.06]) block(scene, { x0: dx, x1: dx + 0.03, y0: 0, y1: 0.14, z0: 0.38, z1: 0.41 }, palette.woodDark);
    block(scene, b, palette.wood, 0.015);
    const p = scene.at(b.x0, b.y1, b.z1);
    const s = scene.scale(b.z1);
    for (const row of [0, 1]) {
      scene.draw(rect(p.x + 0.03 * s, p.y + (0.04 + row * 0.18) * s, 0.38 * s, 0.15 * s, lighten(palette.wood, 0.06), `stroke="${darken(palette.wood, 0.3)}" stroke-width="1"`));
      scene.draw(rect(p.x + 0.17 * s, p.y + (0.09 + row * 0.18) * s, 0.1 * s, 3, palette.metal, 'rx="1"'));
    }
    tableLamp(scene, random, palette, x - 0.04, 0.54, 0.22);
    books(scene, random, palette, x + 0.04, 0.54, 0.34);
    if (palette.decor > 0.6) candle(scene, palette, x + 0.15, 0.54, 0.2);
  });
}
