import type fc from 'fast-check';
import type { InputMaker } from './choices.js';
import type { Outcome, Scene } from './rules.js';

/** One mutation: what it may be asked with, and what the rules say comes of it. */
export interface Move {
  readonly by: 'anyone' | 'administrators';
  /** A suspended account may do it as well. */
  readonly isForSuspended: boolean;
  /** What of the world it may change; read after it. */
  readonly touches: 'collections' | 'everything' | 'gallery';
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** Everything of the payload that is compared. */
  readonly payload: string;
  readonly inputs: fc.Arbitrary<InputMaker>;
  /**
   * What must be answered to an input as it was sent; changes the world accordingly.
   *
   * @throws Refused where nothing changes.
   */
  outcome(scene: Scene, input: object): Outcome;
}

/** `Input` is what the mutation takes, ids as the API gives them. */
export function move<Input extends object>(definition: {
  readonly by?: Move['by'];
  readonly isForSuspended?: boolean;
  readonly touches?: Move['touches'];
  readonly weight?: number;
  readonly payload: string;
  readonly inputs: fc.Arbitrary<(...args: Parameters<InputMaker>) => Input>;
  outcome(scene: Scene, input: Input): Outcome;
}): Move {
  return {
    by: 'anyone',
    isForSuspended: false,
    touches: definition.by === 'administrators' ? 'gallery' : 'collections',
    weight: 4,
    ...definition,
    // Made by `inputs` above, and sent as it was made.
    outcome: (scene, input) => definition.outcome(scene, input as Input),
  };
}
