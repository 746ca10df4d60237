import type { getDatamodel } from '../generated/pothos.js';
import { DatabaseError } from './errors.js';

/** What the generator writes of prisma/schema.prisma. */
type DataModel = ReturnType<typeof getDatamodel>['datamodel'];

type Where = Readonly<Record<string, unknown>>;

/** Makes a `findFirst` condition of a `findUnique` one, by model name. */
export type UniqueWhere = (model: string, where: unknown) => Where;

/**
 * `{ ownerId_seq: { ownerId, seq } }` becomes `{ AND: [{ ownerId, seq }] }`; single keys and further conditions stay.
 * Throws where no unique key has a value: `findFirst` reads an undefined value as "any", and would hand out whatever
 * row comes first.
 */
export function createUniqueWhere({ datamodel }: { readonly datamodel: DataModel }): UniqueWhere {
  const keys = new Map(Object.entries(datamodel.models).map(([model, shape]) => [model, keysOf(shape)]));

  return (model, where) => {
    const { single, compound } = keys.get(model) ?? { single: [], compound: new Map<string, readonly string[]>() };
    if (!isRecord(where)) throw incomplete(model);
    const rest: Record<string, unknown> = {};
    const parts: Where[] = [];
    let complete = single.some((field) => isKeyValue(where[field]));
    for (const [key, value] of Object.entries(where)) {
      const fields = compound.get(key);
      if (fields === undefined) {
        rest[key] = value;
        continue;
      }
      if (value === undefined) continue;
      if (!isRecord(value) || !fields.every((field) => isKeyValue(value[field]))) throw incomplete(model);
      complete = true;
      parts.push(value);
    }
    if (!complete) throw incomplete(model);
    if (parts.length === 0) return rest;
    const { AND: further = [] } = rest;
    return { ...rest, AND: parts.concat(further as Where | readonly Where[]) };
  };
}

function keysOf({ fields, primaryKey, uniqueIndexes }: DataModel['models'][string]): {
  single: readonly string[];
  compound: ReadonlyMap<string, readonly string[]>;
} {
  const indexes = primaryKey ? [primaryKey, ...uniqueIndexes] : uniqueIndexes;
  return {
    single: fields.filter((field) => field.isId || field.isUnique).map((field) => field.name),
    compound: new Map(indexes.map((index) => [index.name ?? index.fields.join('_'), index.fields])),
  };
}

/** A key compares with a value; null, undefined and filters such as `{ not: … }` single out no row. */
function isKeyValue(value: unknown): boolean {
  return value !== undefined && value !== null && (typeof value !== 'object' || value instanceof Date);
}

function isRecord(value: unknown): value is Where {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function incomplete(model: string): DatabaseError {
  return new DatabaseError(`findUnique of ${model} needs the whole value of one unique key.`);
}
