import { randomUUID } from 'node:crypto';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

let app: TestApp;
let seed: Seed;
let admin: Person;
let person: Person;
const now = new Date('2024-02-29T23:59:59.999Z');

beforeAll(async () => {
  app = await createTestApp({ now: () => now });
  seed = await createSeed(app);
  admin = await app.signUp();
  await seed.sql(`update profiles set role = 'admin' where id = $1`, [admin.id]);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  person = await app.signUp();
});

interface Granted {
  readonly adjustCredits: {
    readonly __typename: string;
    readonly code?: string;
    readonly entry?: { readonly id: string };
    readonly usage?: object;
  };
}

const document = `mutation ($input: AdjustCreditsInput!) {
  adjustCredits(input: $input) {
    __typename
    ... on AdjustCreditsPayload {
      entry { id kind amount reason job { id } }
      usage { id credits remaining periodStart entries(first: 5) { totalCount nodes { id amount } } byMode { count } canGenerate }
    }
    ... on UserError { code message }
  }
}`;

async function grant(input: Partial<Record<'amount' | 'reason' | 'idempotencyKey' | 'profileId', unknown>>, as = admin) {
  const { data, errors } = await app.ask<Granted | null>(document, {
    as,
    variables: {
      input: { profileId: globalId('Profile', person.id), amount: 5, reason: 'Thanks', idempotencyKey: randomUUID(), ...input },
    },
  });
  return { outcome: data?.adjustCredits, errors };
}

const booked = () =>
  seed.sql(
    `select l.amount, l.period::text, l.reason, p.credits from usage_ledger l
     join usage_periods p on p.owner_id = l.owner_id and p.period = l.period where l.owner_id = $1 order by l.created_at, l.id`,
    [person.id],
  );

it('grants generations in the present month, and the person sees them with the reason', async () => {
  const { outcome } = await grant({ amount: 7, reason: ' For the trouble.\nSorry. ' });

  expect(outcome).toMatchObject({
    __typename: 'AdjustCreditsPayload',
    entry: { kind: 'CREDIT_ADJUSTMENT', amount: 7, reason: 'For the trouble.\nSorry.', job: null },
    usage: {
      id: globalId('Usage', `${person.id}/2024-02-01`),
      credits: 7,
      remaining: 27,
      periodStart: '2024-02-01T00:00:00.000Z',
      entries: { totalCount: 1, nodes: [{ amount: 7 }] },
      byMode: [],
      canGenerate: true,
    },
  });
  const { data } = await app.ask('{ viewer { usage { credits remaining entries { nodes { id amount reason } } } } }', { as: person });
  expect(data).toMatchObject({
    viewer: { usage: { credits: 7, remaining: 27, entries: { nodes: [{ id: outcome?.entry?.id, amount: 7, reason: 'For the trouble.\nSorry.' }] } } },
  });
});

it('grants once for a key, however often and however much at once it is sent', async () => {
  const idempotencyKey = randomUUID();

  const answers = await Promise.all(Array.from({ length: 20 }, () => grant({ idempotencyKey })));

  expect(new Set(answers.map(({ outcome }) => outcome?.entry?.id)).size).toBe(1);
  expect(await booked()).toEqual([{ amount: 5, period: '2024-02-01', reason: 'Thanks', credits: 5 }]);
});

it.each([{ amount: 6 }, { reason: 'Other' }])('refuses a key that was used for another grant: %j', async (other) => {
  const idempotencyKey = randomUUID();
  await grant({ idempotencyKey });

  const { outcome } = await grant({ idempotencyKey, ...other });

  expect(outcome).toMatchObject({ __typename: 'IdempotencyConflictError', code: 'IDEMPOTENCY_CONFLICT' });
  expect(await booked()).toHaveLength(1);
});

it('takes the same key for two people as two grants', async () => {
  const idempotencyKey = randomUUID();
  const other = await app.signUp();

  const first = await grant({ idempotencyKey });
  const second = await grant({ idempotencyKey, profileId: globalId('Profile', other.id) });

  expect(second.outcome).toMatchObject({ __typename: 'AdjustCreditsPayload', usage: { credits: 5 } });
  expect(second.outcome?.entry?.id).not.toBe(first.outcome?.entry?.id);
});

it('tells two grants of one request apart', async () => {
  const input = (amount: number) =>
    `input: { profileId: "${globalId('Profile', person.id)}", amount: ${amount}, reason: "Thanks", idempotencyKey: "${randomUUID()}" }`;
  const fields = '... on AdjustCreditsPayload { usage { credits entries { totalCount } } }';

  const { data } = await app.ask(`mutation { a: adjustCredits(${input(1)}) { ${fields} } b: adjustCredits(${input(2)}) { ${fields} } }`, {
    as: admin,
  });

  expect(data).toEqual({
    a: { usage: { credits: 1, entries: { totalCount: 1 } } },
    b: { usage: { credits: 3, entries: { totalCount: 2 } } },
  });
});

it.each([{ amount: 0 }, { amount: -1 }, { amount: 10_001 }, { reason: ' ' }, { reason: 'x'.repeat(501) }])(
  'refuses %j, and writes nothing',
  async (wrong) => {
    const { outcome } = await grant(wrong);

    expect(outcome).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_INPUT' });
    expect(await booked()).toEqual([]);
  },
);

it('is for administrators alone', async () => {
  const { errors } = await grant({}, person);

  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(await booked()).toEqual([]);
});

it('opens nothing of the account beyond the answer', async () => {
  const [renderId] = await seed.renders(person.id, 1);

  const { data } = await app.ask<{ grant: object; setRenderCover: object }>(
    `mutation ($input: AdjustCreditsInput!, $cover: SetRenderCoverInput!) {
      grant: adjustCredits(input: $input) { __typename }
      setRenderCover(input: $cover) { __typename }
    }`,
    {
      as: admin,
      variables: {
        input: { profileId: globalId('Profile', person.id), amount: 5, reason: 'Thanks', idempotencyKey: randomUUID() },
        cover: { renderId: globalId('Render', renderId!), variantIndex: 1 },
      },
    },
  );

  expect(data).toEqual({ grant: { __typename: 'AdjustCreditsPayload' }, setRenderCover: { __typename: 'NotFoundError' } });
});
