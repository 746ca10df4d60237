import { darken, lighten, mix } from '../colour.js';
import type { LampKind, Palette, PendantKind } from '../palettes.js';
import type { Random } from '../random.js';
import { px } from '../geometry.js';
import type { Scene } from '../scene.js';
import { block, cylinder, ellipse, lathe, line, roundShadow } from '../shapes.js';

const warm = '#fff3d6';

/** A lamp that hangs from the ceiling; y is its lower edge. */
export function pendant(scene: Scene, random: Random, palette: Palette, x: number, y: number, z: number, size = 1, kind: PendantKind = random.pick(palette.pendants)): void {
  scene.place(z, () => {
    const s = scene.scale(z) * size;
    const c = scene.at(x, y, z);
    const top = scene.at(x, scene.room.height, z);
    const cord = (to: number): void => scene.draw(line(top, { x: c.x, y: to }, darken(palette.metal, 0.1), Math.max(1.2, s * 0.01)));
    const metal = palette.metal;
    const shade = random.pick([palette.accents[0] ?? metal, metal, palette.stone]);
    if (kind === 'bar') {
      for (const dx of [-0.42, 0.42]) scene.draw(line(scene.at(x + dx * size, scene.room.height, z), scene.at(x + dx * size, y, z), metal, 1.2));
      block(scene, { x0: x - 0.55 * size, x1: x + 0.55 * size, y0: y, y1: y + 0.05, z0: z - 0.03, z1: z + 0.03 }, metal);
      scene.draw(ellipse({ x: c.x, y: c.y + 1 }, s * 0.52, s * 0.014, warm));
      scene.glow(c, s * 0.7, 0.7);
      return;
    }
    if (kind === 'paper' || kind === 'globe') {
      const r = s * (kind === 'paper' ? 0.24 : 0.13);
      const squash = kind === 'paper' ? 0.78 : 1;
      cord(c.y - r * 2 * squash);
      const mid = { x: c.x, y: c.y - r * squash };
      if (kind === 'globe') scene.draw(ellipse({ x: c.x, y: mid.y - r * 0.98 }, r * 0.3, r * 0.16, metal));
      scene.draw(ellipse(mid, r, r * squash, scene.radial([0, '#fffdf6'], [0.6, warm], [1, darken(warm, 0.16)])));
      if (kind === 'paper') {
        for (let i = -4; i <= 4; i += 1) {
          const dy = (i / 5) * r * squash;
          const w = r * Math.sqrt(1 - (i / 5) ** 2);
          scene.draw(`<path d="M${px(mid.x - w)} ${px(mid.y + dy)}Q${px(mid.x)} ${px(mid.y + dy + r * 0.09)} ${px(mid.x + w)} ${px(mid.y + dy)}" fill="none" stroke="${darken(warm, 0.2)}" stroke-opacity=".5" stroke-width="1"/>`);
        }
      }
      scene.glow(mid, r * 3.2, 0.9);
      return;
    }
    if (kind === 'bulb') {
      cord(c.y - s * 0.16);
      scene.draw(ellipse({ x: c.x, y: c.y - s * 0.15 }, s * 0.03, s * 0.045, metal));
      scene.draw(ellipse({ x: c.x, y: c.y - s * 0.06 }, s * 0.06, s * 0.075, '#ffe3a3', `fill-opacity=".85" stroke="${darken('#ffe3a3', 0.3)}" stroke-width="1"`));
      scene.draw(ellipse({ x: c.x, y: c.y - s * 0.06 }, s * 0.015, s * 0.04, '#ff9d3b'));
      scene.glow({ x: c.x, y: c.y - s * 0.06 }, s * 0.42, 1);
      return;
    }
    if (kind === 'lantern') {
      const w = s * 0.16;
      const h = s * 0.36;
      cord(c.y - h * 1.25);
      scene.draw(`<path d="M${px(c.x - w)} ${px(c.y - h)}L${px(c.x)} ${px(c.y - h * 1.3)}L${px(c.x + w)} ${px(c.y - h)}Z" fill="${metal}"/>`);
      scene.draw(`<path d="M${px(c.x - w)} ${px(c.y - h)}H${px(c.x + w)}L${px(c.x + w * 0.8)} ${px(c.y)}H${px(c.x - w * 0.8)}Z" fill="#fff6de" fill-opacity=".5" stroke="${metal}" stroke-width="${px(Math.max(1.6, s * 0.014))}"/>`);
      scene.draw(line({ x: c.x, y: c.y - h }, { x: c.x, y: c.y }, metal, 1.2));
      scene.draw(ellipse({ x: c.x, y: c.y - h * 0.4 }, s * 0.022, s * 0.05, '#ffe6ad'));
      scene.glow({ x: c.x, y: c.y - h * 0.4 }, s * 0.45, 0.9);
      return;
    }
    const rattan = kind === 'rattan';
    const w = s * (rattan ? 0.27 : kind === 'cone' ? 0.2 : 0.23);
    const h = s * (rattan ? 0.27 : kind === 'cone' ? 0.26 : 0.2);
    const colour = rattan ? '#c99a5c' : shade;
    cord(c.y - h);
    const outline =
      kind === 'cone'
        ? `M${px(c.x - w * 0.14)} ${px(c.y - h)}H${px(c.x + w * 0.14)}L${px(c.x + w)} ${px(c.y)}H${px(c.x - w)}Z`
        : `M${px(c.x - w)} ${px(c.y)}C${px(c.x - w)} ${px(c.y - h * 0.9)} ${px(c.x - w * 0.4)} ${px(c.y - h)} ${px(c.x)} ${px(c.y - h)}C${px(c.x + w * 0.4)} ${px(c.y - h)} ${px(c.x + w)} ${px(c.y - h * 0.9)} ${px(c.x + w)} ${px(c.y)}Z`;
    scene.draw(ellipse(c, w, w * 0.16, mix(warm, colour, 0.1)));
    scene.draw(`<path d="${outline}" fill="${scene.horizontal([0, lighten(colour, 0.12)], [0.4, lighten(colour, 0.3)], [1, darken(colour, 0.25)])}"/>`);
    if (rattan) {
      for (let i = 1; i < 9; i += 1) {
        const dx = (i / 9 - 0.5) * 2 * w;
        scene.draw(`<path d="M${px(c.x + dx * 0.1)} ${px(c.y - h)}Q${px(c.x + dx)} ${px(c.y - h * 0.85)} ${px(c.x + dx)} ${px(c.y)}" fill="none" stroke="#7d5527" stroke-width="1.2" stroke-opacity=".75"/>`);
      }
      for (const part of [0.25, 0.5, 0.75]) {
        const half = w * Math.sqrt(1 - part * part * 0.85);
        scene.draw(line({ x: c.x - half, y: c.y - h * part }, { x: c.x + half, y: c.y - h * part }, '#7d5527', 1.2, 'stroke-opacity=".7"'));
      }
    }
    scene.glow({ x: c.x, y: c.y + s * 0.02 }, s * 0.5, 0.75);
  });
}

function shadeOf(scene: Scene, x: number, y: number, z: number, r: number, h: number): void {
  const c = scene.at(x, y, z);
  const s = scene.scale(z);
  const paint = scene.vertical([0, '#f6e4bf'], [0.5, '#fff4da'], [1, '#f1d9a8']);
  scene.draw(
    `<path d="M${px(c.x - r * 0.72 * s)} ${px(c.y - h * s)}H${px(c.x + r * 0.72 * s)}L${px(c.x + r * s)} ${px(c.y)}Q${px(c.x)} ${px(c.y + r * 0.2 * s)} ${px(c.x - r * s)} ${px(c.y)}Z" fill="${paint}"/>`,
  );
  scene.draw(ellipse({ x: c.x, y: c.y - h * s }, r * 0.72 * s, r * 0.13 * s, '#fffaf0'));
  scene.glow({ x: c.x, y: c.y - (h * s) / 2 }, s * (r * 3.4), 1);
}

/** A lamp on the floor, about 1.6 m high. */
export function floorLamp(scene: Scene, random: Random, palette: Palette, x: number, z: number, kind: LampKind = random.pick(palette.lamps)): void {
  roundShadow(scene, x, z, 0.17, 0.26);
  scene.place(z, () => {
    const s = scene.scale(z);
    const metal = palette.metal;
    if (kind === 'tripod') {
      for (const [dx, dz] of [[-0.24, 0.1], [0.24, 0.1], [0, -0.2]] as const) scene.draw(line(scene.at(x, 1.25, z), scene.at(x + dx, 0, z + dz), palette.wood, s * 0.026));
      shadeOf(scene, x, 1.24, z, 0.22, 0.28);
    } else if (kind === 'paper') {
      cylinder(scene, x, z, 0, 0.03, 0.12, palette.woodDark);
      const c = scene.at(x, 0.65, z);
      scene.draw(`<rect x="${px(c.x - s * 0.13)}" y="${px(c.y - s * 0.6)}" width="${px(s * 0.26)}" height="${px(s * 1.2)}" rx="${px(s * 0.1)}" fill="${scene.horizontal([0, darken(warm, 0.12)], [0.5, '#fffaf0'], [1, darken(warm, 0.14)])}"/>`);
      for (let i = -5; i <= 5; i += 1) scene.draw(line({ x: c.x - s * 0.13, y: c.y + i * s * 0.1 }, { x: c.x + s * 0.13, y: c.y + i * s * 0.1 }, darken(warm, 0.25), 1, 'stroke-opacity=".5"'));
      scene.glow(c, s * 0.8, 0.9);
    } else if (kind === 'arc') {
      const side = x < 0 ? 1 : -1;
      const foot = scene.at(x, 0.02, z);
      const tip = scene.at(x + side * 0.75, 1.55, z);
      cylinder(scene, x, z, 0, 0.06, 0.15, palette.stone);
      scene.draw(`<path d="M${px(foot.x)} ${px(foot.y - s * 0.05)}C${px(foot.x)} ${px(foot.y - s * 2.3)} ${px(tip.x)} ${px(tip.y - s * 0.75)} ${px(tip.x)} ${px(tip.y)}" fill="none" stroke="${metal}" stroke-width="${px(s * 0.022)}"/>`);
      scene.draw(`<path d="M${px(tip.x - s * 0.17)} ${px(tip.y + s * 0.13)}A${px(s * 0.17)} ${px(s * 0.16)} 0 0 1 ${px(tip.x + s * 0.17)} ${px(tip.y + s * 0.13)}Z" fill="${scene.horizontal([0, lighten(metal, 0.25)], [1, darken(metal, 0.2)])}"/>`);
      scene.draw(ellipse({ x: tip.x, y: tip.y + s * 0.13 }, s * 0.17, s * 0.025, warm));
      scene.glow({ x: tip.x, y: tip.y + s * 0.15 }, s * 0.6, 0.9);
    } else {
      cylinder(scene, x, z, 0, 0.03, 0.15, metal);
      cylinder(scene, x, z, 0.03, 1.3, 0.014, metal);
      shadeOf(scene, x, 1.28, z, 0.21, 0.27);
    }
  });
}

/** A small lamp on furniture; draws at once, as a part of what it stands on. */
export function tableLamp(scene: Scene, random: Random, palette: Palette, x: number, y: number, z: number): void {
  const colour = random.pick([...palette.pot, palette.metal]);
  lathe(scene, x, z, random.pick([
    [[y, 0.06], [y + 0.1, 0.085], [y + 0.22, 0.018]],
    [[y, 0.07], [y + 0.02, 0.02], [y + 0.22, 0.018]],
  ] as const), colour);
  shadeOf(scene, x, y + 0.2, z, 0.15, 0.19);
}

/** A light at the back wall. */
export function wallLight(scene: Scene, palette: Palette, x: number, y: number): void {
  scene.place(0.06, () => {
    const s = scene.scale(0.05);
    const c = scene.at(x, y, 0.05);
    scene.draw(line({ x: c.x, y: c.y + s * 0.1 }, { x: c.x, y: c.y }, palette.metal, s * 0.03));
    scene.draw(ellipse(c, s * 0.065, s * 0.075, scene.radial([0, '#fffdf6'], [0.7, warm], [1, darken(warm, 0.15)])));
    scene.glow(c, s * 0.5, 0.9);
  });
}
