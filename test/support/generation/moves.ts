import fc from 'fast-check';
import { type Script, scripts } from './scripted-provider.js';

/** Where a worker dies: at its so manyth call to anything, which is still done or not; `calls` null: nowhere. */
export interface Death {
  readonly calls: number | null;
  readonly isDone: boolean;
}

/** What a worker, a webhook or a person does to one of the jobs there are; `nth` counts them from the oldest on. */
export type JobMove =
  | { readonly move: 'attend'; readonly nth: number; readonly script: Script; readonly isElsewhere: boolean; readonly isLastTry: boolean; readonly death: Death }
  | { readonly move: 'cancel'; readonly nth: number }
  | { readonly move: 'sweep'; readonly death: Death };

export type Move =
  | { readonly move: 'submit'; readonly person: 0 | 1; readonly withPhoto: boolean; readonly variants: 1 | 2; readonly key: number | null }
  | JobMove
  | { readonly move: 'recover'; readonly death: Death }
  /** Pictures that nothing needs are removed. */
  | { readonly move: 'clear' }
  | { readonly move: 'wait'; readonly until: 'soon' | 'processing is stuck' | 'starting is stuck' | 'next month' }
  /** Two at the same time, on the same job where both name one. */
  | { readonly move: 'both'; readonly moves: readonly [JobMove, JobMove] };

const alive: Death = { calls: null, isDone: false };
const death: fc.Arbitrary<Death> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(alive) },
  // Some 25 calls take a job from its beginning to its end.
  { weight: 2, arbitrary: fc.record({ calls: fc.nat({ max: 26 }), isDone: fc.boolean() }) },
);
const nth = fc.nat({ max: 7 });
const script = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Script>('succeeds') },
  { weight: 3, arbitrary: fc.constantFrom(...scripts) },
);

const attend = fc.record({
  move: fc.constant('attend' as const),
  nth,
  script,
  isElsewhere: fc.boolean(),
  isLastTry: fc.boolean(),
  death,
});
const cancel = fc.record({ move: fc.constant('cancel' as const), nth });
const sweep = fc.record({ move: fc.constant('sweep' as const), death });
const jobMove: fc.Arbitrary<JobMove> = fc.oneof(
  { weight: 5, arbitrary: attend },
  { weight: 2, arbitrary: cancel },
  { weight: 1, arbitrary: sweep },
);

export const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      move: fc.constant('submit' as const),
      person: fc.constantFrom(0 as const, 1 as const),
      withPhoto: fc.boolean(),
      variants: fc.constantFrom(1 as const, 2 as const),
      key: fc.option(fc.nat({ max: 2 }), { freq: 2 }),
    }),
  },
  { weight: 8, arbitrary: attend },
  { weight: 2, arbitrary: cancel },
  { weight: 3, arbitrary: sweep },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('recover' as const), death }) },
  { weight: 1, arbitrary: fc.constant({ move: 'clear' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      move: fc.constant('wait' as const),
      until: fc.constantFrom('soon' as const, 'processing is stuck' as const, 'starting is stuck' as const, 'next month' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(nth, jobMove, jobMove)
      .map(([same, one, two]) => ({ move: 'both' as const, moves: [at(one, same), at(two, same)] as const })),
  },
);

function at(taken: JobMove, nth: number): JobMove {
  return 'nth' in taken ? { ...taken, nth } : taken;
}
