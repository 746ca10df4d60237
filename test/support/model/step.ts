import fc from 'fast-check';
import type { InputMaker } from './choices.js';
import type { Move } from './move.js';
import { moves } from './moves.js';
import type { Name } from './world.js';

/** One step of a sequence: who asks for what. */
export interface Step {
  readonly actor: Name | 'nobody';
  readonly mutation: string;
  readonly input: InputMaker;
}

const byAnyone = fc.oneof(
  ...(['Ann', 'Ben', 'Ada'] as const).map((name, index) => ({ weight: 9 - 2 * index, arbitrary: fc.constant(name) })),
  { weight: 1, arbitrary: fc.constant('nobody' as const) },
);
const byAdministrators = fc.oneof(
  { weight: 16, arbitrary: fc.constant('Ada' as const) },
  { weight: 1, arbitrary: fc.constantFrom('Ann' as const, 'Ben' as const) },
  { weight: 1, arbitrary: fc.constant('nobody' as const) },
);

/**
 * Any step, by the weights of the moves. Where some mutations are `sought`, four of five steps are theirs, and the others
 * still come between: what they may answer depends on what was there before them.
 */
export function stepOf(sought: ReadonlySet<string> = new Set()): fc.Arbitrary<Step> {
  const every = Object.entries(moves);
  const found = every.filter(([mutation]) => sought.has(mutation));
  const others = fc.oneof(...every.map(([mutation, move]) => ({ weight: move.weight, arbitrary: stepWith(mutation, move) })));
  if (found.length === 0) return others;
  return fc.oneof(
    { weight: 4, arbitrary: fc.oneof(...found.map(([mutation, move]) => stepWith(mutation, move))) },
    { weight: 1, arbitrary: others },
  );
}

const stepWith = (mutation: string, { by, inputs }: Move): fc.Arbitrary<Step> =>
  fc.record({
    actor: by === 'anyone' ? byAnyone : byAdministrators,
    mutation: fc.constant(mutation),
    input: inputs,
  });
