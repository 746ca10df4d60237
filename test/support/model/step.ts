import fc from 'fast-check';
import type { InputMaker } from './choices.js';
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

export const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.entries(moves).map(([mutation, { by, weight, inputs }]) => ({
    weight,
    arbitrary: fc.record({
      actor: by === 'anyone' ? byAnyone : byAdministrators,
      mutation: fc.constant(mutation),
      input: inputs,
    }),
  })),
);
