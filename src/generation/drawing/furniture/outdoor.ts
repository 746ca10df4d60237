import { darken, lighten, mix } from '../colour.js';
import type { Palette } from '../palettes.js';
import type { Random } from '../random.js';
import { px } from '../geometry.js';
import type { Scene } from '../scene.js';
import { block, boxShadow, cylinder, ellipse, line, rect, type Box } from '../shapes.js';
import { bowl } from './decor.js';
import { smallPlant } from './plants.js';
import { fronts } from './storage.js';

/** An outdoor kitchen with a hooded barbecue; `x0` is its left edge, it stands at the far edge of the deck. */
export function barbecue(scene: Scene, random: Random, palette: Palette, x0: number, width: number): void {
  const b: Box = { x0, x1: x0 + width, y0: 0, y1: 0.86, z0: 0.05, z1: 0.65 };
  boxShadow(scene, { ...b, y1: 0.1 }, 0.42);
  scene.place(0.65, () => {
    const body = palette.finish === 'brick' ? palette.feature : palette.finish === 'panelling' || palette.finish === 'wainscot' ? '#f0f0ec' : mix(palette.wood, palette.stone, 0.2);
    block(scene, b, body, 0.005);
    fronts(scene, palette, { ...b, y0: 0.08, y1: 0.84 }, Math.max(2, Math.round(width / 0.55)), 1, body, false);
    block(scene, { ...b, x0: b.x0 - 0.03, x1: b.x1 + 0.03, y0: 0.86, y1: 0.91, z1: 0.69 }, palette.stone);
    const bx = x0 + width * 0.36;
    const s = scene.scale(0.6);
    const steel = '#8b9093';
    const p = scene.at(bx - 0.36, 0.9, 0.68);
    scene.draw(rect(p.x, p.y, 0.72 * s, 0.17 * s, scene.vertical([0, '#b9bec0'], [1, '#7b8083']), 'rx="2"'));
    for (let i = 0; i < 4; i += 1) scene.draw(ellipse({ x: p.x + (0.1 + i * 0.173) * s, y: p.y + 0.09 * s }, 0.028 * s, 0.028 * s, '#2c2f31'));
    block(scene, { x0: bx - 0.36, x1: bx + 0.36, y0: 0.91, y1: 1.24, z0: 0.1, z1: 0.56 }, steel, 0.12);
    const handle = scene.at(bx - 0.26, 1.03, 0.6);
    scene.draw(rect(handle.x, handle.y, 0.52 * s, 0.03 * s, '#e9ecee', 'rx="3"'));
    for (let i = 0; i < 3; i += 1) {
      const smoke = scene.at(bx + 0.1 + i * 0.05, 1.35 + i * 0.16, 0.3);
      scene.draw(ellipse(smoke, s * (0.07 + i * 0.035), s * (0.06 + i * 0.02), scene.radial([0, '#ffffff', 0.3 - i * 0.07], [1, '#ffffff', 0])));
    }
    bowl(scene, random, palette, x0 + width * 0.76, 0.91, 0.34, 0.14);
    smallPlant(scene, random, palette, x0 + width * 0.93, 0.91, 0.3);
  });
}

/** Posts and beams over the deck, with a string of warm bulbs. */
export function pergola(scene: Scene, palette: Palette): void {
  const half = scene.room.width / 2;
  const high = scene.room.height;
  const colour = palette.finish === 'panelling' || palette.finish === 'wainscot' ? palette.trim : palette.legs === 'metal' ? mix(palette.frame, '#ffffff', 0.06) : palette.wood;
  scene.place(-0.05, () => {
    for (const x of [-half * 0.98, half * 0.98 - 0.12]) block(scene, { x0: x, x1: x + 0.12, y0: 0, y1: high, z0: 0, z1: 0.12 }, colour);
    block(scene, { x0: -half, x1: half, y0: high - 0.2, y1: high, z0: 0, z1: 0.08 }, colour);
  });
  scene.place(3.3, () => {
    for (let i = 0; i < 2; i += 1) {
      const z = 0.5 + i * 0.9;
      const left = scene.at(-half, high - 0.12, z);
      const right = scene.at(half, high - 0.12, z);
      const sag = scene.scale(z) * 0.22;
      scene.draw(`<path d="M${px(left.x)} ${px(left.y)}Q${px((left.x + right.x) / 2)} ${px(left.y + sag * 2)} ${px(right.x)} ${px(right.y)}" fill="none" stroke="#2f2b27" stroke-width="1.6"/>`);
      for (let k = 1; k < 10; k += 1) {
        const t = k / 10;
        const p = { x: left.x + (right.x - left.x) * t, y: left.y + 4 * t * (1 - t) * sag + scene.scale(z) * 0.04 };
        scene.draw(ellipse(p, scene.scale(z) * 0.024, scene.scale(z) * 0.032, '#ffe9b0'));
        scene.glow(p, scene.scale(z) * 0.15, 0.9);
      }
    }
  });
}

/** Slats of the pergola's roof, drawn before anything is placed. */
export function pergolaRoof(scene: Scene, palette: Palette): void {
  const half = scene.room.width / 2;
  const high = scene.room.height;
  const colour = palette.finish === 'panelling' || palette.finish === 'wainscot' ? palette.trim : palette.legs === 'metal' ? mix(palette.frame, '#ffffff', 0.12) : palette.wood;
  for (let z = 0.05; z < scene.room.near; z += 0.3) block(scene, { x0: -half, x1: half, y0: high - 0.02, y1: high + 0.1, z0: z, z1: z + 0.07 }, colour);
  for (const x of [-half, 0, half]) block(scene, { x0: x - 0.06, x1: x + 0.06, y0: high - 0.16, y1: high, z0: 0, z1: scene.room.near }, colour);
}

/** A bench seat of slats with cushions comes from the sofa; this is the low garden wall or planter behind it. */
export function planter(scene: Scene, random: Random, palette: Palette, x0: number, x1: number): void {
  const b: Box = { x0, x1, y0: 0, y1: 0.42, z0: 0, z1: 0.3 };
  boxShadow(scene, { ...b, y1: 0.1 }, 0.3);
  scene.place(0.3, () => {
    const colour = palette.finish === 'brick' ? palette.feature : lighten(palette.stone, 0.1);
    for (let x = x0 + 0.08; x < x1; x += 0.1) {
      const foot = scene.at(x, 0.42, 0.15);
      const s = scene.scale(0.15);
      for (let i = 0; i < 5; i += 1) {
        const lean = random.between(-0.12, 0.12) * s;
        const tall = random.between(0.16, 0.4) * s;
        scene.draw(`<path d="M${px(foot.x)} ${px(foot.y)}Q${px(foot.x + lean * 0.3)} ${px(foot.y - tall * 0.7)} ${px(foot.x + lean)} ${px(foot.y - tall)}" fill="none" stroke="${mix(darken(palette.leaf, 0.2), lighten(palette.leaf, 0.35), random.next())}" stroke-width="${px(s * 0.018)}" stroke-linecap="round"/>`);
      }
      if (random.chance(0.35)) scene.draw(ellipse({ x: foot.x, y: foot.y - s * random.between(0.2, 0.4) }, s * 0.02, s * 0.02, random.pick(['#ffffff', '#f0b4bb', '#c9b5e8', '#f3d27a'])));
    }
    block(scene, b, colour, 0.01);
  });
}

/** A market umbrella or a fire bowl makes the far corner; the bowl glows in the evening. */
export function fireBowl(scene: Scene, palette: Palette, x: number, z: number): void {
  scene.place(z, () => {
    cylinder(scene, x, z, 0, 0.08, 0.22, darken(palette.metal, 0.1));
    cylinder(scene, x, z, 0.08, 0.34, 0.36, mix(palette.metal, '#4a4642', 0.4));
    const c = scene.at(x, 0.36, z);
    const s = scene.scale(z);
    scene.draw(ellipse(c, s * 0.3, s * 0.07, '#3a2a20'));
    for (const [dx, h, colour] of [[-0.1, 0.24, '#f0883a'], [0.09, 0.28, '#f2a24a'], [0, 0.34, '#f7c566'], [0.02, 0.18, '#fff0b8']] as const) {
      scene.draw(`<path d="M${px(c.x + (dx - 0.08) * s)} ${px(c.y)}Q${px(c.x + (dx - 0.09) * s)} ${px(c.y - h * s * 0.5)} ${px(c.x + dx * s)} ${px(c.y - h * s)}Q${px(c.x + (dx + 0.1) * s)} ${px(c.y - h * s * 0.4)} ${px(c.x + (dx + 0.08) * s)} ${px(c.y)}Z" fill="${colour}" fill-opacity=".85"/>`);
    }
    scene.glow(c, s * 0.7, 0.8);
    scene.draw(line({ x: c.x - s * 0.2, y: c.y + 2 }, { x: c.x + s * 0.18, y: c.y - 2 }, '#4f3826', s * 0.05));
  });
}
