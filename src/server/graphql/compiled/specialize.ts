import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
} from 'graphql';
import { isCodeName, runGenerated } from '../../../domain/generated-code.js';
import { FieldInfo } from './info.js';
import type { FieldPlan, SelectionFunction, SelectionPlan, ValuePlan } from './plan.js';
import {
  argumentsOf,
  completeField,
  failField,
  failWhenSettled,
  isPromise,
  orFailed,
  runField,
  settle,
  walkSelection,
} from './run.js';

/** What the written functions call, by these names. */
const tools = {
  argumentsOf,
  completeField,
  failField,
  failWhenSettled,
  FieldInfo,
  isPromise,
  orFailed,
  runField,
  settle,
  walkSelection,
};

/**
 * Gives the selections of an operation functions of their own, written for their fields, which do what `walkSelection`
 * does and are found the same in every answer. The walk reads and writes properties whose names it does not know, and calls
 * what it has not called before; a function in which names and calls stand is what the engine is good at
 * (docs/adr/0016).
 *
 * Returns false, and leaves everything to the walk, where this process may not make code (`node
 * --disallow-code-generation-from-strings`).
 */
export function specialize(root: SelectionPlan): boolean {
  const selections = selectionsBelow(root);
  const writer = new Writer(selections);
  const body = writer.write();
  const functions = runGenerated<SelectionFunction[]>(body, { ...tools, ...writer.known() });
  if (!functions) return false;
  [...selections.keys()].forEach((selection, index) => {
    selection.specialized = functions[index] ?? null;
  });
  return true;
}

/** All selections from this one on, numbered. */
function selectionsBelow(root: SelectionPlan): ReadonlyMap<SelectionPlan, number> {
  const found = new Map<SelectionPlan, number>();
  const visitValue = (value: ValuePlan): void => {
    if (value.kind === 'list') visitValue(value.item);
    else if (value.kind === 'object') visit(value.selection);
    else if (value.kind === 'abstract') value.selections.forEach(visit);
  };
  const visit = (selection: SelectionPlan): void => {
    found.set(selection, found.size);
    for (const { value } of selection.fields) visitValue(value);
  };
  visit(root);
  return found;
}

/** Writes the functions `s0`, `s1` … of selections, over the values `k0`, `k1` … that they know. */
class Writer {
  /** Values by their names. */
  readonly #names = new Map<unknown, string>();
  readonly #selections: ReadonlyMap<SelectionPlan, number>;

  constructor(selections: ReadonlyMap<SelectionPlan, number>) {
    this.#selections = selections;
  }

  write(): string {
    const functions = [...this.#selections].map(([selection, index]) => this.#function({ selection, index }));
    return [
      "'use strict';",
      ...functions,
      `return [${functions.map((_, index) => `s${index}`).join(', ')}];`,
    ].join('\n');
  }

  /** What the functions know, once they are written. */
  known(): Record<string, unknown> {
    return Object.fromEntries([...this.#names].map(([value, name]) => [name, value]));
  }

  #name(value: unknown): string {
    const name = this.#names.get(value) ?? `k${this.#names.size}`;
    this.#names.set(value, name);
    return name;
  }

  #function({ selection, index }: { readonly selection: SelectionPlan; readonly index: number }): string {
    const { fields } = selection;
    const answer = `{ ${fields.map(({ responseName }, at) => `${checked(responseName)}: v${at}`).join(', ')} }`;
    const readsProperties = fields.some(({ resolve }) => !resolve);
    return [
      `function s${index}(x, source, path) {`,
      readsProperties &&
        `  if (typeof source !== 'object' || source === null) return walkSelection(x, ${this.#name(selection)}, source, path);`,
      fields.length > 0 && `  let ${fields.map((_, at) => `v${at}`).join(', ')};`,
      '  let waiting = false;',
      '  try {',
      ...fields.map((plan, at) => this.#field(plan, `v${at}`)),
      '  } catch (error) {',
      `    if (waiting) return failWhenSettled(${answer}, error);`,
      '    throw error;',
      '  }',
      `  return waiting ? settle(${answer}) : ${answer};`,
      '}',
    ]
      .filter((line) => line !== false)
      .join('\n');
  }

  /** A field's answer, in the variable `v`. What it throws is for the function. */
  #field(plan: FieldPlan, v: string): string {
    const name = this.#name(plan);
    const property = `source.${checked(plan.field.name)}`;
    return [
      '    try {',
      `      const f = ${plan.resolve ? this.#call(plan, plan.resolve) : property};`,
      `      ${this.#known(plan, v)}{`,
      // A property that is a function is called.
      `        ${v} = ${plan.resolve ? '' : `typeof f === 'function' ? runField(x, ${name}, source, path) : `}completeField(x, ${name}, f, path);`,
      `        if (isPromise(${v})) waiting = true;`,
      '      }',
      '    } catch (error) {',
      `      ${v} = failField(x, ${name}, error, path);`,
      '    }',
    ].join('\n');
  }

  #call(plan: FieldPlan, resolve: unknown): string {
    const name = this.#name(plan);
    const { args } = plan;
    const given = args.kind === 'constant' ? this.#name(args.values) : `argumentsOf(x, ${name})`;
    return `${this.#name(resolve)}(source, ${given}, x.contextValue, new FieldInfo(x.info, ${name}, path))`;
  }

  /** `if … else` for the values `f` that most fields have, and about which little is to be done; ends before a block. */
  #known(plan: FieldPlan, v: string): string {
    const { value } = plan;
    const orNull = value.required ? '' : `if (f === null) ${v} = null; else `;
    if (value.kind === 'leaf') return this.#knownLeaf(value.type, v) + orNull;
    if (value.kind === 'object' && !value.selection.type.isTypeOf) return this.#knownObject(plan, value.selection, v) + orNull;
    return orNull;
  }

  #knownLeaf(type: GraphQLLeafType, v: string): string {
    const test = leafTests.get(type);
    if (test !== undefined) return `if (${test}) ${v} = f; else `;
    const names = enumNames(type);
    return names ? `const e = ${this.#name(names)}.get(f); if (e !== undefined) ${v} = e; else ` : '';
  }

  #knownObject(plan: FieldPlan, selection: SelectionPlan, v: string): string {
    const [name, field, type] = [this.#name(plan), checked(plan.responseName), checked(plan.parentType.name)];
    return [
      "if (typeof f === 'object' && f !== null && typeof f.then !== 'function' && !(f instanceof Error)) {",
      `        const at = { prev: path, key: '${field}', typename: '${type}' };`,
      `        ${v} = s${this.#selections.get(selection) ?? ''}(x, f, at);`,
      `        if (${v} instanceof Promise) { waiting = true; ${v} = orFailed(x, ${name}, ${name}.value, ${v}, at); }`,
      '      } else ',
    ].join('\n');
  }
}

/** Values `f` that the specification's own types answer as they are. */
const leafTests: ReadonlyMap<GraphQLLeafType, string> = new Map<GraphQLLeafType, string>([
  [GraphQLString, "typeof f === 'string'"],
  [GraphQLID, "typeof f === 'string'"],
  [GraphQLBoolean, "typeof f === 'boolean'"],
  [GraphQLInt, "typeof f === 'number' && (f | 0) === f"],
  [GraphQLFloat, "typeof f === 'number' && f - f === 0"],
]);

/** The names of an enum's values, by what they are inside; null for another type. */
function enumNames(type: GraphQLLeafType): ReadonlyMap<unknown, string> | null {
  if (!(type instanceof GraphQLEnumType)) return null;
  return new Map(type.getValues().map(({ name, value }) => [value, name]));
}

function checked(name: string): string {
  if (!isCodeName(name)) throw new Error(`"${name}" is no name.`);
  return name;
}
