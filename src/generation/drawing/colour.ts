/** Colours are `#rrggbb`. Shadows lean to a warm near-black, because pure black looks like a hole in a room. */

const shade = '#1d1714';

function channels(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** `amount` 0 is the first colour, 1 the second. */
export function mix(from: string, to: string, amount: number): string {
  const [r1, g1, b1] = channels(from);
  const [r2, g2, b2] = channels(to);
  const blend = (a: number, b: number): string =>
    Math.round(a + (b - a) * amount)
      .toString(16)
      .padStart(2, '0');
  return `#${blend(r1, r2)}${blend(g1, g2)}${blend(b1, b2)}`;
}

export const lighten = (colour: string, amount: number): string => mix(colour, '#ffffff', amount);
export const darken = (colour: string, amount: number): string => mix(colour, shade, amount);

/** 0 is black, 1 is white: enough to decide whether a detail on a surface should be lighter or darker than it. */
export function brightness(colour: string): number {
  const [r, g, b] = channels(colour);
  return (0.3 * r + 0.59 * g + 0.11 * b) / 255;
}

/** A line that shows on the surface: darker on light colours, lighter on dark ones. */
export function ink(colour: string, amount: number): string {
  return brightness(colour) > 0.35 ? darken(colour, amount) : lighten(colour, amount);
}
