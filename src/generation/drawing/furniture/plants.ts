import { darken, lighten, mix } from '../colour.js';
import type { Palette, PlantKind } from '../palettes.js';
import type { Random } from '../random.js';
import { px, type Point } from '../geometry.js';
import type { Scene } from '../scene.js';
import { ellipse, lathe, line, roundShadow } from '../shapes.js';

/** One leaf from its stem's end: `length` and `width` in pixels, `turn` in degrees from upright. */
function leaf(at: Point, length: number, width: number, turn: number, colour: string, vein = true): string {
  const w = width / 2;
  const blade = `<path d="M0 0C${px(-w)} ${px(-length * 0.25)} ${px(-w * 0.9)} ${px(-length * 0.75)} 0 ${px(-length)}C${px(w * 0.9)} ${px(-length * 0.75)} ${px(w)} ${px(-length * 0.25)} 0 0Z" fill="${colour}"/>`;
  const half = `<path d="M0 0C${px(w)} ${px(-length * 0.25)} ${px(w * 0.9)} ${px(-length * 0.75)} 0 ${px(-length)}Z" fill="#ffffff" fill-opacity=".13"/>`;
  const rib = vein ? `<path d="M0 0V${px(-length * 0.92)}" stroke="${lighten(colour, 0.28)}" stroke-width="${px(Math.max(0.7, width * 0.05))}" stroke-opacity=".7"/>` : '';
  return `<g transform="translate(${px(at.x)} ${px(at.y)}) rotate(${px(turn)})">${blade}${half}${rib}</g>`;
}

/** Shades of one plant: leaves behind are darker than those in front. */
const shades = (random: Random, green: string, depth: number): string =>
  mix(darken(green, 0.34), lighten(green, 0.2), Math.min(1, depth * 0.8 + random.between(0, 0.22)));

function crown(random: Random, kind: PlantKind, s: number, top: Point, green: string): string {
  const parts: string[] = [];
  if (kind === 'palm') {
    const fronds = 11;
    for (let i = 0; i < fronds; i += 1) {
      const spread = ((i * 7) % fronds) / (fronds - 1) - 0.5;
      const reach = s * random.between(0.5, 0.7);
      const tip = { x: top.x + spread * reach * 2, y: top.y - s * (0.78 - Math.abs(spread) * 0.75) };
      const bend = { x: top.x + spread * reach * 0.6, y: top.y - s * 0.72 };
      const colour = shades(random, green, i / fronds);
      parts.push(`<path d="M${px(top.x)} ${px(top.y)}Q${px(bend.x)} ${px(bend.y)} ${px(tip.x)} ${px(tip.y)}" fill="none" stroke="${darken(colour, 0.15)}" stroke-width="${px(s * 0.012)}"/>`);
      for (let k = 3; k <= 12; k += 1) {
        const t = k / 12;
        const p = {
          x: (1 - t) ** 2 * top.x + 2 * t * (1 - t) * bend.x + t * t * tip.x,
          y: (1 - t) ** 2 * top.y + 2 * t * (1 - t) * bend.y + t * t * tip.y,
        };
        const along = (Math.atan2(tip.x - bend.x, bend.y - tip.y) * 180) / Math.PI;
        const size = s * 0.2 * (1.15 - t * 0.6);
        parts.push(leaf(p, size, size * 0.16, along - 52, colour, false), leaf(p, size, size * 0.16, along + 52, colour, false));
      }
    }
  } else if (kind === 'snake') {
    for (let i = 0; i < 9; i += 1) {
      const spread = ((i * 5) % 9) / 8 - 0.5;
      const size = s * random.between(0.55, 0.95);
      const colour = shades(random, green, i / 9);
      const at = { x: top.x + spread * s * 0.16, y: top.y };
      parts.push(leaf(at, size, s * 0.11, spread * 34, mix(colour, '#d6d27d', 0.28), false), leaf(at, size * 0.97, s * 0.075, spread * 34, colour));
    }
  } else if (kind === 'monstera') {
    for (let i = 0; i < 12; i += 1) {
      const angle = (((i * 5) % 12) / 11 - 0.5) * 2.6;
      const reach = s * random.between(0.34, 0.68);
      const tip = { x: top.x + Math.sin(angle) * reach, y: top.y - Math.cos(angle) * reach * 0.95 - s * 0.06 };
      const colour = shades(random, green, i / 12);
      parts.push(`<path d="M${px(top.x)} ${px(top.y)}Q${px((top.x + tip.x) / 2)} ${px(tip.y)} ${px(tip.x)} ${px(tip.y)}" fill="none" stroke="${darken(colour, 0.1)}" stroke-width="${px(s * 0.012)}"/>`);
      const r = s * random.between(0.13, 0.19);
      const turn = (angle * 180) / Math.PI + random.between(-20, 20);
      const notches = [0.25, 0.5, 0.75].map((t) => `<path d="M${px(-r * 0.95)} ${px(-r * t * 1.6)}L${px(-r * 0.28)} ${px(-r * t * 1.5)}M${px(r * 0.95)} ${px(-r * t * 1.6)}L${px(r * 0.28)} ${px(-r * t * 1.5)}" stroke="${darken(colour, 0.5)}" stroke-width="${px(r * 0.09)}" stroke-opacity=".65"/>`).join('');
      parts.push(`<g transform="translate(${px(tip.x)} ${px(tip.y)}) rotate(${px(turn)})"><path d="M0 0C${px(-r * 1.5)} ${px(-r * 0.1)} ${px(-r)} ${px(-r * 1.7)} 0 ${px(-r * 2)}C${px(r)} ${px(-r * 1.7)} ${px(r * 1.5)} ${px(-r * 0.1)} 0 0Z" fill="${colour}"/><path d="M0 0V${px(-r * 1.85)}" stroke="${lighten(colour, 0.25)}" stroke-width="${px(r * 0.06)}"/>${notches}</g>`);
    }
  } else if (kind === 'pampas') {
    for (let i = 0; i < 9; i += 1) {
      const spread = (((i * 4) % 9) / 8 - 0.5) * 2;
      const tip = { x: top.x + spread * s * 0.3, y: top.y - s * random.between(0.6, 0.95) };
      parts.push(line(top, tip, '#b5966a', s * 0.008));
      const colour = mix('#d9bf95', '#f4e6cc', random.next());
      parts.push(`<ellipse rx="${px(s * 0.05)}" ry="${px(s * 0.2)}" fill="${colour}" fill-opacity=".92" transform="translate(${px(tip.x)} ${px(tip.y)}) rotate(${px(spread * 22)})"/>`);
    }
  } else {
    const olive = kind === 'olive';
    const trunkTop = { x: top.x + random.between(-0.04, 0.04) * s, y: top.y - s * (olive ? 0.5 : 0.42) };
    parts.push(line(top, trunkTop, '#7d6650', s * 0.03));
    const count = olive ? 90 : 30;
    for (let i = 0; i < count; i += 1) {
      const angle = random.between(-Math.PI, Math.PI);
      const reach = Math.sqrt(random.next());
      const p = { x: trunkTop.x + Math.sin(angle) * reach * s * 0.3, y: trunkTop.y - s * 0.16 - Math.cos(angle) * reach * s * 0.34 };
      const colour = olive ? mix(shades(random, green, i / count), '#aab79a', 0.3) : shades(random, green, i / count);
      const size = s * (olive ? random.between(0.07, 0.11) : random.between(0.17, 0.24));
      parts.push(leaf(p, size, size * (olive ? 0.3 : 0.62), ((angle * 180) / Math.PI) * 0.6 + random.between(-35, 35), colour, !olive));
    }
  }
  return parts.join('');
}

/** A plant in a pot on the floor, `height` metres from the pot's foot to the highest leaf, roughly. */
export function plant(scene: Scene, random: Random, palette: Palette, x: number, z: number, height: number, kind = random.pick(palette.plants)): void {
  roundShadow(scene, x, z, 0.22 * Math.min(1, height), 0.36);
  scene.place(z, () => {
    const r = 0.17 * Math.min(1.15, 0.5 + height * 0.5);
    const potHeight = r * 1.9;
    const rim = scene.at(x, potHeight, z);
    const s = (height - potHeight) * scene.scale(z);
    const colour = random.pick(palette.pot);
    lathe(scene, x, z, [[0, r * 0.68], [potHeight * 0.6, r * 0.98], [potHeight, r]], colour, true);
    scene.draw(ellipse(rim, r * scene.scale(z) * 0.86, r * scene.scale(z) * 0.16, '#4a382a'));
    scene.draw(crown(random, kind, s, rim, palette.leaf));
  });
}

/** A small one for shelves, benches and tables; trails over the edge where it hangs high. */
export function smallPlant(scene: Scene, random: Random, palette: Palette, x: number, y: number, z: number, trailing = false): void {
  const s = scene.scale(z);
  const rim = scene.at(x, y + 0.1, z);
  lathe(scene, x, z, [[y, 0.045], [y + 0.1, 0.062]], random.pick(palette.pot), true);
  const parts: string[] = [];
  if (trailing) {
    for (let i = 0; i < 6; i += 1) {
      const dx = (i / 5 - 0.5) * 0.22 * s;
      const length = s * random.between(0.14, 0.36);
      for (let k = 0; k < 7; k += 1) {
        const t = k / 6;
        parts.push(leaf({ x: rim.x + dx * (0.6 + t * 0.5), y: rim.y - s * 0.02 + t * t * length }, s * 0.05, s * 0.035, 180 + random.between(-60, 60), shades(random, palette.leaf, random.next()), false));
      }
    }
  }
  for (let i = 0; i < 13; i += 1) {
    const angle = (((i * 5) % 13) / 12 - 0.5) * 150;
    parts.push(leaf(rim, s * random.between(0.08, 0.15), s * 0.035, angle, shades(random, palette.leaf, i / 13), false));
  }
  scene.draw(parts.join(''));
}
