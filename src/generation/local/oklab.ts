/**
 * OKLab, the space in which colours are compared and moved: equal steps look equal, and lightness (0 to 1) can change
 * without the hue. https://bottosson.github.io/posts/oklab/
 */
export interface Lab {
  readonly l: number;
  readonly a: number;
  readonly b: number;
}

// Looked up once: these are called millions of times, and a global is looked up at each call in some places.
const { cbrt, max, min, round } = Math;

/** sRGB's bytes as linear light, 0 to 1. */
const linear = Float32Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** Steps of linear light; so many that neighbours are less than a byte apart in all but the deepest black. */
const steps = 4_096;

const encoded = Uint8ClampedArray.from({ length: steps + 1 }, (_, step) => {
  const value = step / steps;
  return 255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
});

const byteOf = (light: number): number => encoded[round(min(1, max(0, light)) * steps)] ?? 0;

/** Writes the colour of three bytes at `from` into `to`: lightness, a, b. Without an object, for it is done a million times. */
export function readLab(bytes: Uint8Array, from: number, to: Float64Array): void {
  const r = linear[bytes[from] ?? 0] ?? 0;
  const g = linear[bytes[from + 1] ?? 0] ?? 0;
  const b = linear[bytes[from + 2] ?? 0] ?? 0;
  const l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  to[0] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  to[1] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  to[2] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
}

/** Writes a colour as three bytes at `at`; what a screen cannot show is cut off. */
export function writeLab(lightness: number, a: number, b: number, bytes: Uint8Array, at: number): void {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  bytes[at] = byteOf(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  bytes[at + 1] = byteOf(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  bytes[at + 2] = byteOf(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
}

/** Of a colour `#rrggbb`. */
export function labOf(colour: string): Lab {
  const lab = new Float64Array(3);
  readLab(Buffer.from(colour.slice(1), 'hex'), 0, lab);
  return { l: lab[0] ?? 0, a: lab[1] ?? 0, b: lab[2] ?? 0 };
}

/** As `#rrggbb`. */
export function hexOf({ l, a, b }: Lab): string {
  const bytes = Buffer.alloc(3);
  writeLab(l, a, b, bytes, 0);
  return `#${bytes.toString('hex')}`;
}

/** How much of a hue a colour has: 0 is grey, 0.3 as vivid as a screen can. */
export const chromaOf = ({ a, b }: Lab): number => Math.hypot(a, b);

/** Degrees, 0 to 360: 30 red, 70 orange, 110 yellow, 140 green, 260 blue. */
export const hueOf = ({ a, b }: Lab): number => ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;

export function mixLab(from: Lab, to: Lab, amount: number): Lab {
  return {
    l: from.l + (to.l - from.l) * amount,
    a: from.a + (to.a - from.a) * amount,
    b: from.b + (to.b - from.b) * amount,
  };
}
