import { createTestApp, type TestApp } from './support/app.js';
import { CreateCollectionDocument, FeedDocument } from './support/generated/graphql.js';
import { createSeed } from './support/seed.js';
import { askTyped } from './support/typed.js';

describe('a typed document', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app.close());

  test('pages through the feed with checked variables and typed data', async () => {
    const demo = await app.signUp();
    const seed = await createSeed(app);
    await seed.renders(demo.id, 3, { variants: 2 });
    await seed.close();

    const first = await askTyped(app, FeedDocument, { as: demo, variables: { first: 2 } });
    const page = first.data.viewer?.renders;
    const second = await askTyped(app, FeedDocument, { as: demo, variables: { first: 2, after: page?.pageInfo.endCursor } });

    const counts: readonly number[] | undefined = page?.nodes.map(({ variantCount }) => variantCount);
    expect(counts).toEqual([2, 2]);
    expect(page?.totalCount).toBe(3);
    expect(second.data.viewer?.renders.nodes).toHaveLength(1);
    expect(second.data.viewer?.renders.pageInfo.hasNextPage).toBe(false);
  });

  test('tells a mutation\'s payload from its errors', async () => {
    const demo = await app.signUp();

    const { data } = await askTyped(app, CreateCollectionDocument, { as: demo, variables: { input: { name: 'Kitchens' } } });

    const { createCollection: result } = data;
    switch (result.__typename) {
      case 'CreateCollectionPayload': {
        const name: string = result.collection.name;
        expect(name).toBe('Kitchens');
        break;
      }
      case 'CollectionLimitReachedError':
        throw new Error(`There may be ${result.limit} only.`);
      default:
        throw new Error(`${result.code}: ${result.message}`);
    }
  });
});

/** Never called: the compiler looks at it (npm run typecheck), and complains where it has nothing to complain of. */
export async function misuse(app: TestApp): Promise<void> {
  // @ts-expect-error: `first` is a number
  const { data } = await askTyped(app, FeedDocument, { variables: { first: 'two' } });
  // @ts-expect-error: the document does not ask for `prompt`
  void data.viewer?.renders.nodes[0]?.prompt;
}
