import { createTestApp, type Person, type TestApp } from './support/app.js';
import { documentOf, mutate, type Outcome } from './support/mutate.js';
import { read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

let app: TestApp;
let seed: Seed;

beforeAll(async () => {
  app = await createTestApp();
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

interface ProfileData {
  readonly name: string | null;
  readonly preferences: Readonly<Record<string, unknown>>;
  readonly accountStatus: string;
}

const fields = 'name preferences accountStatus';

async function profileOf(person: Person): Promise<ProfileData> {
  return (await read<{ viewer: { profile: ProfileData } }>(app, `{ viewer { profile { ${fields} } } }`, { as: person })).viewer
    .profile;
}

const update = (person: Person, input: object) =>
  mutate<Outcome & { profile: ProfileData }>(app, 'updateProfile', input, { as: person, payload: `profile { ${fields} }` });

describe('updateProfile', () => {
  it('changes what is given, leaves what is absent, and takes away what is null', async () => {
    const person = await app.signUp();

    expect((await update(person, { name: '  Ada  ' })).profile).toMatchObject({ name: 'Ada', preferences: {} });
    expect((await update(person, { preferences: { theme: 'dark' } })).profile).toMatchObject({
      name: 'Ada',
      preferences: { theme: 'dark' },
    });
    expect((await update(person, {})).profile).toMatchObject({ name: 'Ada', preferences: { theme: 'dark' } });
    expect((await update(person, { name: null })).profile).toMatchObject({ name: null, preferences: { theme: 'dark' } });
    expect((await update(person, { preferences: null })).profile).toMatchObject({ name: null, preferences: {} });
    expect(await profileOf(person)).toMatchObject({ name: null, preferences: {} });
  });

  it('merges preferences key by key at the top level', async () => {
    const person = await app.signUp();
    await update(person, { preferences: { theme: 'dark', grid: { columns: 3, gap: null }, old: 1 } });

    const { profile } = await update(person, { preferences: { grid: { columns: 2 }, old: null, list: [null, 1] } });

    expect(profile.preferences).toEqual({ theme: 'dark', grid: { columns: 2 }, list: [null, 1] });
  });

  it('keeps what several changes at once set', async () => {
    const person = await app.signUp();

    await Promise.all(Array.from({ length: 20 }, (_, index) => update(person, { preferences: { [`key${index}`]: index } })));

    expect(Object.keys((await profileOf(person)).preferences)).toHaveLength(20);
  });

  it('keeps keys that mean something to JavaScript as they are', async () => {
    const person = await app.signUp();
    const preferences = JSON.parse('{ "__proto__": { "admin": true }, "constructor": 1 }') as Record<string, unknown>;

    await update(person, { preferences });

    expect(JSON.stringify((await profileOf(person)).preferences)).toBe('{"__proto__":{"admin":true},"constructor":1}');
  });

  it.each<[string, object, string]>([
    ['an empty name', { name: ' ' }, 'name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name'],
    ['preferences that weigh too much', { preferences: { big: 'x'.repeat(16_384) } }, 'preferences'],
    ['preferences that weigh too much with what is there', { preferences: { more: 'x'.repeat(16_350) } }, 'preferences'],
    ['preferences that nest too deep', { preferences: nested(11) }, 'preferences'],
    ['U+0000 in a text', { preferences: { text: 'a\0b' } }, 'preferences'],
    ['U+0000 in a key', { preferences: { ['a\0b']: 1 } }, 'preferences'],
    ['half of a character', { preferences: { text: ['\ud83d'] } }, 'preferences'],
    ['a key without a name', { preferences: { '': 1 } }, 'preferences'],
  ])('refuses %s, and changes nothing of the profile', async (_what, input, place) => {
    const person = await app.signUp();
    await update(person, { name: 'Ada', preferences: { theme: 'dark', words: 'some more bytes' } });
    const before = await profileOf(person);

    const outcome = await update(person, { name: 'Bea', ...input });

    expect(outcome.code).toBe('INVALID_INPUT');
    expect(outcome.issues?.map(({ path }) => path[0])).toEqual([place]);
    expect(await profileOf(person)).toEqual(before);
  });

  it('takes preferences of the most bytes and levels there may be', async () => {
    const person = await app.signUp();

    expect((await update(person, { preferences: nested(10) })).profile.preferences).toEqual(nested(10));
    await update(person, { preferences: null });
    // As the database writes it: {"a": "xxx"}
    const { profile } = await update(person, { preferences: { a: 'x'.repeat(16_384 - 9) } });
    expect(profile.preferences).toHaveProperty('a');
  });

  it('is asked for by name and preferences alone', async () => {
    const person = await app.signUp();

    for (const field of ['role: ADMIN', 'accountStatus: ACTIVE', 'planId: "advanced"', 'hasAccess: true', 'email: "a@b.test"']) {
      const { code } = await refusal(app, `mutation { updateProfile(input: { ${field} }) { __typename } }`, { as: person });
      expect([field, code]).toEqual([field, 'GRAPHQL_VALIDATION_FAILED']);
    }
  });
});

function nested(levels: number): object {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}

describe('setAccountStatus', () => {
  async function administrator(): Promise<Person> {
    const person = await app.signUp();
    await seed.sql(`update profiles set role = 'admin' where id = $1`, [person.id]);
    return person;
  }
  const decide = (admin: Person, person: Person, status: 'ACTIVE' | 'SUSPENDED', reason = 'Reported twice.') =>
    mutate<Outcome & { profile: ProfileData & { id: string } }>(
      app,
      'setAccountStatus',
      { profileId: globalId('Profile', person.id), status, reason },
      { as: admin, payload: `profile { id ${fields} }` },
    );
  const recorded = (person: Person) =>
    seed.sql('select status, reason, changed_by from account_status_changes where owner_id = $1 order by id', [person.id]);

  it('suspends an account, which then reads and changes nothing, and lifts that again', async () => {
    const admin = await administrator();
    const person = await app.signUp();

    expect((await decide(admin, person, 'SUSPENDED', ' Spam.\nTwice. ')).profile).toMatchObject({
      id: globalId('Profile', person.id),
      accountStatus: 'SUSPENDED',
    });
    expect(await profileOf(person)).toMatchObject({ accountStatus: 'SUSPENDED' });
    expect(await update(person, { name: 'Ada' })).toMatchObject({ __typename: 'AccessSuspendedError', code: 'ACCESS_SUSPENDED' });
    expect((await decide(admin, person, 'ACTIVE', 'Talked to them.')).profile.accountStatus).toBe('ACTIVE');
    expect((await update(person, { name: 'Ada' })).profile.name).toBe('Ada');

    expect(await recorded(person)).toEqual([
      { status: 'suspended', reason: 'Spam.\nTwice.', changed_by: admin.id },
      { status: 'active', reason: 'Talked to them.', changed_by: admin.id },
    ]);
  });

  it('records no decision that changes nothing', async () => {
    const admin = await administrator();
    const person = await app.signUp();

    await decide(admin, person, 'SUSPENDED');
    await Promise.all(Array.from({ length: 5 }, () => decide(admin, person, 'SUSPENDED')));

    expect(await recorded(person)).toHaveLength(1);
  });

  it('leaves somebody able to lift it, when two administrators suspend each other at once', async () => {
    const [one, two] = [await administrator(), await administrator()];

    const outcomes = await Promise.all([decide(one, two, 'SUSPENDED'), decide(two, one, 'SUSPENDED')]);

    expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual(['AccessSuspendedError', 'SetAccountStatusPayload']);
  });

  it('refuses without a reason, for oneself, and for nobody', async () => {
    const admin = await administrator();
    const person = await app.signUp();

    expect(await decide(admin, person, 'SUSPENDED', '  ')).toMatchObject({ issues: [{ path: ['reason'] }] });
    expect(await decide(admin, person, 'SUSPENDED', 'x'.repeat(501))).toMatchObject({ issues: [{ path: ['reason'] }] });
    expect(await decide(admin, admin, 'SUSPENDED')).toMatchObject({ issues: [{ path: ['profileId'] }] });
    const nobody = { id: '00000000-0000-7000-8000-000000000000', token: '' };
    expect(await decide(admin, nobody, 'SUSPENDED')).toMatchObject({ code: 'NOT_FOUND', message: 'There is no such account.' });

    expect((await profileOf(person)).accountStatus).toBe('ACTIVE');
    expect((await profileOf(admin)).accountStatus).toBe('ACTIVE');
    expect(await recorded(person)).toEqual([]);
  });

  it('is for administrators, who are told before anything about their input', async () => {
    const person = await app.signUp();
    const input = { profileId: 'nonsense', status: 'SUSPENDED', reason: '' };

    const answer = await app.ask(documentOf('setAccountStatus'), { as: person, variables: { input } });

    expect(answer.data).toBeNull();
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' }, path: ['setAccountStatus'] }]);
  });
});
