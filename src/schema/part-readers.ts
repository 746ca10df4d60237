import type { GraphQLResolveInfo } from 'graphql';
import type { Page } from '../domain/page.js';
import { partKey, type Selection, wantsOnlyColumns, type WithParts } from '../domain/selection.js';
import type { PartByRow } from '../loaders/loaders.js';
import type { GraphQLContext } from './context.js';
import { type Arguments, type ColumnsRead, connectionSelectionOf, type NeededPart, selectionOf } from './look-ahead.js';

/**
 * A row that a mutation wrote, with what is asked of it now: read again where anything beside its columns is asked, and
 * as it was written where somebody deleted it meanwhile.
 */
export async function afterWrite<Row>(
  row: Row,
  selection: Selection,
  read: (selection: Selection) => Promise<Row | null>,
): Promise<Row> {
  return wantsOnlyColumns(selection) ? row : ((await read(selection)) ?? row);
}

/** Finds the loader that serves a row's parts, and the row's id there. */
export type LoaderOf<Row> = (loaders: GraphQLContext['loaders'], row: Row) => { loader: PartByRow; id: string };

/** A field's part: what look-ahead is told, and how a resolver reads it. */
export interface PartReader<Row, Args, Value> {
  /** To be spread into the field's options. */
  readonly needs: { readonly extensions: { readonly part: NeededPart } };
  /** From the row where its statement brought the part, else through the loader. */
  read(row: Row, args: Args, context: GraphQLContext, info: GraphQLResolveInfo): Value | Promise<Value>;
}

/** Goes on with a part: at once where the row brought it, since a promise for each row of a page would cost more than the page. */
export function whenRead<Value, Result>(value: Value | Promise<Value>, goOn: (value: Value) => Result): Result | Promise<Result> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}

/** Makes the part readers of a type. */
export function partsBy<Row>(loaderOf: LoaderOf<Row>) {
  return function part<Value, Args = object>(
    name: string,
    toArgs?: (args: Args) => unknown,
    columns?: ColumnsRead,
  ): PartReader<Row, Args, Value> {
    const needed: NeededPart = {
      name,
      ...(toArgs && { args: (args: Arguments) => toArgs(args as Args) }),
      ...(columns && { columns }),
    };
    return {
      needs: { extensions: { part: needed } },
      read(row, args, context, info) {
        const partArgs = toArgs?.(args);
        const { parts } = row as WithParts;
        const key = partKey(name, partArgs);
        if (parts && key in parts) return parts[key] as Value;
        const page = (partArgs as { page?: Page } | undefined)?.page;
        const selection = page ? connectionSelectionOf(info, context, page.backward) : selectionOf(info, context);
        const { loader, id } = loaderOf(context.loadersOf((row as { readonly ownerId?: string }).ownerId), row);
        return loader.load({ name, args: partArgs, selection: forLoader(selection) }, id) as Promise<Value>;
      },
    };
  };
}

/** Without columns: what a loader brings is shared by places that want various ones. */
function forLoader(selection: Selection): Selection {
  return new Map(
    [...selection]
      .filter(([, { name }]) => !name.startsWith('.'))
      .map(([key, part]) => [key, { ...part, selection: forLoader(part.selection) }]),
  );
}
