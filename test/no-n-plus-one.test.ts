import {
  buildSchema,
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import type { GraphQLContext } from '../src/schema/context.js';
import { createSchema } from '../src/schema/schema.js';
import { createTestApp, type TestApp } from './support/app.js';
import { PROVE } from './support/counts.js';
import { checkPath, fieldsOf, type PathReport } from './support/paths/check.js';
import { isUserError, type ListPath, listPathsOf, rowOfConnection, walksOfTables } from './support/paths/list-paths.js';
import { emptyPayloads } from './support/paths/mutations.js';
import { sampled } from './support/paths/sample.js';
import { createWorld, type World, worldOptions } from './support/paths/worlds.js';

/**
 * No query of this schema asks once per row. Every way to a list that the schema has, with up to four lists on it, is
 * written down as a document and asked where lists have 2 rows and where they have 50. A field or list that is added is
 * among them without a word here; what cannot be asked, or is empty, fails by its name.
 */
const depth = 4;
const schema = createSchema();
const lookAhead = process.env['LOOK_AHEAD'] !== 'off';

const all = listPathsOf(schema, depth).filter(({ name }) => !emptyPayloads.some((empty) => name.startsWith(empty)));
const asked = PROVE ? all : sampled(all, 120);

let few: World;
let many: World;

beforeAll(async () => {
  few = await createWorld(2);
  many = await createWorld(50);
}, 120_000);
afterAll(async () => {
  await few.close();
  await many.close();
});

async function checkAll(paths: readonly ListPath[], small: World, large: World) {
  const reports: PathReport[] = [];
  for (const path of paths) reports.push(await checkPath(schema, path, small, large, { lookAhead }));
  return {
    faults: reports.flatMap(({ faults }) => faults),
    requests: reports.reduce((sum, { requests }) => sum + requests, 0),
  };
}

/** The paths by their root field. */
const roots = new Map<string, ListPath[]>();
for (const path of asked) {
  const root = path.steps[0]?.field.name ?? '';
  roots.set(root, [...(roots.get(root) ?? []), path]);
}

describe('every way to a list', () => {
  const startedAt = performance.now();
  let sent = 0;
  afterAll(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    process.stderr.write(`no-n-plus-one: ${asked.length} of ${all.length} paths to lists, ${sent} requests, ${seconds} s\n`);
  });

  it.each([...roots])(
    'from %s sends as many statements for 2 rows as for 50, within its budget',
    async (_root, paths) => {
      const { faults, requests } = await checkAll(paths, few, many);
      sent += requests;

      expect(faults).toEqual([]);
    },
    900_000,
  );

  it('asks for every field that there is', () => {
    const fields = new Set(asked.flatMap((path) => [...fieldsOf(schema, path, many)]));

    const missing = fieldsOfSchema().filter((field) => !fields.has(field) && !ofReports.test(field));
    expect(missing).toEqual([...walksOfTables, ...streams]);
  });
});

/** What a walk of tables answers with. */
const ofReports = /^(DataValidationReport|DataCheck|DataIssue)\./;

/** Fields that answer with one row again and again: test/live.test.ts counts what each of them sends. */
const streams = ['Subscription.generationJobUpdated', 'Subscription.viewerGenerationJobs'];

/** Every field of an object that is no error. */
function fieldsOfSchema(): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter((type) => !type.name.startsWith('__') && !isUserError(type) && type.name !== 'InvalidInputIssue')
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
}

describe('the check', () => {
  type Resolve = NonNullable<GraphQLField<unknown, GraphQLContext>['resolve']>;

  /** Asks for these paths while a field of the schema has another resolver. */
  async function checkWith(type: string, name: string, planted: (resolve: Resolve) => Resolve, paths: readonly string[]) {
    const field = (schema.getType(type) as GraphQLObjectType<unknown, GraphQLContext>).getFields()[name]!;
    const honest = field.resolve ?? defaultFieldResolver;
    field.resolve = planted(honest);
    const gateways: TestApp[] = [];
    try {
      // Gateways of their own, because one that has met an operation remembers how it is resolved.
      const [small, large] = await Promise.all([few, many].map((world) => replaced(world, gateways)));
      return await checkAll(all.filter((path) => paths.includes(path.name)), small!, large!);
    } finally {
      field.resolve = honest;
      for (const gateway of gateways) await gateway.close();
    }
  }

  async function replaced(world: World, gateways: TestApp[]): Promise<World> {
    const app = await createTestApp({ ...worldOptions, database: world.app.database, holdsBudgets: false });
    gateways.push(app);
    return { ...world, app };
  }

  it('names the ways on which a field asks once per row, and no other', async () => {
    const { faults } = await checkWith(
      'CommunityItem',
      'orderIndex',
      (resolve) => async (item, args, context, info) => {
        await context.services.community.getCommunityItem(context.viewer, (item as { id: string }).id, new Map());
        return resolve(item, args, context, info);
      },
      ['communityItems', 'communityCollections', 'communityCollections.items', 'viewer.renders', 'viewer.renders.variants'],
    );

    const unequal = faults.filter((fault) => fault.includes('rows and')).map((fault) => fault.split(',')[0]);
    expect([...new Set(unequal)].sort()).toEqual(lookAhead ? ['communityCollections.items', 'communityItems'] : []);
    const overBudget = faults.filter((fault) => fault.includes('the budget was')).map((fault) => fault.split(',')[0]);
    expect([...new Set(overBudget)].sort()).toEqual(['communityCollections.items', 'communityItems']);
  });

  it('names a list of which nothing is shown, because it is empty', async () => {
    const { faults } = await checkWith('Render', 'inputImages', () => () => [], ['viewer.renders', 'viewer.renders.inputImages']);

    expect(faults).toEqual([
      expect.stringMatching(/^viewer\.renders\.inputImages, list 1 of 2 long: a list on the way is empty/),
      expect.stringMatching(/^viewer\.renders\.inputImages, list 2 of 2 long: a list on the way is empty/),
    ]);
  });

  it('names a field for whose arguments no value is known', async () => {
    const stranger = buildSchema('scalar Shape type Query { things(shape: Shape!): [Thing!]! } type Thing { id: ID! }');
    const [path] = listPathsOf(stranger, depth);

    const { faults } = await checkPath(stranger, path!, few, many, { lookAhead });

    expect(faults).toEqual([expect.stringMatching(/^things, .*no value is known for Query\.things\.shape/)]);
  });

  it('finds the lists of every type, and none twice', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    const lists = new Set(all.flatMap(({ steps }) => steps.map(({ parent, field }) => `${parent.name}.${field.name}`)));
    expect(listFieldsOfSchema().filter((field) => !lists.has(field) && !ofReports.test(field))).toEqual([]);
  });
});

/** Every field that gives a list of objects, those of connections aside. */
function listFieldsOfSchema(): string[] {
  const isList = ({ type }: GraphQLField<unknown, unknown>) =>
    rowOfConnection(getNamedType(type)) !== null || (isListType(getNullableType(type)) && !isLeafType(getNamedType(type)));
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter((type) => !type.name.startsWith('__') && !isUserError(type) && rowOfConnection(type) === null)
    .flatMap((type) => Object.values(type.getFields()).filter(isList).map(({ name }) => `${type.name}.${name}`));
}
