import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  isEnumType,
  isInterfaceType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import { createSchema } from '../src/schema/schema.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { count, type SeededRandom, seededRandom } from './support/counts.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

/**
 * Look-ahead and loaders are two ways to one answer. Queries are made at random from the schema itself, with aliases,
 * differing arguments, fragments and directives, and asked of two gateways over one database: one that looks ahead, and
 * one on loaders alone. A field that is added is asked for without a word here.
 */
const now = new Date();
const runtime = { graphql: { maxCost: 100_000_000, maxDepth: 40, maxTokens: 20_000, maxAliases: 500, maxDirectives: 500 } };

let ahead: TestApp;
let behind: TestApp;
let seed: Seed;
let person: Person;
let known: Readonly<Record<string, string>>;

beforeAll(async () => {
  ahead = await createTestApp({ now: () => now, runtime, environment: { LOOK_AHEAD: 'on' } });
  behind = await createTestApp({ now: () => now, runtime, environment: { LOOK_AHEAD: 'off' }, database: ahead.database });
  seed = await createSeed(ahead);
  person = await ahead.signUp();
  const renders = await seed.renders(person.id, 7, { jobs: true, variants: 3 });
  const bare = await seed.renders(person.id, 2, { variants: 0, prompt: null, style: null });
  const favorites = await seed.favorites(person.id);
  await seed.items(favorites, [...renders.slice(0, 4), ...bare]);
  await seed.items(await seed.collection(person.id, 'Bondi'), renders.slice(2));
  await seed.collection(person.id, 'Empty');
  const gallery = await seed.communityCollection({ isFeatured: true });
  await seed.communityItems(gallery, 5);
  await seed.communityCollection({ title: 'Nothing yet' });
  await seed.sql(
    `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no, created_at)
     select owner_id, 'generation_debit', 1, date_trunc('month', $2::timestamptz at time zone 'UTC')::date, id, 1, $2
     from generation_jobs where owner_id = $1`,
    [person.id, new Date(now.getTime() - 1)],
  );
  const [job] = await seed.sql<{ id: string }>('select id from generation_jobs where owner_id = $1 limit 1', [person.id]);
  known = {
    Render: globalId('Render', renders[3]!),
    Collection: globalId('Collection', favorites),
    CommunityCollection: globalId('CommunityCollection', gallery),
    GenerationJob: globalId('GenerationJob', job!.id),
  };
});
afterAll(async () => {
  await seed.close();
  await behind.close();
  await ahead.close();
});

const deepest = 7;
const schema = createSchema();

/** A random selection of an object's fields, as text; at least one. */
function selection(random: SeededRandom, type: GraphQLObjectType, depth: number): string {
  // Results of changes are tested by themselves.
  const fields = random.shuffle(Object.values(type.getFields()).filter((field) => !isUnionType(getNamedType(field.type))));
  const wanted = fields.filter((field) => isLeaf(field) || depth < deepest).slice(0, random.integer(1, depth < 3 ? 5 : 3));
  const chosen = wanted.map((field) => {
    const text = fieldText(random, field, depth);
    if (random.next() < 0.1) return `... on ${type.name} { ${text} }`;
    if (random.next() < 0.05) return `... @include(if: ${String(random.next() < 0.5)}) { ${text} }`;
    return text;
  });
  return `{ __typename ${chosen.join(' ')} }`;
}

type AnyField = GraphQLField<unknown, unknown>;

function isLeaf(field: AnyField): boolean {
  const type = getNamedType(field.type);
  return !isObjectType(type) && !isInterfaceType(type);
}

let aliases = 0;
/**
 * One fault a query at most: where two places of a document fail, and each takes the whole answer with it, GraphQL may
 * give up before it has met the second.
 */
let faults = 0;

function fault(random: SeededRandom, chance: number): boolean {
  if (faults > 0 || random.next() >= chance) return false;
  faults += 1;
  return true;
}

function fieldText(random: SeededRandom, field: AnyField, depth: number): string {
  aliases += 1;
  const alias = `a${aliases}`;
  const below = getNamedType(field.type);
  const inner = isObjectType(below) ? ` ${selection(random, below, depth + 1)}` : '';
  return `${alias}: ${field.name}${argumentsText(random, field)}${inner}`;
}

/** Arguments that can be answered; an unanswerable one now and then, whose error must be the same too. */
function argumentsText(random: SeededRandom, field: AnyField): string {
  const names = new Set(field.args.map(({ name }) => name));
  const given: string[] = [];
  if (names.has('last') && random.next() < 0.3) given.push(`last: ${random.integer(0, 4)}`);
  else if (names.has('first')) given.push(`first: ${fault(random, 0.01) ? 101 : random.integer(0, 4)}`);
  if (names.has('size')) given.push(`size: ${random.pick(['FULL', 'THUMBNAIL'])}`);
  if (names.has('renderId')) given.push(`renderId: "${fault(random, 0.1) ? 'nonsense' : known['Render']}"`);
  if (names.has('asOf') && random.next() < 0.5) given.push(`asOf: "${now.toISOString()}"`);
  if (names.has('profileId')) given.push(`profileId: "${known['Render']}"`);
  if (names.has('id')) given.push(`id: "${known[getNamedType(field.type).name] ?? known['Render']}"`);
  for (const argument of field.args) {
    const isGiven = given.some((text) => text.startsWith(`${argument.name}:`));
    if (isRequiredArgument(argument) && !isGiven) throw new Error(`Say what to give ${field.name} for ${argument.name}.`);
    const type = getNullableType(argument.type);
    if (isListType(type) && isEnumType(getNamedType(type)) && random.next() < 0.2) given.push(`${argument.name}: []`);
  }
  return given.length === 0 ? '' : `(${given.join(', ')})`;
}

/** A query of one to three root fields; `node` and `nodes` return an interface and are tested by themselves. */
function randomQuery(random: SeededRandom): string {
  faults = 0;
  const roots = Object.values(schema.getQueryType()!.getFields()).filter(({ type }) => isObjectType(getNamedType(type)));
  const chosen = random.shuffle(roots).slice(0, random.integer(1, 3));
  const viewer = roots.find(({ name }) => name === 'viewer')!;
  return `{ ${[viewer, ...chosen].map((field) => fieldText(random, field, 0)).join(' ')} }`;
}

it('gives the same answer by look-ahead as on loaders alone, errors included, whatever is asked', async () => {
  const random = seededRandom('look-ahead');
  let whole = 0;
  for (let asked = 0; asked < count(150, 2_000); asked += 1) {
    const query = randomQuery(random);
    const left = await ahead.ask(query, { as: person });
    const right = await behind.ask(query, { as: person });

    expect({ query, data: left.data, errors: comparable(left.errors) }).toEqual({
      query,
      data: right.data,
      errors: comparable(right.errors),
    });
    expect(left.errors?.filter(({ extensions }) => extensions.code === 'INTERNAL_SERVER_ERROR') ?? []).toEqual([]);
    if (!left.errors) whole += 1;
  }
  // Most must have been answered, or little was compared.
  expect(whole).toBeGreaterThan(count(150, 2_000) / 2);
}, 300_000);

/**
 * Where several rows of one list fail in the same way, GraphQL reports those that failed before the list was given up:
 * so the places in lists are left out, and each error counts once.
 */
function comparable(errors: Awaited<ReturnType<TestApp['ask']>>['errors']): readonly string[] {
  const told = (errors ?? []).map(({ message, path = [], extensions }) =>
    [extensions.code, path.filter((step) => typeof step === 'string').join('.'), message].join(' '),
  );
  return [...new Set(told)].sort();
}
