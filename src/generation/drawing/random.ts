/** A small seeded generator: the same seed gives the same picture, and the same data, on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  /** One of the choices, all equally likely. Throws a RangeError for an empty list. */
  pick<T>(choices: readonly T[]): T;
  /** A copy in another order. */
  shuffle<T>(values: readonly T[]): T[];
}

/** FNV-1a over the parts' text; parts are set apart so that ('a', 'bc') and ('ab', 'c') differ. */
function hash(parts: readonly (string | number)[]): number {
  let value = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return value >>> 0;
}

/** Mulberry32: 32 bits of state, which is plenty for pictures and sample data, and never for secrets. */
export function createRandom(...seed: readonly (string | number)[]): Random {
  let state = hash(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    whole,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick<T>(choices: readonly T[]): T {
      const choice = choices[whole(0, choices.length - 1)];
      if (choice === undefined) throw new RangeError('Cannot pick from an empty list.');
      return choice;
    },
    shuffle<T>(values: readonly T[]): T[] {
      return values
        .map((value) => ({ value, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(({ value }) => value);
    },
  };
}
