import { createTestApp, type Person, type TestApp } from './support/app.js';
import { seedSubscription } from './support/billing/seed-subscription.js';
import { read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { createUsageSeed } from './support/seed-usage.js';

/** What administrators see of accounts, and nobody else. */
let app: TestApp;
let seed: Seed;
let admin: Person;

beforeAll(async () => {
  app = await createTestApp();
  seed = await createSeed(app);
  admin = await app.signUp({ email: 'admin@roomfeed.test' });
  await seed.sql(`update profiles set role = 'admin' where id = $1`, [admin.id]);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

const account = `query ($id: ID!) { admin { account(profileId: $id) {
  profile { id email plan { id } }
  usage { used remaining plan { id } entries { totalCount nodes { amount job { id } } } }
  billing { plan { id } hasAccess subscriptionStatus currentPeriod { end } }
  generationJobs(first: 5) { totalCount nodes { id status render { id variantCount coverImage { url } } } }
  storageUsage { totalBytes objectCount }
} } }`;

async function search(text: string | null, page = 'first: 50'): Promise<string[]> {
  const { admin: found } = await read<{ admin: { profiles: { nodes: { email: string }[] } } }>(
    app,
    `query ($text: String) { admin { profiles(search: $text, ${page}) { nodes { email } } } }`,
    { as: admin, variables: { text } },
  );
  return found.profiles.nodes.map(({ email }) => email);
}

describe('an account', () => {
  it('is shown as its owner sees it', async () => {
    const person = await app.signUp();
    await seedSubscription(seed, person.id, { priceId: 'price_advanced_monthly' });
    const [render = ''] = await seed.renders(person.id, 1, { variants: 2, jobs: true });
    const usage = createUsageSeed(seed);
    await usage.credit(person.id, new Date().toISOString(), 3);
    const own = await read<{ viewer: object }>(
      app,
      `{ viewer { profile { id email plan { id } } usage { used remaining plan { id } entries { totalCount nodes { amount job { id } } } }
         billing { plan { id } hasAccess subscriptionStatus currentPeriod { end } }
         generationJobs(first: 5) { totalCount nodes { id status render { id variantCount coverImage { url } } } } storageUsage { totalBytes objectCount } } }`,
      { as: person },
    );

    const { admin: seen } = await read<{ admin: { account: object } }>(app, account, { as: admin, variables: { id: globalId('Profile', person.id) } });

    expect(seen.account).toEqual(own.viewer);
    expect(seen.account).toMatchObject({
      billing: { plan: { id: 'advanced' }, hasAccess: true },
      usage: { plan: { id: 'advanced' }, entries: { totalCount: 1 } },
      generationJobs: { totalCount: 1, nodes: [{ render: { id: globalId('Render', render), variantCount: 2 } }] },
    });
  });

  it('that there is not is null, and an id of something else an error', async () => {
    const asked = (id: string) => app.ask<{ admin: { account: null } }>(account, { as: admin, variables: { id } });
    expect((await asked(globalId('Profile', '0197b000-0000-7000-8000-00000000dead'))).data.admin.account).toBeNull();
    expect((await asked(globalId('Render', admin.id))).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it.each(['the owner of it', 'a suspended administrator', 'nobody'])('is not shown to %s', async (who) => {
    const person = await app.signUp();
    const as = who === 'nobody' ? undefined : person;
    if (who === 'a suspended administrator') {
      await seed.sql(`update profiles set role = 'admin', account_status = 'suspended' where id = $1`, [person.id]);
    }
    const { data, errors } = await app.ask<{ admin: null }>(account, { as, variables: { id: globalId('Profile', person.id) } });
    expect(data).toEqual({ admin: null });
    const code = { 'the owner of it': 'FORBIDDEN', nobody: 'UNAUTHENTICATED', 'a suspended administrator': 'FORBIDDEN' }[who];
    expect(errors?.map(({ extensions, path }) => [extensions.code, path])).toEqual([[code, ['admin']]]);
  });
});

describe('the list of accounts', () => {
  it('is searched by a part of the address or the name in any case, and by id', async () => {
    const person = await app.signUp({ email: 'Zoe.Quill_50%@Roomfeed.test' });
    await app.signUp({ email: 'zoeaquillb50c@roomfeed.test' });
    await seed.sql(`update profiles set name = 'Wilhelmina \\\\ Öst' where id = $1`, [person.id]);

    const found = ['zoe.quill_50%@roomfeed.test'];
    for (const text of ['QUILL_50%', 'e.quill', 'wilhelmina', 'ÖST', ' \\ ', person.id.toUpperCase()]) {
      expect({ text, found: await search(text) }).toEqual({ text, found });
    }
    expect(await search('nobody has this')).toEqual([]);
    expect((await search(' ')).length).toBe((await search(null)).length);
    const { code, message } = await refusal(app, `{ admin { profiles(search: "${'x'.repeat(201)}") { nodes { id } } } }`, { as: admin });
    expect([code, message]).toEqual(['BAD_USER_INPUT', expect.stringContaining('200')]);
  });

  it('is paged, newest first, there and back, without a gap', async () => {
    await Promise.all(Array.from({ length: 7 }, (_, n) => app.signUp({ email: `page${n}@paged.test` })));
    const page = async (args: string) => {
      const { admin: found } = await read<{
        admin: { profiles: { totalCount: number; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }; nodes: { email: string }[] } };
      }>(app, `{ admin { profiles(search: "@paged.test", ${args}) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { email } } } }`, { as: admin });
      return found.profiles;
    };
    const all = (await page('first: 100')).nodes.map(({ email }) => email);
    expect(all).toHaveLength(7);
    const first = await page('first: 3');
    const second = await page(`first: 3, after: "${first.pageInfo.endCursor}"`);
    const back = await page(`last: 3, before: "${second.pageInfo.startCursor}"`);
    expect([...first.nodes, ...second.nodes].map(({ email }) => email)).toEqual(all.slice(0, 6));
    expect(back.nodes).toEqual(first.nodes);
    expect(second).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true, hasPreviousPage: true } });
  });
});

describe('the data checks', () => {
  interface Report {
    readonly validateData: {
      readonly checkedAt: string;
      readonly issueCount: number;
      readonly checks: readonly { readonly name: string; readonly examined: number; readonly issues: readonly object[] }[];
    };
  }
  const query = `query ($checks: [String!], $profileId: ID) { admin { validateData(checks: $checks, profileId: $profileId) {
    checkedAt issueCount checks { name examined issues { severity category description affectedId suggestedAction isRepairable } }
  } } }`;
  const validate = async (variables: Record<string, unknown> = {}) => (await read<{ admin: Report }>(app, query, { as: admin, variables })).admin.validateData;

  it('tell administrators what is wrong, whose, and what to do', async () => {
    const [person, other] = [await app.signUp(), await app.signUp()];
    for (const { id } of [person, other]) {
      await seed.sql(`insert into usage_periods (owner_id, period, debits) values ($1, '2026-01-01', 3)`, [id]);
    }

    const report = await validate({ checks: ['usage_sums'] });

    expect(report).toMatchObject({ issueCount: 2, checks: [{ name: 'usage_sums' }] });
    expect(report.checks).toHaveLength(1);
    const ofOne = await validate({ checks: ['usage_sums'], profileId: globalId('Profile', person.id) });
    expect(ofOne.issueCount).toBe(1);
    expect(ofOne.checks[0]!.issues).toEqual([
      {
        severity: expect.stringMatching(/^(CRITICAL|WARNING)$/),
        category: expect.any(String),
        description: expect.any(String),
        affectedId: expect.stringContaining(person.id),
        suggestedAction: expect.any(String),
        isRepairable: true,
      },
    ]);
    await seed.sql('delete from usage_periods where owner_id = any($1)', [[person.id, other.id]]);
    expect(await validate({ checks: ['usage_sums'] })).toMatchObject({ issueCount: 0 });
  });

  it('answer an unknown name with those there are, and run all of them without one', async () => {
    const { code, message } = await refusal(app, query, { as: admin, variables: { checks: ['nonsense'] } });
    expect([code, message]).toEqual(['BAD_USER_INPUT', expect.stringContaining('usage_sums')]);
    expect((await validate()).checks.length).toBeGreaterThan(15);
  });
});
