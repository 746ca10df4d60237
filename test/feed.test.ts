import { createTestApp, type Person, type TestApp } from './support/app.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

let test_: TestApp;
let seed: Seed;
let alice: Person;

beforeAll(async () => {
  test_ = await createTestApp();
  seed = await createSeed(test_);
  alice = await test_.signUp();
});
afterAll(async () => {
  await seed.close();
  await test_.close();
});

it('gives a page', async () => {
  const made = await seed.renders(alice.id, 5, { jobs: true });
  await seed.items(await seed.favorites(alice.id), made.slice(0, 2));
  const answer = await test_.ask(
    `{ viewer { renders(first: 3) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { cursor node {
       id mode roomType style prompt createdAt variantCount isFavorite coverVariant { id index isCover } coverImage { url width placeholder expiresAt }
       variants { id index isCover image { url } } inputImages { url byteSize } job { id status render { id variantCount } } collections { totalCount nodes { name itemCount items(first: 1) { edges { addedAt node { id } } } } } } } } } }`,
    { as: alice },
  );
  console.log(JSON.stringify(answer, null, 1).slice(0, 6000));
});
