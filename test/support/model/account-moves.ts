import fc from 'fast-check';
import { line, reference, type Resolve } from './choices.js';
import { monthView } from './month.js';
import { move } from './move.js';
import { Faults, notFound, readIds, refused } from './rules.js';
import { profileFields, profileView, viewerFields, viewerView } from './views.js';
import { type Account, names } from './world.js';

/** What preferences may weigh together. */
const maxPreferencesBytes = 16_384;

interface ProfileInput {
  readonly name?: string | null;
  readonly preferences?: Readonly<Record<string, unknown>> | null;
}

/** Nine thousand bytes: one fits beside everything else here, two do not. */
const heavy = 'x'.repeat(9_000);

const preferences = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom<Record<string, unknown>>(
      {},
      { theme: 'dark' },
      { theme: { night: 'dark', day: 'light' }, units: 'metric' },
      { theme: null },
      { units: null, seen: [1, 2.5, null, true, 'é'] },
      { __proto: 'x', constructor: { name: null } },
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom<Record<string, unknown>>({ left: heavy }, { right: heavy }, { left: null, right: heavy }) },
  { weight: 1, arbitrary: fc.constantFrom<Record<string, unknown>>({ note: 'U+0000 is \0' }, { '': 1 }) },
  { weight: 1, arbitrary: fc.constant(null) },
);

const updateProfile = move<ProfileInput>({
  touches: 'everything',
  payload: `profile { ${profileFields} } ${viewerFields}`,
  inputs: fc
    .record({ name: fc.oneof({ weight: 6, arbitrary: line(100) }, { weight: 1, arbitrary: fc.constant(null) }), preferences }, { requiredKeys: [] })
    .map((input) => () => input),
  outcome({ actor }, input) {
    const faults = new Faults();
    const name = typeof input.name === 'string' ? faults.line(input.name, 100, 'name') : input.name;
    const changes = Object.entries(input.preferences ?? {});
    // The unstorable ones of the generator above: U+0000 in a text is named by its place, a key by its object.
    if (changes.some(([, value]) => String(value).includes('\0'))) faults.add('preferences', 'note');
    if (changes.some(([key]) => key === '')) faults.add('preferences');
    faults.tell();
    const merged = input.preferences === null ? {} : { ...actor.preferences };
    for (const [key, value] of changes) {
      if (value === null) delete merged[key];
      else merged[key] = value;
    }
    // Nothing of the generator comes near the bound, so that how JSON is written does not matter.
    if (JSON.stringify(merged).length > maxPreferencesBytes) {
      throw refused('InvalidInputError', 'INVALID_INPUT', { issues: [['preferences']] });
    }
    if (name !== undefined) actor.name = name;
    actor.preferences = merged;
    return { __typename: 'UpdateProfilePayload', profile: profileView(actor), viewer: viewerView(actor) };
  },
});

/** Nothing of a deleted account is an administrator's to decide. */
function mustNotBeDeleted({ isDeleted }: Account): void {
  if (isDeleted) throw refused('InvalidInputError', 'INVALID_INPUT', { issues: [['profileId']] });
}

const deleteAccount = move<{ confirm: boolean }>({
  isForSuspended: true,
  touches: 'everything',
  weight: 1,
  payload: 'erasedAt',
  inputs: fc.boolean().map((confirm) => () => ({ confirm })),
  outcome({ actor, answer }, { confirm }) {
    const faults = new Faults();
    if (!confirm) faults.add('confirm');
    faults.tell();
    actor.isDeleted = true;
    for (const render of actor.renders) render.isGone = true;
    return { __typename: 'DeleteAccountPayload', erasedAt: answer.instant('erasedAt') };
  },
});

const reason = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('Spam', ' Asked for it.\nTwice. ', 'y'.repeat(500)) },
  { weight: 1, arbitrary: fc.constantFrom('', ' \n ', 'y'.repeat(501)) },
);

/** Mostly of the people who are not the administrator. */
const whose = fc.oneof(
  { weight: 9, arbitrary: fc.record({ type: fc.constant('Profile' as const), of: fc.constant('foreign' as const), nth: fc.nat({ max: 9 }) }) },
  { weight: 3, arbitrary: reference('Profile') },
);

const setAccountStatus = move<{ profileId: string; status: 'ACTIVE' | 'SUSPENDED'; reason: string }>({
  by: 'administrators',
  touches: 'everything',
  weight: 8,
  payload: `profile { ${profileFields} }`,
  inputs: fc
    .tuple(whose, fc.constantFrom('ACTIVE' as const, 'SUSPENDED' as const), reason)
    .map(([profile, status, why]) => (id: Resolve) => ({ profileId: id(profile), status, reason: why })),
  outcome({ world, actor }, input) {
    const profileId = readIds((faults) => faults.id('Profile', input.profileId, 'profileId'));
    const faults = new Faults();
    const why = faults.paragraph(input.reason, 500, 'reason');
    if (profileId === actor.id) faults.add('profileId');
    faults.tell();
    const account = names.map((name) => world.people[name]).find(({ id }) => id === profileId);
    if (!account) throw notFound();
    mustNotBeDeleted(account);
    if (account.status !== input.status) {
      account.status = input.status;
      world.decisions.push({ about: account.id, by: actor.id, status: input.status.toLowerCase(), reason: why });
    }
    return { __typename: 'SetAccountStatusPayload', profile: profileView(account) };
  },
});

interface Grant {
  readonly profileId: string;
  readonly amount: number;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** Few, so that they come again: with the same grant, and with another one. */
const grantKeys = ['0197b000-0000-4000-8000-000000000001', '0197b000-0000-4000-8000-000000000002'];

const adjustCredits = move<Grant>({
  by: 'administrators',
  touches: 'everything',
  weight: 10,
  payload: 'entry { kind amount reason job { id } } usage { debits refunds credits used remaining entries { totalCount } }',
  inputs: fc
    .tuple(whose, fc.oneof({ weight: 9, arbitrary: fc.constantFrom(1, 5, 10_000) }, { weight: 1, arbitrary: fc.constantFrom(0, -3, 10_001) }), reason, fc.constantFrom(...grantKeys))
    .map(([profile, amount, why, idempotencyKey]) => (id: Resolve) => ({ profileId: id(profile), amount, reason: why, idempotencyKey })),
  outcome({ world }, input) {
    const profileId = readIds((faults) => faults.id('Profile', input.profileId, 'profileId'));
    const faults = new Faults();
    const amount = faults.whole(input.amount, 1, 10_000, 'amount');
    const why = faults.paragraph(input.reason, 500, 'reason');
    faults.tell();
    const account = names.map((name) => world.people[name]).find(({ id }) => id === profileId);
    if (!account) throw notFound();
    mustNotBeDeleted(account);
    const before = account.grants.get(input.idempotencyKey);
    if (before && (before.amount !== amount || before.reason !== why)) throw refused('IdempotencyConflictError', 'IDEMPOTENCY_CONFLICT');
    account.grants.set(input.idempotencyKey, { amount, reason: why });
    return {
      __typename: 'AdjustCreditsPayload',
      entry: { kind: 'CREDIT_ADJUSTMENT', amount, reason: why, job: null },
      usage: monthView(account),
    };
  },
});

export const accountMoves = { updateProfile, deleteAccount, setAccountStatus, adjustCredits };
