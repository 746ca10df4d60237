import type { Look } from './look.js';
import { readLab, writeLab } from './oklab.js';
import type { Pixels } from './photo.js';
import { weights, type Reading } from './regions.js';
import type { Steps } from './steps.js';

// Looked up once: see oklab.ts.
const { exp, imul, log, max, min, sqrt } = Math;

/** Rows between two turns for others: some ten milliseconds. */
const rowsATurn = 64;

/** How gently one region goes over into the next, in the space in which they are told apart. */
const softness = 0.0012;

/** Of a region's own colour differences (its pattern), what stays. */
const patternKept = 0.82;

/**
 * Moves a photo's colours to a look. Each pixel belongs a little to every region, the more the nearer it is to it in
 * colour and height, and moves as they do: there are no seams. Lightness moves along a curve that leaves black and white
 * where they are, so that edges, shadows and highlights stay what they were.
 */
export async function recolour(photo: Pixels, { regions, light, calmed }: Reading, look: Look, seed: number, steps: Steps): Promise<Pixels> {
  const { width, height } = photo;
  const out = Buffer.allocUnsafe(photo.data.length);
  const moves = Float64Array.from(regions.flatMap((region, i) => moveOf(region, look.targets[i] ?? null, look.strength)));
  const { warmth, glow, exposure, contrast, vignette, grain } = look.light;
  const lab = new Float64Array(3);
  let noise = (seed | 1) >>> 0;

  for (let row = 0; row < height; row += 1) {
    if (row % rowsATurn === rowsATurn - 1) await steps.breathe();
    const y = row / (height - 1);
    for (let column = 0; column < width; column += 1) {
      const at = (row * width + column) * 3;
      readLab(photo.data, at, lab);
      const l = lab[0] ?? 0;
      const a = lab[1] ?? 0;
      const b = lab[2] ?? 0;

      readLab(calmed.data, at, lab);
      const calmL = lab[0] ?? 0;
      const calmA = lab[1] ?? 0;
      const calmB = lab[2] ?? 0;
      let total = 0;
      let power = 0;
      let middle = 0;
      let toA = 0;
      let toB = 0;
      let scale = 0;
      for (let k = 0; k < moves.length; k += numbersAMove) {
        const dl = (calmL - (moves[k] ?? 0)) * weights.l;
        const da = (calmA - (moves[k + 1] ?? 0)) * weights.ab;
        const db = (calmB - (moves[k + 2] ?? 0)) * weights.ab;
        const dy = (y - (moves[k + 3] ?? 0)) * weights.y;
        const distance = dl * dl + da * da + db * db + dy * dy + softness;
        const weight = (moves[k + 4] ?? 0) / (distance * distance);
        total += weight;
        middle += weight * (moves[k] ?? 0);
        power += weight * (moves[k + 5] ?? 0);
        toA += weight * (moves[k + 6] ?? 0);
        toB += weight * (moves[k + 7] ?? 0);
        scale += weight * (moves[k + 8] ?? 0);
      }
      power /= total;
      toA /= total;
      toB /= total;
      scale /= total;

      // Light through a window is nobody's paint, and the deepest shadows have hardly a colour.
      const kept = l > 0.94 ? min(1, (l - 0.94) / 0.05) : 0;
      const shade = min(1, l / 0.35);
      // What is darker than its region is its shadows and seams: they are lifted less, or the picture would be hazy.
      const depth = l * total < middle ? ((l * total) / middle) ** 1.6 : 1;
      let lightness = l + (exp(power * log(max(l, 0.001))) - l) * (1 - kept) * (power < 1 ? depth : 1);
      const gain = shade * (1 - kept);
      let nextA = a + (toA + a * (scale - 1)) * gain;
      let nextB = b + (toB + b * (scale - 1)) * gain;

      const x = column / (width - 1);
      const near = 1 / (1 + ((x - light.x) ** 2 + (y - light.y) ** 2) * 7);
      const corner = max(0, (x - 0.5) ** 2 + (y - 0.5) ** 2 - 0.16);
      lightness += exposure + glow * 0.2 * near * (1 - lightness) * lightness;
      lightness += contrast * (lightness - 0.74) * lightness * (1.15 - min(1, lightness)) * 2.4;
      if (lightness > 0.88) lightness -= (lightness - 0.88) * 0.3 * (1 - kept);
      lightness *= 1 - vignette * corner * 1.5;
      nextB += warmth * (0.45 + 0.55 * near) * lightness * (1 - kept * 0.6);
      nextA += warmth * 0.22 * near * lightness;
      noise = (imul(noise, 1664525) + 1013904223) >>> 0;
      lightness += ((noise >>> 8) / 0x800000 - 1) * grain;
      writeLab(lightness > 1 ? 1 : lightness, nextA, nextB, out, at);
    }
  }
  return { data: out, width, height };
}

/**
 * How a region moves, as numbers in a row, because they are read ten million times a picture: its l, a, b and height, its
 * weight, the power of the curve that lightness follows, what is added to a and b, and what these are scaled with before.
 */
const numbersAMove = 9;

function moveOf(
  region: Reading['regions'][number],
  target: Look['targets'][number],
  strength: number,
): number[] {
  const { l, a, b, y, share } = region;
  const weight = sqrt(share + 0.002);
  if (target === null) return [l, a, b, y, weight, 1, 0, 0, 1];
  const within = (value: number): number => min(0.97, max(0.08, value));
  const power = log(within(l + (target.l - l) * strength)) / log(within(l));
  const scale = 1 - (1 - patternKept) * strength;
  return [
    l,
    a,
    b,
    y,
    weight,
    min(2.4, max(0.3, power)),
    a + (target.a - a) * strength - a * scale,
    b + (target.b - b) * strength - b * scale,
    scale,
  ];
}
