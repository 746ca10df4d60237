import type { Random } from '../../generation/drawing/random.js';

/**
 * A version 7 UUID (RFC 9562) of this instant, its random bits drawn from `random`: the same seed gives the same ids.
 *
 * @param milliseconds since 1970, below 2^48
 */
export function uuidAt(milliseconds: number, random: Random): string {
  const time = milliseconds.toString(16).padStart(12, '0');
  const bits = (count: number): string =>
    Math.floor(random.next() * 2 ** count)
      .toString(16)
      .padStart(count / 4, '0');
  const variant = (8 + Math.floor(random.next() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${bits(12)}-${variant}${bits(12)}-${bits(24)}${bits(24)}`;
}
