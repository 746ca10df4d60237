import { darken, lighten, mix } from '../colour.js';
import type { Palette } from '../palettes.js';
import type { Random } from '../random.js';
import { px } from '../geometry.js';
import type { Scene } from '../scene.js';
import { block, boxShadow, ellipse, flattened, lathe, line, polygon, rect, roundShadow, wallShadow, type Box } from '../shapes.js';
import { candle, vase } from './decor.js';
import { smallPlant } from './plants.js';
import { fronts } from './storage.js';

/** A vanity at the back wall with one or two basins, tap, and what one needs in the morning. */
export function vanity(scene: Scene, random: Random, palette: Palette, x: number, width: number): void {
  const b: Box = { x0: x - width / 2, x1: x + width / 2, y0: 0.36, y1: 0.84, z0: 0, z1: 0.5 };
  boxShadow(scene, { ...b, y0: 0, y1: 0.1 }, 0.34);
  scene.place(0.5, () => {
    const colour = palette.finish === 'wainscot' || palette.finish === 'panelling' ? palette.cabinet : palette.wood;
    block(scene, b, colour, 0.01);
    fronts(scene, palette, b, Math.max(2, Math.round(width / 0.5)), palette.finish === 'wainscot' ? 1 : 2, colour, palette.finish === 'wainscot');
    block(scene, { ...b, x0: b.x0 - 0.015, x1: b.x1 + 0.015, y0: 0.84, y1: 0.875, z1: 0.52 }, palette.stone);
    const basins = width > 1.3 ? [-0.26, 0.26] : [0];
    for (const part of basins) {
      const bx = x + part * width;
      const white = mix('#fbfaf8', palette.stone, palette.decor < 0.5 ? 0.35 : 0.05);
      lathe(scene, bx, 0.27, [[0.875, 0.13], [0.94, 0.19], [1, 0.2]], white, true);
      const top = scene.at(bx, 0.995, 0.27);
      const flat = flattened(scene, 0.185, 1, 0.27);
      scene.draw(ellipse(top, flat.rx, flat.ry, scene.vertical([0, darken(white, 0.3)], [1, darken(white, 0.1)])));
      const s = scene.scale(0.06);
      const tap = scene.at(bx, 1.12, 0.05);
      scene.draw(`<path d="M${px(tap.x)} ${px(tap.y)}q0 ${px(s * 0.015)} 0 ${px(s * 0.05)}" stroke="${palette.metal}" stroke-width="${px(s * 0.03)}" fill="none" stroke-linecap="round"/>`);
      scene.draw(ellipse({ x: tap.x + s * 0.12, y: tap.y }, s * 0.025, s * 0.025, palette.metal));
    }
    lathe(scene, x + width * 0.42, 0.2, [[0.875, 0.032], [1, 0.032], [1.02, 0.012], [1.05, 0.012]], darken(palette.accents[0] ?? palette.metal, 0.1));
    if (width < 1.3) vase(scene, random, palette, x - width * 0.38, 0.875, 0.2, 0.75);
    else smallPlant(scene, random, palette, x, 0.875, 0.2);
  });
}

/** A free-standing bath, long side to the viewer. */
export function bath(scene: Scene, random: Random, palette: Palette, x: number, z: number, length = 1.6): void {
  const half = length / 2;
  boxShadow(scene, { x0: x - half * 0.86, x1: x + half * 0.86, y0: 0, y1: 0.1, z0: z - 0.3, z1: z + 0.3 }, 0.45);
  scene.place(z + 0.2, () => {
    const colour = palette.decor < 0.5 ? mix('#f7f5f1', palette.stone, 0.2) : '#fbfaf8';
    const rim = scene.at(x, 0.6, z);
    const foot = scene.at(x, 0.02, z);
    const s = scene.scale(z);
    const rx = half * s;
    const ry = flattened(scene, 0.36, 0.6, z).ry;
    const bx = rx * 0.8;
    const by = flattened(scene, 0.27, 0, z).ry;
    const paint = scene.horizontal([0, darken(colour, 0.16)], [0.25, lighten(colour, 0.5)], [0.7, darken(colour, 0.05)], [1, darken(colour, 0.22)]);
    scene.draw(`<path d="M${px(rim.x - rx)} ${px(rim.y)}C${px(rim.x - rx)} ${px(rim.y + s * 0.3)} ${px(foot.x - bx)} ${px(foot.y - s * 0.12)} ${px(foot.x - bx)} ${px(foot.y)}A${px(bx)} ${px(by)} 0 0 0 ${px(foot.x + bx)} ${px(foot.y)}C${px(foot.x + bx)} ${px(foot.y - s * 0.12)} ${px(rim.x + rx)} ${px(rim.y + s * 0.3)} ${px(rim.x + rx)} ${px(rim.y)}Z" fill="${paint}"/>`);
    scene.draw(ellipse(rim, rx, ry, lighten(colour, 0.4), `stroke="${darken(colour, 0.12)}" stroke-width="1"`));
    scene.draw(ellipse({ x: rim.x, y: rim.y + 1 }, rx * 0.94, ry * 0.84, scene.vertical([0, darken(colour, 0.28)], [1, darken(colour, 0.06)])));
    scene.draw(ellipse({ x: rim.x, y: rim.y + ry * 0.22 }, rx * 0.88, ry * 0.6, '#bfdcdf', 'fill-opacity=".75"'));
    scene.draw(ellipse({ x: rim.x - rx * 0.25, y: rim.y + ry * 0.12 }, rx * 0.3, ry * 0.16, '#ffffff', 'fill-opacity=".5"'));
    // A caddy across, with a candle and a book.
    block(scene, { x0: x + half * 0.18, x1: x + half * 0.42, y0: 0.6, y1: 0.625, z0: z - 0.36, z1: z + 0.36 }, palette.wood);
    candle(scene, palette, x + half * 0.3, 0.625, z - 0.1);
    // A towel over the edge.
    const towel = scene.at(x - half * 0.72, 0.62, z + 0.3);
    const w = s * 0.26;
    scene.draw(`<path d="M${px(towel.x)} ${px(towel.y - s * 0.03)}h${px(w)}l${px(-w * 0.03)} ${px(s * 0.34)}h${px(-w * 0.92)}Z" fill="${scene.vertical([0, lighten(palette.throwColour, 0.25)], [1, darken(palette.throwColour, 0.08)])}"/>`);
    scene.draw(rect(towel.x + w * 0.03, towel.y + s * 0.22, w * 0.92, s * 0.02, lighten(palette.throwColour, 0.4)));
  });
  const side = random.chance(0.5) ? -1 : 1;
  scene.place(z - 0.2, () => {
    const s = scene.scale(z - 0.3);
    const tap = scene.at(x + side * half * 0.3, 0, z - 0.36);
    scene.draw(`<path d="M${px(tap.x)} ${px(tap.y)}V${px(tap.y - s * 0.86)}a${px(s * 0.06)} ${px(s * 0.06)} 0 0 1 ${px(s * 0.12)} 0v${px(s * 0.04)}" fill="none" stroke="${palette.metal}" stroke-width="${px(s * 0.032)}" stroke-linecap="round"/>`);
  });
}

/** A shower behind glass in a corner of the back wall. */
export function shower(scene: Scene, random: Random, palette: Palette, x0: number, width: number): void {
  const depth = 0.95;
  scene.place(0.02, () => {
    const s = scene.scale(0);
    const at = scene.at(x0 + width / 2, 2.1, 0.05);
    scene.draw(line({ x: at.x, y: at.y }, { x: at.x, y: at.y + s * 1.1 }, palette.metal, s * 0.02));
    scene.draw(line({ x: at.x, y: at.y }, { x: at.x, y: at.y - s * 0.02 }, palette.metal, s * 0.02));
    scene.draw(ellipse({ x: at.x, y: at.y + s * 0.04 }, s * 0.13, s * 0.03, palette.metal));
    for (let i = -3; i <= 3; i += 1) scene.draw(line({ x: at.x + i * s * 0.03, y: at.y + s * 0.08 }, { x: at.x + i * s * 0.05, y: at.y + s * 0.5 }, '#ffffff', 1, 'stroke-opacity=".4" stroke-dasharray="6 5"'));
    scene.draw(ellipse({ x: at.x, y: at.y + s * 1.1 }, s * 0.05, s * 0.05, palette.metal));
    const niche = scene.at(x0 + width * 0.7, 1.35, 0);
    scene.draw(rect(niche.x, niche.y, s * 0.24, s * 0.3, darken(palette.tile, 0.24)));
    palette.accents.slice(0, 3).forEach((colour, i) => scene.draw(rect(niche.x + s * (0.03 + i * 0.065), niche.y + s * (0.14 + (i % 2) * 0.03), s * 0.045, s * (0.16 - (i % 2) * 0.03), colour, 'rx="2"')));
  });
  scene.place(depth, () => {
    const x = x0 > scene.eyeX ? x0 : x0 + width;
    const pane = [scene.at(x, 2.05, 0), scene.at(x, 2.05, depth), scene.at(x, 0.02, depth), scene.at(x, 0.02, 0)];
    scene.draw(polygon(pane, '#d9eef0', ' fill-opacity=".22"'));
    scene.draw(polygon([scene.at(x, 2.05, 0.2), scene.at(x, 2.05, 0.34), scene.at(x, 0.02, 0.2), scene.at(x, 0.02, 0.06)], '#ffffff', ' fill-opacity=".22"'));
    for (const z of [0, depth]) scene.draw(line(scene.at(x, 2.05, z), scene.at(x, 0.02, z), palette.metal, 2.4));
    scene.draw(line(scene.at(x, 2.05, 0), scene.at(x, 2.05, depth), palette.metal, 2.4));
  });
  if (random.chance(0.5)) scene.place(0.9, () => smallPlant(scene, random, palette, x0 + width * 0.2, 0.02, 0.2));
}

/** Towels on a rail at the back wall. */
export function towelRail(scene: Scene, palette: Palette, x: number, y: number): void {
  wallShadow(scene, x - 0.22, x + 0.22, y - 0.6, y, 0.2);
  scene.place(0.07, () => {
    const s = scene.scale(0.06);
    const a = scene.at(x - 0.28, y, 0.06);
    scene.draw(rect(a.x, a.y - 2, 0.56 * s, 4, palette.metal, 'rx="2"'));
    for (const [dx, w, h, colour] of [[0.05, 0.3, 0.62, lighten(palette.bedding, 0.2)], [0.16, 0.3, 0.46, palette.throwColour]] as const) {
      scene.draw(rect(a.x + dx * s, a.y - 3, w * s, h * s, scene.horizontal([0, darken(colour, 0.12)], [0.3, lighten(colour, 0.2)], [0.6, colour], [1, darken(colour, 0.16)]), 'rx="3"'));
      scene.draw(rect(a.x + dx * s, a.y + (h - 0.09) * s, w * s, 0.015 * s, lighten(colour, 0.35)));
    }
  });
}

/** A suite's white neighbour: cistern in the wall, seat closed. */
export function toilet(scene: Scene, x: number): void {
  roundShadow(scene, x, 0.35, 0.2);
  scene.place(0.45, () => {
    const white = '#fbfaf8';
    block(scene, { x0: x - 0.18, x1: x + 0.18, y0: 0.36, y1: 0.82, z0: 0, z1: 0.18 }, white, 0.04);
    lathe(scene, x, 0.36, [[0, 0.13], [0.2, 0.14], [0.38, 0.2]], white);
    const c = scene.at(x, 0.4, 0.36);
    const flat = flattened(scene, 0.21, 0.4, 0.36);
    scene.draw(ellipse(c, flat.rx, flat.ry * 1.15, lighten(white, 0.2), 'stroke="#00000026" stroke-width="1"'));
  });
}
