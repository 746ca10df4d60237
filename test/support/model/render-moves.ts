import fc from 'fast-check';
import { globalId } from '../seed.js';
import { batch, reference, type Resolve } from './choices.js';
import { move } from './move.js';
import { Faults, notFound, readIds, refused } from './rules.js';
import { renderFields, renderView, viewerFields, viewerView } from './views.js';
import { find } from './world.js';

const setRenderCover = move<{ renderId: string; variantIndex: number }>({
  payload: `render { ${renderFields} } ${viewerFields}`,
  inputs: fc
    .tuple(
      reference('Render'),
      fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.constantFrom(-1, 3, 32_768, 2_147_483_647) }),
    )
    .map(([render, variantIndex]) => (id: Resolve) => ({ renderId: id(render), variantIndex })),
  outcome({ actor }, { renderId: given, variantIndex }) {
    const renderId = readIds((faults) => faults.id('Render', given, 'renderId'));
    const render = find(actor.renders, renderId);
    if (!render) throw notFound();
    if (!render.variants.some(({ index }) => index === variantIndex)) {
      throw refused('InvalidInputError', 'INVALID_INPUT', { issues: [['variantIndex']] });
    }
    render.cover = variantIndex;
    return { __typename: 'SetRenderCoverPayload', render: renderView(actor, render), viewer: viewerView(actor) };
  },
});

const deleteRenders = move<{ renderIds: readonly string[] }>({
  // Seldom: a person has few renders, and little is to be seen without them.
  weight: 2,
  touches: 'everything',
  payload: `deletedIds notFound ${viewerFields}`,
  inputs: batch('Render', { min: 1, max: 100, usual: 2 }).map((renders) => (id: Resolve) => ({ renderIds: renders.map((render) => id(render)) })),
  outcome({ actor }, input) {
    const ids = readIds((faults) => faults.ids('Render', input.renderIds, 'renderIds'));
    const faults = new Faults();
    const renderIds = faults.batch(ids, 1, 100, 'renderIds');
    faults.tell();
    const own = renderIds.filter((id) => find(actor.renders, id));
    for (const render of actor.renders) if (own.includes(render.id)) render.isGone = true;
    for (const { places } of actor.albums) for (const id of own) places.delete(id);
    return {
      __typename: 'DeleteRendersPayload',
      deletedIds: own.map((id) => globalId('Render', id)),
      notFound: renderIds.filter((id) => !own.includes(id)).map((id) => globalId('Render', id)),
      viewer: viewerView(actor),
    };
  },
});

export const renderMoves = { setRenderCover, deleteRenders };
