import { mustEqual, withKeys } from './answers.js';
import { galleryArguments, galleryFilters, galleryReads, gallerySelection } from './gallery-views.js';
import { moves } from './moves.js';
import { pickerOf, viewerArguments, type ViewerData, viewerReads, viewerSelection, withListsByKey } from './reading.js';
import type { Scenery, Stage } from './stage.js';
import { type Name, names } from './world.js';

const everythingQuery = `query ($own: Boolean!, ${viewerArguments}, $gallery: Boolean!, ${galleryArguments}) {
  viewer @include(if: $own) { ${viewerSelection} }
  ... @include(if: $gallery) { ${gallerySelection} }
}`;

/** Who reads after a step: everybody everything, or two of them what the step may have touched. */
export type Attention = 'everybody' | 'some';

/** Everybody reads all there is. */
export async function everybodyReads(stage: Stage, scenery: Scenery, turn: number): Promise<void> {
  await Promise.all([
    ...names.map((reader) => reads(stage, scenery, { reader, own: 'whole', gallery: false, turn })),
    reads(stage, scenery, { reader: 'nobody', own: 'nothing', gallery: true, turn }),
  ]);
}

/**
 * The actor of a step reads, and in turn one of the others or somebody anonymous: what the step may have touched, and
 * at every third step everything. It takes a third of the time.
 */
export async function someRead(
  stage: Stage,
  scenery: Scenery,
  { actor, mutation, turn }: { readonly actor: Name; readonly mutation: string; readonly turn: number },
): Promise<void> {
  const others = ([...names, 'nobody'] as const).filter((name) => name !== actor);
  const { touches } = moves[mutation]!;
  const isThird = turn % 3 === 0;
  await Promise.all([
    reads(stage, scenery, {
      reader: actor,
      own: isThird || touches === 'everything' ? 'whole' : touches === 'gallery' ? 'nothing' : 'part',
      gallery: isThird,
      turn,
    }),
    reads(stage, scenery, {
      reader: others[turn % others.length]!,
      own: touches === 'everything' ? 'whole' : 'part',
      gallery: touches !== 'collections',
      turn,
    }),
  ]);
}

interface Reading {
  readonly reader: Name | 'nobody';
  /** A part: what is not seen elsewhere too. */
  readonly own: 'whole' | 'part' | 'nothing';
  readonly gallery: boolean;
  /** Chooses the filter that the gallery is read by. */
  readonly turn: number;
}

async function reads({ app }: Stage, { world, persons }: Scenery, { reader, turn, ...wanted }: Reading): Promise<void> {
  // Somebody anonymous has nothing but the gallery to read.
  const { own, gallery } = reader === 'nobody' ? { own: 'nothing', gallery: true } : wanted;
  if (own === 'nothing' && !gallery) return;
  const account = world.people[reader === 'nobody' ? 'Ann' : reader];
  const filter = galleryFilters[turn % galleryFilters.length]!;
  const variables = { ...pickerOf(world, account), ...filter, own: own !== 'nothing', whole: own === 'whole', gallery };
  const { data, errors } = await app.ask<Record<string, unknown>>(everythingQuery, {
    as: reader === 'nobody' ? undefined : persons[reader],
    variables,
  });
  if (reader !== 'nobody' && account.isDeleted) {
    mustEqual({ reader, codes: errors?.map(({ extensions }) => extensions.code) }, { reader, codes: ['ACCOUNT_DELETED'] });
    return;
  }
  if (errors) throw new Error(`${reader} was not answered: ${JSON.stringify(errors)}`);
  const { viewer, ...open } = withKeys(data) as Record<string, unknown>;
  mustEqual(
    { reader, ...(own !== 'nothing' && { viewer: withListsByKey(viewer as ViewerData) }), ...open, ...(gallery && filter) },
    {
      reader,
      ...(own !== 'nothing' && { viewer: viewerReads(world, account, own === 'whole') }),
      ...(gallery && { ...galleryReads(world.gallery, filter), ...filter }),
    },
  );
}
