import { createTestApp, type Person, type TestApp } from './support/app.js';
import { localId, read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { createUsageSeed, type Debit, type UsageSeed } from './support/seed-usage.js';

/** The year is long over, so that no test meets the real clock. */
const midMarch = '2024-03-15T12:00:00.000Z';
let now = midMarch;

let gateway: TestApp;
let seed: Seed;
let usage: UsageSeed;

const plan = (id: string, priceCents: number, monthlyGenerations: number, maxConcurrentJobs = 1) => ({
  id,
  label: id,
  priceId: `price_${id}`,
  priceCents,
  currency: 'aud',
  interval: 'month',
  monthlyGenerations,
  maxConcurrentJobs,
  features: [],
});

beforeAll(async () => {
  gateway = await createTestApp({
    now: () => new Date(now),
    runtime: { plans: { closed: plan('closed', 100, 0), team: plan('team', 9_900, 1_000, 2) } },
  });
  seed = await createSeed(gateway);
  usage = createUsageSeed(seed);
  for (const [id, limit] of [['free', 20], ['starter', 150], ['advanced', 600]] as const) {
    await usage.planVersion(id, limit, '2023-01-01T00:00:00Z');
  }
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});
beforeEach(() => {
  now = midMarch;
});

/** An account that was made before the year began. */
async function signUp(): Promise<Person> {
  const person = await gateway.signUp();
  await usage.bornAt(person.id, '2023-12-20T00:00:00Z');
  return person;
}

async function debits(person: Person, count: number, at = '2024-03-02T00:00:00Z', mode = 'redesign'): Promise<Debit[]> {
  const made: Debit[] = [];
  for (let nth = 0; nth < count; nth += 1) made.push(await usage.debit(person.id, at, { mode }));
  return made;
}

interface Figures {
  id: string;
  [field: string]: unknown;
}

const figures = `id periodStart periodEnd plan { id } monthlyLimit debits refunds credits used remaining percentUsed
  isNearLimit canGenerate blockedBy byMode { mode count }
  entries { totalCount nodes { kind amount reason createdAt job { id mode } } }`;

async function ofMonth(person: Person, selection = figures, asOf?: string): Promise<Figures> {
  const args = asOf === undefined ? '' : `(asOf: "${asOf}")`;
  const { viewer } = await read<{ viewer: { usage: Figures } }>(gateway, `{ viewer { usage${args} { ${selection} } } }`, { as: person });
  return viewer.usage;
}

async function byId(id: string, as: Person | undefined, selection = figures): Promise<Figures | null> {
  const { node } = await read<{ node: Figures | null }>(gateway, `query ($id: ID!) { node(id: $id) { ... on Usage { ${selection} } } }`, {
    as,
    variables: { id },
  });
  return node;
}

describe('the present month', () => {
  it('is all zeros for a new account', async () => {
    const person = await signUp();
    expect(await ofMonth(person)).toEqual({
      id: globalId('Usage', `${person.id}/2024-03-01`),
      periodStart: '2024-03-01T00:00:00.000Z',
      periodEnd: '2024-04-01T00:00:00.000Z',
      plan: { id: 'free' },
      monthlyLimit: 20,
      debits: 0,
      refunds: 0,
      credits: 0,
      used: 0,
      remaining: 20,
      percentUsed: 0,
      isNearLimit: false,
      canGenerate: true,
      blockedBy: null,
      byMode: [],
      entries: { totalCount: 0, nodes: [] },
    });
  });

  it('sums up debits, refunds and credits, and lists them with the newest first', async () => {
    const person = await signUp();
    const stranger = await signUp();
    await debits(stranger, 3);
    const redesign = await usage.debit(person.id, '2024-03-01T00:00:00.000Z');
    const staging = await usage.debit(person.id, '2024-03-03T00:00:00Z', { mode: 'staging', amount: 3 });
    const refunded = await usage.debit(person.id, '2024-03-04T00:00:00Z', { mode: 'imagine' });
    await usage.refund(person.id, refunded, '2024-03-05T00:00:00Z');
    await usage.credit(person.id, '2024-03-02T00:00:00Z', 5, 'Sorry for the outage');
    // Of other months.
    await debits(person, 2, '2024-02-29T23:59:59.999Z');

    const job = (debit: Debit, mode: string) => ({ id: globalId('GenerationJob', debit.jobId), mode });
    const plain = { amount: 1, reason: null };
    expect(await ofMonth(person)).toMatchObject({
      debits: 5,
      refunds: 1,
      credits: 5,
      used: 4,
      remaining: 21,
      percentUsed: 16,
      byMode: [
        { mode: 'STAGING', count: 3 },
        { mode: 'REDESIGN', count: 1 },
      ],
      entries: {
        totalCount: 5,
        nodes: [
          { ...plain, kind: 'GENERATION_REFUND', createdAt: '2024-03-05T00:00:00.000Z', job: job(refunded, 'IMAGINE') },
          { ...plain, kind: 'GENERATION_DEBIT', createdAt: '2024-03-04T00:00:00.000Z', job: job(refunded, 'IMAGINE') },
          { ...plain, kind: 'GENERATION_DEBIT', amount: 3, createdAt: '2024-03-03T00:00:00.000Z', job: job(staging, 'STAGING') },
          { kind: 'CREDIT_ADJUSTMENT', amount: 5, reason: 'Sorry for the outage', createdAt: '2024-03-02T00:00:00.000Z', job: null },
          { ...plain, kind: 'GENERATION_DEBIT', createdAt: '2024-03-01T00:00:00.000Z', job: job(redesign, 'REDESIGN') },
        ],
      },
    });
  });

  it('takes its figures from the running sums', async () => {
    const person = await signUp();
    await seed.sql(`insert into usage_periods (owner_id, period, debits, refunds, credits) values ($1, '2024-03-01', 9, 2, 3)`, [person.id]);
    expect(await ofMonth(person, 'id debits refunds credits used remaining')).toMatchObject({
      debits: 9,
      refunds: 2,
      credits: 3,
      used: 7,
      remaining: 16,
    });
  });

  it('counts a refund in the month of its debit', async () => {
    const person = await signUp();
    const [debit] = await debits(person, 1, '2024-02-29T23:59:59.999Z');
    await usage.refund(person.id, debit!, '2024-03-01T00:00:00.000Z');
    expect(await ofMonth(person, 'id debits refunds entries { totalCount }')).toMatchObject({ debits: 0, refunds: 0, entries: { totalCount: 0 } });
    expect(await byId(globalId('Usage', `${person.id}/2024-02-01`), person)).toMatchObject({
      debits: 1,
      refunds: 1,
      used: 0,
      byMode: [],
      entries: { totalCount: 2 },
    });
  });

  it('pages through its entries, also where all are of one instant', async () => {
    const person = await signUp();
    const made = await debits(person, 5);
    const wanted = made.map(({ id }) => id).sort().reverse();
    const found: string[] = [];
    for (let after = ''; ; ) {
      const page = (await ofMonth(person, `id entries(first: 2${after}) { nodes { id } pageInfo { hasNextPage endCursor } }`))['entries'] as {
        nodes: { id: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      found.push(...page.nodes.map(({ id }) => localId(id)));
      if (!page.pageInfo.hasNextPage) break;
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(found).toEqual(wanted);
  });
});

describe('the figures', () => {
  const summary = 'id monthlyLimit used remaining percentUsed isNearLimit';

  it.each([
    ['under 80 %', 15, { used: 15, remaining: 5, percentUsed: 75, isNearLimit: false }],
    ['exactly 80 %', 16, { used: 16, remaining: 4, percentUsed: 80, isNearLimit: true }],
    ['all of it', 20, { used: 20, remaining: 0, percentUsed: 100, isNearLimit: true }],
    ['more than all', 25, { used: 25, remaining: 0, percentUsed: 125, isNearLimit: true }],
  ])('of a month that used %s', async (_what, count, expected) => {
    const person = await signUp();
    await usage.debit(person.id, '2024-03-02T00:00:00Z', { amount: count });
    expect(await ofMonth(person, summary)).toMatchObject({ monthlyLimit: 20, ...expected });
  });

  it('are near the limit by the configured percentage of limit and credits together', async () => {
    const person = await signUp();
    await usage.credit(person.id, '2024-03-01T00:00:00Z', 5);
    await usage.debit(person.id, '2024-03-02T00:00:00Z', { amount: 19 });
    expect(await ofMonth(person, summary)).toMatchObject({ used: 19, remaining: 6, percentUsed: 76, isNearLimit: false });
    await usage.debit(person.id, '2024-03-02T00:00:00Z');
    expect(await ofMonth(person, summary)).toMatchObject({ used: 20, remaining: 5, percentUsed: 80, isNearLimit: true });
  });

  it('are 100 % where there is nothing to use, and live on credits alone', async () => {
    const person = await signUp();
    await usage.pay(person.id, 'price_closed');
    expect(await ofMonth(person, `${summary} canGenerate blockedBy`)).toMatchObject({
      monthlyLimit: 0,
      used: 0,
      remaining: 0,
      percentUsed: 100,
      isNearLimit: true,
      canGenerate: false,
      blockedBy: 'QUOTA_EXCEEDED',
    });
    await usage.credit(person.id, '2024-03-01T00:00:00Z', 4);
    await usage.debit(person.id, '2024-03-02T00:00:00Z');
    expect(await ofMonth(person, `${summary} canGenerate blockedBy`)).toMatchObject({
      remaining: 3,
      percentUsed: 25,
      isNearLimit: false,
      canGenerate: true,
      blockedBy: null,
    });
  });
});

describe('a submission', () => {
  const allowance = 'id canGenerate blockedBy';
  const suspend = (person: Person) => seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [person.id]);
  const blocked = (blockedBy: string) => ({ id: expect.any(String), canGenerate: false, blockedBy });
  const open = { id: expect.any(String), canGenerate: true, blockedBy: null };

  it('is possible while a generation remains', async () => {
    const person = await signUp();
    await usage.debit(person.id, '2024-03-02T00:00:00Z', { amount: 19 });
    expect(await ofMonth(person, allowance)).toEqual(open);
    await usage.debit(person.id, '2024-03-02T00:00:00Z');
    expect(await ofMonth(person, allowance)).toEqual(blocked('QUOTA_EXCEEDED'));
  });

  it.each([
    ['starting', true],
    ['processing', true],
    ['succeeded', false],
    ['failed', false],
    ['canceled', false],
  ])('meets a job that is %s as in its way: %s', async (status, isInTheWay) => {
    const person = await signUp();
    await usage.job(person.id, { status });
    expect(await ofMonth(person, allowance)).toEqual(isInTheWay ? blocked('TOO_MANY_IN_FLIGHT') : open);
  });

  it('is not held up by jobs that are archived, or somebody else\'s', async () => {
    const person = await signUp();
    const stranger = await signUp();
    await usage.job(stranger.id, { status: 'starting' });
    await usage.job(person.id, { status: 'starting', archivedAt: midMarch });
    expect(await ofMonth(person, allowance)).toEqual(open);
  });

  it('may stand beside as many jobs as the plan allows', async () => {
    const person = await signUp();
    await usage.pay(person.id, 'price_team');
    await usage.job(person.id, { status: 'starting' });
    expect(await ofMonth(person, allowance)).toEqual(open);
    await usage.job(person.id, { status: 'processing' });
    expect(await ofMonth(person, allowance)).toEqual(blocked('TOO_MANY_IN_FLIGHT'));
  });

  it('is told the first reason of several: suspended, in flight, quota', async () => {
    const person = await signUp();
    await usage.debit(person.id, '2024-03-02T00:00:00Z', { amount: 20 });
    await usage.job(person.id, { status: 'starting' });
    expect(await ofMonth(person, allowance)).toEqual(blocked('TOO_MANY_IN_FLIGHT'));
    await suspend(person);
    expect(await ofMonth(person, allowance)).toEqual(blocked('ACCESS_SUSPENDED'));
  });

  it('is a question of the present: no past month and no statement answers it', async () => {
    const person = await signUp();
    await suspend(person);
    expect(await ofMonth(person, allowance, midMarch)).toMatchObject({ canGenerate: false, blockedBy: null });
    const { viewer } = await read<{ viewer: { usageHistory: { nodes: object[] } } }>(
      gateway,
      '{ viewer { usageHistory(first: 2) { nodes { canGenerate blockedBy } } } }',
      { as: person },
    );
    expect(viewer.usageHistory.nodes).toEqual([
      { canGenerate: false, blockedBy: 'ACCESS_SUSPENDED' },
      { canGenerate: false, blockedBy: null },
    ]);
  });
});

describe('the plan', () => {
  it.each([
    ['of its price', 'price_starter', true, 'free', 20],
    ['of its price, by the configured price', 'price_starter_monthly', true, 'starter', 150],
    ['free without access', 'price_starter_monthly', false, 'free', 20],
    ['free without a price', null, true, 'free', 20],
  ])('of the present month is %s', async (_what, priceId, hasAccess, id, monthlyLimit) => {
    const person = await signUp();
    await usage.pay(person.id, priceId, { hasAccess });
    expect(await ofMonth(person, 'id plan { id } monthlyLimit')).toMatchObject({ plan: { id }, monthlyLimit });
  });

  it('of a past month is the one in force at its end', async () => {
    const person = await signUp();
    await usage.pay(person.id, 'price_advanced_monthly');
    const change = (priceId: string | null, effectiveAt: string) => usage.planChange(person.id, priceId, { effectiveAt, recordedAt: effectiveAt });
    await change('price_starter_monthly', '2024-01-10T00:00:00Z');
    await change(null, '2024-01-31T23:59:59.999Z');
    await change('price_starter_monthly', '2024-02-01T00:00:00.000Z');
    await change('price_advanced_monthly', '2024-03-01T00:00:00.000Z');
    const { viewer } = await read<{ viewer: { usageHistory: { nodes: object[] } } }>(
      gateway,
      '{ viewer { usageHistory { nodes { periodStart plan { id } monthlyLimit } } } }',
      { as: person },
    );
    expect(viewer.usageHistory.nodes).toEqual([
      { periodStart: '2024-03-01T00:00:00.000Z', plan: { id: 'advanced' }, monthlyLimit: 600 },
      { periodStart: '2024-02-01T00:00:00.000Z', plan: { id: 'starter' }, monthlyLimit: 150 },
      { periodStart: '2024-01-01T00:00:00.000Z', plan: { id: 'free' }, monthlyLimit: 20 },
      { periodStart: '2023-12-01T00:00:00.000Z', plan: { id: 'free' }, monthlyLimit: 20 },
    ]);
  });
});

describe('a statement', () => {
  it('has only what was recorded at its instant or before', async () => {
    const person = await signUp();
    const first = await usage.debit(person.id, '2024-03-02T00:00:00.000Z', { mode: 'staging' });
    await usage.refund(person.id, first, '2024-03-04T00:00:00.000Z');
    await usage.credit(person.id, '2024-03-06T00:00:00.000Z', 5);
    await debits(person, 2, '2024-03-08T00:00:00.000Z');
    const at = (asOf: string) => ofMonth(person, 'debits refunds credits used remaining byMode { mode count } entries { totalCount nodes { kind } }', asOf);

    expect(await at('2024-03-01T23:59:59.999Z')).toEqual({
      debits: 0, refunds: 0, credits: 0, used: 0, remaining: 20, byMode: [], entries: { totalCount: 0, nodes: [] },
    });
    expect(await at('2024-03-02T00:00:00.000Z')).toEqual({
      debits: 1, refunds: 0, credits: 0, used: 1, remaining: 19,
      byMode: [{ mode: 'STAGING', count: 1 }],
      entries: { totalCount: 1, nodes: [{ kind: 'GENERATION_DEBIT' }] },
    });
    expect(await at('2024-03-04T00:00:00.000Z')).toEqual({
      debits: 1, refunds: 1, credits: 0, used: 0, remaining: 20, byMode: [],
      entries: { totalCount: 2, nodes: [{ kind: 'GENERATION_REFUND' }, { kind: 'GENERATION_DEBIT' }] },
    });
    expect(await at('2024-03-07T23:59:59.999Z')).toMatchObject({ debits: 1, refunds: 1, credits: 5, remaining: 25 });
    expect(await at('2024-03-08T10:00:00.000+10:00')).toMatchObject({ debits: 3, used: 2, byMode: [{ mode: 'REDESIGN', count: 2 }] });
  });

  it('is the same bytes before and after anything else happens', async () => {
    const person = await signUp();
    const [debit] = await debits(person, 2, '2024-03-02T00:00:00Z');
    await usage.planChange(person.id, 'price_starter_monthly', { effectiveAt: '2024-03-01T00:00:00Z', recordedAt: '2024-03-01T00:00:00Z' });
    const asOf = '2024-03-10T00:00:00.000Z';
    const before = JSON.stringify(await ofMonth(person, figures, asOf));
    expect(JSON.parse(before)).toMatchObject({
      id: globalId('Usage', `${person.id}/2024-03-01/${asOf}`),
      plan: { id: 'starter' },
      monthlyLimit: 150,
      debits: 2,
      canGenerate: false,
      blockedBy: null,
      entries: { totalCount: 2 },
    });

    now = '2024-06-30T00:00:00.000Z';
    await usage.refund(person.id, debit!, '2024-03-11T00:00:00Z');
    await debits(person, 3, '2024-03-12T00:00:00Z');
    // Charged in March, and recorded in April.
    await usage.debit(person.id, '2024-04-01T00:00:00Z', { period: '2024-03-01' });
    await usage.credit(person.id, '2024-03-20T00:00:00Z', 7);
    await usage.pay(person.id, 'price_advanced_monthly');
    // In force before the instant, and not known until after it.
    await usage.planChange(person.id, 'price_advanced_monthly', { effectiveAt: '2024-03-05T00:00:00Z', recordedAt: '2024-03-11T00:00:00Z' });
    await usage.planVersion('starter', 999, '2024-03-11T00:00:00Z');
    await seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [person.id]);

    expect(JSON.stringify(await ofMonth(person, figures, asOf))).toBe(before);
    // What happened is there for those who ask of a later instant.
    expect(await ofMonth(person, figures, '2024-03-31T00:00:00Z')).toMatchObject({
      plan: { id: 'advanced' }, monthlyLimit: 600, debits: 5, refunds: 1, credits: 7,
    });
  });

  it('knows a change of plan when it is both in force and recorded', async () => {
    const person = await signUp();
    const late = { effectiveAt: '2024-02-10T00:00:00.000Z', recordedAt: '2024-02-12T00:00:00.000Z' };
    await usage.planChange(person.id, 'price_starter_monthly', late);
    const early = { effectiveAt: '2024-02-20T00:00:00.000Z', recordedAt: '2024-02-15T00:00:00.000Z' };
    await usage.planChange(person.id, 'price_advanced_monthly', early);
    const planAt = async (asOf: string) => ((await ofMonth(person, 'plan { id }', asOf))['plan'] as { id: string }).id;

    expect(await planAt('2024-02-11T23:59:59.999Z')).toBe('free');
    expect(await planAt('2024-02-12T00:00:00.000Z')).toBe('starter');
    expect(await planAt('2024-02-19T23:59:59.999Z')).toBe('starter');
    expect(await planAt('2024-02-20T00:00:00.000Z')).toBe('advanced');
  });

  it('has the limit that the plan had then', async () => {
    const person = await signUp();
    await usage.pay(person.id, 'price_team');
    await usage.planChange(person.id, 'price_team', { effectiveAt: '2024-01-01T00:00:00Z', recordedAt: '2024-01-01T00:00:00Z' });
    await usage.planVersion('team', 500, '2024-01-01T00:00:00Z');
    await usage.planVersion('team', 700, '2024-02-01T00:00:00Z');
    expect(await ofMonth(person, 'plan { id } monthlyLimit', '2024-01-31T23:59:59.999Z')).toEqual({ plan: { id: 'team' }, monthlyLimit: 500 });
    expect(await ofMonth(person, 'plan { id } monthlyLimit', '2024-02-01T00:00:00.000Z')).toEqual({ plan: { id: 'team' }, monthlyLimit: 700 });
    // Live it is what the configuration says.
    expect(await ofMonth(person, 'plan { id } monthlyLimit')).toEqual({ plan: { id: 'team' }, monthlyLimit: 1_000 });
  });

  it.each([
    ['the last millisecond of a month', '2024-01-31T23:59:59.999Z', '2024-01-01', 1],
    ['a moment between that and the next month', '2024-01-31T23:59:59.9999Z', '2024-01-01', 1],
    ['the first millisecond of a month', '2024-02-01T00:00:00.000Z', '2024-02-01', 1],
    ['a leap day', '2024-02-29T23:59:59.999Z', '2024-02-01', 2],
    ['the day after', '2024-03-01T00:00:00.000Z', '2024-03-01', 0],
    ['the last millisecond of a year', '2023-12-31T23:59:59.999Z', '2023-12-01', 0],
    ['an instant that is in another month elsewhere', '2024-03-01T09:59:59.999+10:00', '2024-02-01', 2],
    ['an instant before the account was made', '2020-05-01T00:00:00Z', '2020-05-01', 0],
    ['the first instant that there is', '0001-01-01T00:00:00Z', '0001-01-01', 0],
  ])('belongs to one month: %s', async (_what, asOf, period, count) => {
    const person = await signUp();
    await usage.debit(person.id, '2024-01-31T23:59:59.999Z');
    await usage.debit(person.id, '2024-02-01T00:00:00.000Z');
    await usage.debit(person.id, '2024-02-29T23:59:59.999Z');
    const found = await ofMonth(person, 'id periodStart debits entries { totalCount }', asOf);
    expect(found).toEqual({
      id: globalId('Usage', `${person.id}/${period}/${new Date(asOf).toISOString()}`),
      periodStart: `${period}T00:00:00.000Z`,
      debits: count,
      entries: { totalCount: count },
    });
  });

  it('can be had of this very instant, and of none that lies in the future', async () => {
    const person = await signUp();
    expect(await ofMonth(person, 'periodStart', now)).toEqual({ periodStart: '2024-03-01T00:00:00.000Z' });
    const later = new Date(Date.parse(now) + 1).toISOString();
    expect(await refusal(gateway, `{ viewer { usage(asOf: "${later}") { used } } }`, { as: person })).toEqual({
      status: 200,
      code: 'BAD_USER_INPUT',
      message: '"asOf" lies in the future; a statement can be had of the present and the past.',
      path: ['viewer', 'usage'],
    });
  });

  it('pages through its entries as they stood', async () => {
    const person = await signUp();
    await debits(person, 3, '2024-03-02T00:00:00Z');
    const page = async (args: string) =>
      (await ofMonth(person, `entries(${args}) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }`, '2024-03-03T00:00:00Z'))[
        'entries'
      ] as { totalCount: number; nodes: object[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    const first = await page('first: 2');
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    await debits(person, 2, '2024-03-04T00:00:00Z');
    const second = await page(`first: 2, after: "${first.pageInfo.endCursor}"`);
    expect(second).toMatchObject({ totalCount: 3, nodes: [{ id: expect.any(String) }], pageInfo: { hasNextPage: false } });
  });
});

describe('the history', () => {
  interface History {
    viewer: {
      usageHistory: {
        totalCount: number;
        nodes: { id: string; periodStart: string; used: number; entries: { totalCount: number } }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
      };
    };
  }
  const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
    viewer { usageHistory(first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { id periodStart used entries { totalCount } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const page = async (person: Person, variables: Record<string, unknown>) =>
    (await read<History>(gateway, query, { as: person, variables })).viewer.usageHistory;
  const months = ({ nodes }: { nodes: { periodStart: string }[] }) => nodes.map(({ periodStart }) => periodStart.slice(0, 7));
  const all = ['2024-03', '2024-02', '2024-01', '2023-12'];

  it('has one node a month from the account\'s first, newest first, empty months too', async () => {
    const person = await signUp();
    await debits(person, 2, '2024-01-05T00:00:00Z');
    await debits(person, 1, '2024-03-05T00:00:00Z');
    const found = await page(person, {});
    expect(found.totalCount).toBe(4);
    expect(found.nodes).toEqual(
      ([['2024-03', 1], ['2024-02', 0], ['2024-01', 2], ['2023-12', 0]] as const).map(([month, used]) => ({
        id: globalId('Usage', `${person.id}/${month}-01`),
        periodStart: `${month}-01T00:00:00.000Z`,
        used,
        entries: { totalCount: used },
      })),
    );
  });

  it('reaches back to the ledger where that is older than the account', async () => {
    const person = await signUp();
    await debits(person, 1, '2023-10-31T23:59:59.999Z');
    expect(months(await page(person, {}))).toEqual([...all, '2023-11', '2023-10']);
  });

  it('grows at the turn of the month, in UTC', async () => {
    const person = await signUp();
    now = '2024-03-31T23:59:59.999Z';
    expect(months(await page(person, {}))).toEqual(all);
    now = '2024-04-01T00:00:00.000Z';
    expect(months(await page(person, {}))).toEqual(['2024-04', ...all]);
  });

  it.each([1, 2, 3, 4, 5])('can be paged by %i, both ways', async (size) => {
    const person = await signUp();
    const forwards: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const found: History['viewer']['usageHistory'] = await page(person, { first: size, after });
      expect(found.pageInfo.hasPreviousPage).toBe(after !== null);
      forwards.push(...months(found));
      ({ endCursor: after, hasNextPage: more } = found.pageInfo);
    }
    const backwards: string[] = [];
    for (let before: string | null = null, more = true; more; ) {
      const found: History['viewer']['usageHistory'] = await page(person, { last: size, before });
      expect(found.pageInfo.hasNextPage).toBe(before !== null);
      backwards.unshift(...months(found));
      ({ startCursor: before, hasPreviousPage: more } = found.pageInfo);
    }
    expect([forwards, backwards]).toEqual([all, all]);
  });
});

describe('the node', () => {
  it('of a month, of a past month and of a statement is what the viewer saw', async () => {
    const person = await signUp();
    await debits(person, 2);
    await debits(person, 1, '2024-02-29T00:00:00Z');
    const present = await ofMonth(person);
    expect(await byId(present.id, person)).toEqual(present);
    const statement = await ofMonth(person, figures, '2024-03-01T23:00:00.000Z');
    expect(await byId(statement.id, person)).toEqual(statement);
    const past = await byId(globalId('Usage', `${person.id}/2024-02-01`), person);
    expect(past).toMatchObject({ periodStart: '2024-02-01T00:00:00.000Z', debits: 1, entries: { totalCount: 1 }, canGenerate: false });
  });

  it('is null for everybody else', async () => {
    const person = await signUp();
    const stranger = await signUp();
    const ids = [`${person.id}/2024-03-01`, `${person.id}/2024-03-01/2024-03-02T00:00:00.000Z`].map((id) => globalId('Usage', id));
    for (const id of ids) {
      expect(await byId(id, person)).not.toBeNull();
      expect(await byId(id, stranger)).toBeNull();
      expect(await byId(id, undefined)).toBeNull();
    }
  });

  it.each([
    ['the next month', '2024-04-01'],
    ['a month before the account', '2023-11-01'],
    ['no first day of a month', '2024-03-02'],
    ['no month', '2024-13-01'],
    ['the year 0', '0000-01-01'],
    ['the last year', '9999-12-01'],
    ['no date', 'march'],
    ['no period', ''],
    ['an instant of another month', '2024-03-01/2024-02-29T23:59:59.999Z'],
    ['an instant of the future', '2024-03-01/2024-03-15T12:00:00.001Z'],
    ['an instant that is written otherwise', '2024-03-01/2024-03-02T00:00:00Z'],
    ['no instant', '2024-03-01/noon'],
    ['an empty instant', '2024-03-01/'],
    ['more than an instant', '2024-03-01/2024-03-02T00:00:00.000Z/x'],
    ['an instant of the year 0', '0000-01-01/0000-01-01T00:00:00.000Z'],
    ['NUL', '2024-03-01\0'],
  ])('is null for an id with %s', async (_what, rest) => {
    const person = await signUp();
    expect(await byId(globalId('Usage', `${person.id}/${rest}`), person)).toBeNull();
  });

  it('is null for an id without a month', async () => {
    const person = await signUp();
    expect(await byId(globalId('Usage', person.id), person)).toBeNull();
  });
});

it('is there for an account that a faster clock of the database makes in the next month already', async () => {
  const slow = new Date('2026-01-31T23:59:59.999Z');
  const gatewayBehind = await createTestApp({ now: () => slow });
  try {
    const person = await gatewayBehind.signUp();
    const { data, errors } = await gatewayBehind.ask(
      '{ viewer { usage { periodStart used remaining } usageHistory { nodes { periodStart } } } }',
      { as: person },
    );

    expect(errors).toBeUndefined();
    expect(data).toEqual({
      viewer: {
        usage: { periodStart: '2026-01-01T00:00:00.000Z', used: 0, remaining: 20 },
        usageHistory: { nodes: [{ periodStart: '2026-01-01T00:00:00.000Z' }] },
      },
    });
  } finally {
    await gatewayBehind.close();
  }
});
