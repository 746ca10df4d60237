import fc from 'fast-check';
import type { Death } from '../generation/moves.js';

/** What can happen to pictures. `who` is one of two people, of whom the first is an administrator; `nth` counts what there is. */
export type Deed =
  | { readonly deed: 'upload'; readonly who: number; readonly far: 'opened' | 'sent' | 'completed' }
  | { readonly deed: 'complete'; readonly nth: number }
  | { readonly deed: 'submit'; readonly who: number; readonly withPhoto: boolean; readonly nth: number }
  | { readonly deed: 'generate'; readonly nth: number; readonly script: 'succeeds' | 'fails' }
  | { readonly deed: 'delete render'; readonly nth: number }
  | { readonly deed: 'publish'; readonly nth: number }
  | { readonly deed: 'unpublish'; readonly nth: number }
  | { readonly deed: 'delete looks' }
  | { readonly deed: 'move'; readonly nth: number }
  | { readonly deed: 'erase'; readonly who: number }
  | { readonly deed: 'erase due' }
  /** Bytes come from nowhere, and rows and records go by hand: what no code of ours does. */
  | { readonly deed: 'litter'; readonly who: number; readonly as: 'photo' | 'picture' | 'copy' }
  | { readonly deed: 'lose render'; readonly nth: number }
  | { readonly deed: 'lose look'; readonly nth: number }
  | { readonly deed: 'lose record'; readonly nth: number }
  | { readonly deed: 'sweep' }
  | { readonly deed: 'remove' }
  | { readonly deed: 'sweep uploads' };

export type Turn =
  | { readonly turn: 'one'; readonly done: Deed; readonly death: Death }
  | { readonly turn: 'at once'; readonly done: readonly Deed[]; readonly death: Death }
  | { readonly turn: 'wait'; readonly hours: number };

const nth = fc.nat({ max: 5 });
const who = fc.constantFrom(0, 1);
const deed = <Name extends string, More extends object>(name: Name, more: { [Key in keyof More]: fc.Arbitrary<More[Key]> }) =>
  fc.record({ deed: fc.constant(name), ...more });

const deeds = fc.oneof(
  { weight: 5, arbitrary: deed('upload', { who, far: fc.constantFrom('opened', 'sent', 'completed', 'completed') }) },
  { weight: 4, arbitrary: deed('complete', { nth }) },
  { weight: 6, arbitrary: deed('submit', { who, withPhoto: fc.boolean(), nth }) },
  { weight: 7, arbitrary: deed('generate', { nth, script: fc.constantFrom('succeeds', 'succeeds', 'succeeds', 'fails') }) },
  { weight: 2, arbitrary: deed('delete render', { nth }) },
  { weight: 3, arbitrary: deed('publish', { nth }) },
  { weight: 2, arbitrary: deed('unpublish', { nth }) },
  { weight: 1, arbitrary: deed('delete looks', {}) },
  { weight: 3, arbitrary: deed('move', { nth }) },
  { weight: 1, arbitrary: deed('erase', { who }) },
  { weight: 1, arbitrary: deed('erase due', {}) },
  { weight: 2, arbitrary: deed('litter', { who, as: fc.constantFrom('photo', 'picture', 'copy') }) },
  { weight: 2, arbitrary: deed('lose render', { nth }) },
  { weight: 2, arbitrary: deed('lose look', { nth }) },
  { weight: 1, arbitrary: deed('lose record', { nth }) },
  { weight: 6, arbitrary: deed('sweep', {}) },
  { weight: 5, arbitrary: deed('remove', {}) },
  { weight: 1, arbitrary: deed('sweep uploads', {}) },
) as fc.Arbitrary<Deed>;

const death: fc.Arbitrary<Death> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Death>({ calls: null, isDone: false }) },
  { weight: 1, arbitrary: fc.record({ calls: fc.nat({ max: 25 }), isDone: fc.boolean() }) },
);

export const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ turn: fc.constant('one' as const), done: deeds, death }) },
  { weight: 4, arbitrary: fc.record({ turn: fc.constant('at once' as const), done: fc.array(deeds, { minLength: 2, maxLength: 3 }), death }) },
  // Past the hour of what was begun, the grace of orphans, and the month of unused photos.
  { weight: 3, arbitrary: fc.record({ turn: fc.constant('wait' as const), hours: fc.constantFrom(0.5, 1.1, 25, 25, 31 * 24) }) },
);
