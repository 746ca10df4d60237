import { createHash, randomInt } from 'node:crypto';

/** True under `npm run prove`: the same tests at full counts. */
export const PROVE = process.env['ROOMFEED_PROVE'] === '1';

/** How often a test does something: `reduced` in the everyday run, `full` under `npm run prove`. */
export function count(reduced: number, full: number): number {
  return PROVE ? full : reduced;
}

/** Numbers that look random and are the same for the same seed. */
export interface SeededRandom {
  readonly seed: number;
  /** 0 inclusive to 1 exclusive. */
  next(): number;
  /** Whole, both ends inclusive. */
  integer(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  /** A new array; the given one stays as it is. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * A generator of its own for each test, which prints its seed; `ROOMFEED_SEED` repeats a run. The label is part of the
 * state, so that tests with one seed do not walk in step.
 */
export function seededRandom(label: string): SeededRandom {
  const seed = chosenSeed();
  process.stderr.write(`${label}: ROOMFEED_SEED=${seed}\n`);
  let state = createHash('sha256').update(`${seed}/${label}`).digest().readUInt32LE(0);
  // Mulberry32: 32 bits of state are plenty to choose what a test does next.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    seed,
    next,
    integer,
    pick: (items) => {
      if (items.length === 0) throw new Error('There is nothing to pick from.');
      return items[integer(0, items.length - 1)] as (typeof items)[number];
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(0, last);
        const moved = shuffled[last] as (typeof items)[number];
        shuffled[last] = shuffled[other] as (typeof items)[number];
        shuffled[other] = moved;
      }
      return shuffled;
    },
  };
}

function chosenSeed(): number {
  const given = process.env['ROOMFEED_SEED'];
  if (given === undefined || given === '') return randomInt(2 ** 31);
  const seed = Number(given);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('ROOMFEED_SEED must be a whole number, 0 or more.');
  return seed;
}
