import type { GraphQLSchema } from 'graphql';
import type { StatementCost } from '../../../src/domain/statement-cost.js';
import { createArguments } from './arguments.js';
import { documentOf, type DocumentOptions, longList, type PathDocument, shortList } from './documents.js';
import type { ListPath, Step } from './list-paths.js';
import { inputTypeOf, mutationCases } from './mutations.js';
import { bounds, type World } from './worlds.js';

/** What was found of one path: nothing, where it is as it should be. */
export interface PathReport {
  readonly faults: readonly string[];
  readonly requests: number;
}

interface Measured {
  readonly statements: number;
  readonly budget: number;
  /** The length of the longest list of each level. */
  readonly lengths: readonly number[];
}

/**
 * Asks for a path where every list is short and where every list is long, once for each of its lists: that one is asked
 * for as a whole, and the others two rows of each. The number of statements must be the same, and within the budget; on
 * loaders alone, where it is a matter of moments which places of a document share one, within the budget.
 */
export async function checkPath(
  schema: GraphQLSchema,
  path: ListPath,
  few: World,
  many: World,
  { lookAhead }: { readonly lookAhead: boolean },
): Promise<PathReport> {
  const faults: string[] = [];
  let requests = 0;
  const ask = async (asked: Asked): Promise<void> => {
    const lists = path.levels.length;
    const where = lists === 0 ? path.name : `${path.name}, list ${asked.long + 1} of ${lists} long`;
    try {
      const [small, large] = await Promise.all([few, many].map((world) => measure(schema, path, asked, world)));
      if (!small || !large) throw new Error('There are two worlds.');
      requests += 2;
      faults.push(...faultsOf(path, asked, small, large).map((fault) => `${where}: ${fault}`));
    } catch (error) {
      faults.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  if (path.levels.length === 0) await ask({ long: 0, names: 'both', exactly: lookAhead });
  for (let long = 0; long < path.levels.length; long += 1) {
    const isShared = sharesLoaders(stepAt(path, long));
    await ask({ long, names: 'both', exactly: lookAhead && !isShared });
    if (!isShared) continue;
    await ask({ long, names: 'first', exactly: lookAhead });
    await ask({ long, names: 'second', exactly: lookAhead });
  }
  return { faults, requests };
}

interface Asked extends Pick<DocumentOptions, 'long' | 'names'> {
  /** Whether the numbers must be the same, or only within the budget. */
  readonly exactly: boolean;
}

/**
 * Whether the rows of a list come bare, so that two lists of one document ask the same loaders for their parts, and share
 * a statement where they happen to ask at the same moment. Such lists are asked for one by one, too.
 */
function sharesLoaders({ field }: Step): boolean {
  const cost = field.extensions['statements'] as StatementCost | undefined;
  return cost?.kind === 'sorts' || (cost?.kind === 'sends' && !cost.brings);
}

function faultsOf(path: ListPath, { long, exactly }: Asked, small: Measured, large: Measured): string[] {
  const faults = path.levels.length === 0 ? [] : lengthFaults(path, long, small.lengths, large.lengths);
  if (exactly && small.statements !== large.statements) {
    const [from = 'few', to = 'many'] = [small.lengths[long], large.lengths[long]];
    faults.push(`${small.statements} statements for ${from} rows and ${large.statements} for ${to}`);
  }
  for (const { statements, budget } of [small, large]) {
    if (statements > budget) faults.push(`${statements} statements, and the budget was ${budget}`);
  }
  return faults;
}

/** What takes the proof away: lists that are empty, or not long where they should be. */
function lengthFaults(path: ListPath, long: number, small: readonly number[], large: readonly number[]): string[] {
  const isEmpty = [...small, ...large].includes(0);
  if (isEmpty) return ['a list on the way is empty, so that nothing is shown of what is below it'];
  const { parent, field } = stepAt(path, long);
  const bound = bounds[`${parent.name}.${field.name}`];
  const [from = 0, to = 0] = [small[long], large[long]];
  // A mutation may have added one or taken one away, and looks of all collections are two of each.
  const isProof = bound === undefined ? from <= 2 * shortList && to >= longList - 1 : to === bound;
  return isProof ? [] : [`the long list has ${from} rows in one world and ${to} in the other, which shows nothing`];
}

async function measure(
  schema: GraphQLSchema,
  path: ListPath,
  { long, names }: Asked,
  world: World,
): Promise<Measured> {
  const mutation = path.operation === 'mutation' ? mutationCases[rootOf(path)] : null;
  if (mutation === undefined) throw new Error('it is not known how to send this mutation: add it to test/support/paths/mutations.ts');
  const { text } = documentFor(schema, path, { long, names }, world);
  const variables = mutation ? { input: await mutation.input(world) } : {};
  const { data, errors, cost, statements } = await world.app.ask(text, { as: world.person, variables });
  await mutation?.undo?.(world);
  if (errors) throw new Error(`${errors[0]?.message} at ${errors[0]?.path?.join('.')}`);
  if (!cost) throw new Error('the answer tells no cost');
  const { budget, used, firstSight } = cost.statements;
  if (used + firstSight !== statements.length) {
    throw new Error(`${statements.length} statements were sent, and ${used + firstSight} were told`);
  }
  return { statements: used, budget, lengths: lengthsOf(path, data) };
}

function documentFor(schema: GraphQLSchema, path: ListPath, { long, names }: Pick<Asked, 'long' | 'names'>, world: World): PathDocument {
  const mutation = path.operation === 'mutation' ? { inputType: inputTypeOf(schema, rootOf(path)) } : null;
  return documentOf(schema, path, { long, names, args: createArguments(world), mutation });
}

/** `Type.field` of everything that a path's documents ask for. */
export function fieldsOf(schema: GraphQLSchema, path: ListPath, world: World): ReadonlySet<string> {
  const turns = Math.max(1, path.levels.length);
  const documents = Array.from({ length: turns }, (_, long) => documentFor(schema, path, { long, names: 'both' }, world));
  return new Set(documents.flatMap(({ fields }) => [...fields]));
}

const rootOf = ({ steps }: ListPath) => steps[0]?.field.name ?? '';

function stepAt(path: ListPath, level: number): Step {
  const step = path.steps[path.levels[level] ?? 0];
  if (!step) throw new Error('A path has fewer steps than lists.');
  return step;
}

type Json = Readonly<Record<string, unknown>>;

/** The length of the longest list at each level; of a list that stands there twice, of the shorter of the two. */
function lengthsOf(path: ListPath, data: unknown): readonly number[] {
  const longest = new Map<string, number>();

  function visit(index: number, row: Json): void {
    const step = path.steps[index];
    if (!step) return;
    for (const name of index === 0 && path.operation === 'mutation' ? ['m'] : [`s${index}`, `t${index}`]) {
      if (!(name in row)) continue;
      const value = row[name] as Json | readonly Json[] | null;
      const rows = rowsOf(step, value).filter((found) => found !== null);
      longest.set(name, Math.max(longest.get(name) ?? 0, rows.length));
      for (const found of rows) visit(index + 1, found);
    }
  }

  visit(0, data as Json);
  return path.levels.map((index) => {
    const lengths = [`s${index}`, `t${index}`].map((name) => longest.get(name)).filter((length) => length !== undefined);
    return lengths.length === 0 ? 0 : Math.min(...lengths);
  });
}

function rowsOf({ kind }: Step, value: Json | readonly Json[] | null): readonly (Json | null)[] {
  if (value === null) return [];
  if (kind !== 'connection') return [value].flat();
  const { edges, nodes } = value as { edges?: readonly { node: Json }[]; nodes?: readonly Json[] };
  return nodes ?? edges?.map(({ node }) => node) ?? [];
}
