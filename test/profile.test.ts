import { randomUUID } from 'node:crypto';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { localId, read } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { createUsageSeed, type UsageSeed } from './support/seed-usage.js';

let gateway: TestApp;
let seed: Seed;
let usage: UsageSeed;

beforeAll(async () => {
  gateway = await createTestApp();
  seed = await createSeed(gateway);
  usage = createUsageSeed(seed);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

interface Profile {
  viewer: { profile: { id: string; createdAt: string } };
}

const query = '{ viewer { profile { id email name role accountStatus preferences plan { id } createdAt } } }';

async function rowsOf(id: string): Promise<{ profiles: number; favorites: number }> {
  const [counts] = await seed.sql<{ profiles: number; favorites: number }>(
    `select (select count(*)::int from profiles where id = $1) as profiles,
       (select count(*)::int from collections where owner_id = $1 and is_default_favorites) as favorites`,
    [id],
  );
  return counts!;
}

describe('a person who signs in for the first time', () => {
  it('gets a profile with favorites, whatever they ask for', async () => {
    const person = await gateway.newcomer({ id: randomUUID(), email: 'new@roomfeed.test', name: 'Nora New' });
    expect(await rowsOf(person.id)).toEqual({ profiles: 0, favorites: 0 });

    await read(gateway, '{ presets { modes } }', { as: person });

    expect(await rowsOf(person.id)).toEqual({ profiles: 1, favorites: 1 });
    expect(await read<Profile>(gateway, query, { as: person })).toEqual({
      viewer: {
        profile: {
          id: globalId('Profile', person.id),
          email: 'new@roomfeed.test',
          name: 'Nora New',
          role: 'USER',
          accountStatus: 'ACTIVE',
          preferences: {},
          plan: { id: 'free' },
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
      },
    });
  });

  it('sees their profile with the very first request', async () => {
    const person = await gateway.newcomer({ id: randomUUID(), email: 'first@roomfeed.test', name: 'Fay First' });
    expect(await read(gateway, query, { as: person })).toMatchObject({ viewer: { profile: { email: 'first@roomfeed.test' } } });
  });

  it('may have a token without address and name', async () => {
    const person = await gateway.newcomer({ id: randomUUID(), email: null });
    expect(await read(gateway, query, { as: person })).toMatchObject({ viewer: { profile: { email: null, name: null } } });
  });

  it('may share the address of another account', async () => {
    const people = await Promise.all(
      [1, 2].map(() => gateway.newcomer({ id: randomUUID(), email: 'shared@roomfeed.test' })),
    );
    const ids = await Promise.all(people.map(async (as) => (await read<Profile>(gateway, query, { as })).viewer.profile.id));
    expect(ids).toEqual(people.map(({ id }) => globalId('Profile', id)));
  });

  it('may be known by what is no UUID, and is the same person every time', async () => {
    const person = await gateway.newcomer({ id: 'auth0|5f7c8ec7c33c6c004bbafe82', email: 'else@roomfeed.test' });
    const first = (await read<Profile>(gateway, query, { as: person })).viewer.profile;
    const second = (await read<Profile>(gateway, query, { as: person })).viewer.profile;
    expect(second).toEqual(first);
    expect(await rowsOf(localId(first.id))).toEqual({ profiles: 1, favorites: 1 });
  });

  it('gets one profile from 50 first requests at once', async () => {
    const person = await gateway.newcomer({ id: randomUUID(), email: 'eager@roomfeed.test' });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        read<Profile & { viewer: { favorites: { id: string } } }>(gateway, '{ viewer { profile { id createdAt } favorites { id } } }', { as: person }),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.viewer.profile.id).toBe(globalId('Profile', person.id));
    expect(await rowsOf(person.id)).toEqual({ profiles: 1, favorites: 1 });
  });
});

describe('a profile', () => {
  it('is nobody\'s for an anonymous caller', async () => {
    expect(await read(gateway, query)).toEqual({ viewer: null });
  });

  it('shows role and status as they are now', async () => {
    const person = await gateway.signUp();
    await seed.sql(`update profiles set role = 'admin', account_status = 'suspended' where id = $1`, [person.id]);
    expect(await read(gateway, query, { as: person })).toMatchObject({
      viewer: { profile: { role: 'ADMIN', accountStatus: 'SUSPENDED' } },
    });
  });

  it('gives the preferences back as they were kept', async () => {
    const person = await gateway.signUp();
    const preferences = { theme: 'dark', grid: { columns: 3, dense: false }, tags: ['a', 1, null, 'ü'], none: null, ratio: 1.5 };
    await seed.sql('update profiles set preferences = $2 where id = $1', [person.id, preferences]);
    expect(await read(gateway, query, { as: person })).toMatchObject({ viewer: { profile: { preferences } } });
  });

  it.each([
    ['the price\'s, with access', 'price_advanced_monthly', true, 'advanced'],
    ['free, where access ended', 'price_advanced_monthly', false, 'free'],
    ['free, for a price that no plan names', 'price_from_last_year', true, 'free'],
    ['free, without a price', null, true, 'free'],
  ])('has a plan: %s', async (_what, priceId, hasAccess, id) => {
    const person = await gateway.signUp();
    await usage.pay(person.id, priceId, { hasAccess });
    const plans = `{ viewer { profile { plan { id isCurrent } } } plans { id isCurrent } }`;
    const answer = await read<{ viewer: object; plans: { id: string; isCurrent: boolean }[] }>(gateway, plans, { as: person });
    expect(answer.viewer).toEqual({ profile: { plan: { id, isCurrent: true } } });
    expect(answer.plans.filter(({ isCurrent }) => isCurrent).map((plan) => plan.id)).toEqual([id]);
  });
});

describe('a suspended account', () => {
  it('still reads', async () => {
    const person: Person = await gateway.signUp();
    const made = await seed.renders(person.id, 2);
    await seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [person.id]);
    expect(await read(gateway, '{ viewer { renders { totalCount } favorites { name } } }', { as: person })).toEqual({
      viewer: { renders: { totalCount: made.length }, favorites: { name: 'Favorites' } },
    });
  });
});

describe('what an account stores', () => {
  it('is summed by kind, nobody else\'s and no public copy included', async () => {
    const person = await gateway.signUp();
    const stranger = await gateway.signUp();
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type) values
         ('inputs/a', $1, 'input', 2000000000, 'image/jpeg'), ('inputs/b', $1, 'input', 2000000000, 'image/jpeg'),
         ('renders/a', $1, 'output', 700, 'image/webp'), ('renders/b', $2, 'output', 1, 'image/webp'),
         ('community/a', null, 'community', 5, 'image/webp')`,
      [person.id, stranger.id],
    );
    const storage = '{ viewer { storageUsage { totalBytes objectCount byKind { kind bytes objectCount } } } }';
    expect(await read(gateway, storage, { as: person })).toEqual({
      viewer: {
        storageUsage: {
          totalBytes: 4_000_000_700,
          objectCount: 3,
          byKind: [
            { kind: 'input', bytes: 4_000_000_000, objectCount: 2 },
            { kind: 'output', bytes: 700, objectCount: 1 },
            { kind: 'thumbnail', bytes: 0, objectCount: 0 },
          ],
        },
      },
    });
  });
});
