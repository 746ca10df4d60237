import fc from 'fast-check';
import { globalId } from '../seed.js';
import { type Account, looksOf, names, type World } from './world.js';

/**
 * What a step names is chosen before the world is known in which it is taken: as the n-th of somebody's things. So every
 * choice means something in every world, and a sequence stays one when fast-check takes steps out of it.
 */
export interface Reference {
  readonly type: IdType;
  readonly of: 'own' | 'foreign' | 'nobody' | 'malformed';
  readonly nth: number;
}

export type IdType = 'Render' | 'Collection' | 'CommunityCollection' | 'CommunityItem' | 'Profile' | 'Upload' | 'GenerationJob';

/** Turns references into ids, in one world and for one person. */
export interface Resolve {
  (reference: Reference): string;
  /** The looks of a collection, in their order: an order is made from what is there. */
  looksIn(communityCollectionId: string): string[];
}

/** An input that waits for its world. */
export type InputMaker = (resolve: Resolve) => object;

export function resolveIn(world: World, actor: Account): Resolve {
  const others = names.map((name) => world.people[name]).filter((account) => account !== actor);
  const owned = (type: IdType, accounts: readonly Account[]): string[] => {
    if (type === 'Render') return accounts.flatMap(({ renders }) => renders.map(({ id }) => id));
    if (type === 'Upload') return accounts.flatMap(({ uploads }) => uploads.map(({ id }) => id));
    if (type === 'GenerationJob') return accounts.flatMap(({ jobs }) => jobs.map(({ id }) => id));
    if (type === 'Collection') return accounts.flatMap(({ albums }) => albums.map(({ id }) => id));
    return accounts.map(({ id }) => id);
  };
  const resolve = ({ type, of, nth }: Reference): string => {
    const shared = { CommunityCollection: world.gallery.collections, CommunityItem: world.gallery.looks }[type as string];
    if (of === 'malformed') return malformed(type)[nth % malformed(type).length]!;
    const candidates = shared?.map(({ id }) => id) ?? owned(type, of === 'own' ? [actor] : others);
    const isOne = of !== 'nobody' && candidates.length > 0 && !(shared && of === 'foreign');
    return globalId(type, isOne ? candidates[nth % candidates.length]! : unknownId);
  };
  return Object.assign(resolve, {
    looksIn: (communityCollectionId: string) =>
      world.gallery.collections
        .filter(({ id }) => globalId('CommunityCollection', id) === communityCollectionId)
        .flatMap(({ id }) => looksOf(world.gallery, id).map((look) => globalId('CommunityItem', look.id))),
  });
}

/** An id that nothing ever has. */
const unknownId = '0197b000-0000-7000-8000-00000000dead';

const malformed = (type: IdType): string[] => [
  'nonsense',
  '',
  globalId(type, 'x'),
  globalId(type === 'Render' ? 'Collection' : 'Render', unknownId),
  globalId(type, unknownId.toUpperCase()),
  ` ${globalId(type, unknownId)}`,
];

const ofWhom = fc.oneof(
  { weight: 20, arbitrary: fc.constant('own' as const) },
  { weight: 2, arbitrary: fc.constant('foreign' as const) },
  { weight: 1, arbitrary: fc.constant('nobody' as const) },
  { weight: 1, arbitrary: fc.constant('malformed' as const) },
);

export const reference = (type: IdType): fc.Arbitrary<Reference> =>
  fc.record({ type: fc.constant(type), of: ofWhom, nth: fc.nat({ max: 9 }) });

/** In a batch most ids are right, or few batches would be. */
const inBatch = (type: IdType): fc.Arbitrary<Reference> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant(type), of: fc.constant('own' as const), nth: fc.nat({ max: 9 }) }) },
    { weight: 1, arbitrary: reference(type) },
  );

/** A batch of ids, now and then of none or of one too many. */
export function batch(
  type: IdType,
  { min, max, usual = 4 }: { min: number; max: number; usual?: number },
): fc.Arbitrary<readonly Reference[]> {
  const none: fc.Arbitrary<readonly Reference[]> = fc.constant([]);
  const tooMany: fc.Arbitrary<readonly Reference[]> = fc.constant(
    Array.from({ length: max + 1 }, (_, nth) => ({ type, of: 'own' as const, nth })),
  );
  const right: fc.Arbitrary<readonly Reference[]> = fc.array(inBatch(type), { minLength: min, maxLength: usual, size: 'max' });
  return fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: none }, { weight: 1, arbitrary: tooMany });
}

/** Texts on one line, at their bounds and beyond them. */
export const line = (max: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('Kitchens', 'Bathrooms', '  Calm rooms ', 'Größe & Licht', "Robert'); drop table renders;--") },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(max), '🛋'.repeat(max), ` ${'x'.repeat(max)}\n`) },
    { weight: 1, arbitrary: fc.constantFrom('', ' \t', 'x'.repeat(max + 1), '🛋'.repeat(max + 1), 'two\nlines', 'nothing\0') },
  );
