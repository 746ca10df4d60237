import { checkInput } from '../../domain/input.js';

/** Characters of a collection's name; the database holds the same bound. */
export const maxCollectionName = 100;

/** Renders that one request may file at once. */
export const maxRenderBatch = 100;

/** Collections that one request may put renders into, and take them out of. */
export const maxCollectionBatch = 20;

export interface CollectionRendersInput {
  readonly collectionId: string;
  readonly renderIds: readonly string[];
}

export interface OrganizeRendersInput {
  readonly renderIds: readonly string[];
  readonly addToCollectionIds: readonly string[];
  readonly removeFromCollectionIds: readonly string[];
}

/** A name, trimmed. @throws InvalidInput */
export function checkName(name: string): string {
  const check = checkInput();
  const checked = check.line(['name'], name, maxCollectionName);
  check.done();
  return checked;
}

/** A batch of renders, each once. @throws InvalidInput */
export function checkRenders(ids: readonly string[]): readonly string[] {
  const check = checkInput();
  const checked = check.batch(['renderIds'], ids, 1, maxRenderBatch);
  check.done();
  return checked;
}

/** What to move, each once. @throws InvalidInput */
export function checkOrganization(input: OrganizeRendersInput) {
  const check = checkInput();
  const renderIds = check.batch(['renderIds'], input.renderIds, 1, maxRenderBatch);
  const into = check.batch(['addToCollectionIds'], input.addToCollectionIds, 0, maxCollectionBatch);
  const outOf = check.batch(['removeFromCollectionIds'], input.removeFromCollectionIds, 0, maxCollectionBatch);
  if (into.length + outOf.length === 0) {
    check.issue(['addToCollectionIds'], 'Name at least one collection to add to or to remove from.');
  }
  input.removeFromCollectionIds.forEach((id, index) => {
    if (into.includes(id)) {
      check.issue(['removeFromCollectionIds', String(index)], 'This collection is among those to add to as well; choose one.');
    }
  });
  check.done();
  return { renderIds, into, outOf };
}
