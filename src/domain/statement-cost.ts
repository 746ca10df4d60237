/**
 * What a field costs in SQL statements, told beside its resolver as `extensions.statements` (schema/statements.ts) and
 * added up for an operation before it runs (server/graphql/statement-budget.ts). It never depends on the number of rows:
 * a field below a list counts once, because its level is asked for in one batch.
 */
export type StatementCost =
  | {
      readonly kind: 'sends';
      /** In the ordinary course. */
      readonly sent: number | ((args: Arguments) => number);
      /** Fields below that cost one more each where they are asked for: `totalCount`, or `pageInfo.hasNextPage`. */
      readonly more?: ((args: Arguments) => readonly string[]) | undefined;
      /** More at most, where something is refused and has to be explained, was lost and is made anew, or is done by the batch. */
      readonly reserve: number;
      /** Whether the rows below come with what is asked of them (look-ahead); without it each part of them costs one. */
      readonly brings: boolean;
    }
  /** A row that was written is read again where a part of it is asked for, and as it was written otherwise. */
  | { readonly kind: 'rereads' }
  /** One for all fields of this name, however many ask: of a query, or of one root field of a mutation. */
  | { readonly kind: 'shares'; readonly name: string }
  /** So many for the rows of each type, whose parts are then asked for apart. */
  | { readonly kind: 'sorts'; readonly groups: (args: Arguments) => ReadonlyMap<string, number> };

/** A field's arguments, as its resolver gets them. */
export type Arguments = Readonly<Record<string, unknown>>;
