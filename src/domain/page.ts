import { BadUserInput } from './errors.js';
import { decodeCursor, encodeCursor, type KeysetOrder, type KeysetValues } from './keyset.js';

/** Items on a page where neither `first` nor `last` is given. */
export const defaultPageSize = 24;
/** The largest `first` or `last`; above it is an error, not a clamp. */
export const maxPageSize = 100;

/** Relay's four arguments, as a client sent them. */
export interface ConnectionArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** A checked request for one page of an order. */
export interface Page {
  readonly order: KeysetOrder;
  /** 0 to 100. */
  readonly size: number;
  /** True for `last`/`before`: the page is read from the list's other end and turned round. */
  readonly backward: boolean;
  readonly after: KeysetValues | null;
  readonly before: KeysetValues | null;
}

/**
 * Checks a connection's arguments.
 *
 * @throws BadUserInput for a size below 0 or above 100, for `first` together with `last`, and for what is no cursor of
 * this order.
 */
export function toPage(order: KeysetOrder, { first, after, last, before }: ConnectionArguments): Page {
  if (first != null && last != null) {
    throw new BadUserInput('Pass "first" or "last", not both: "first" reads forwards, "last" backwards.');
  }
  checkSize('first', first);
  checkSize('last', last);
  return {
    order,
    size: first ?? last ?? defaultPageSize,
    // `before` alone asks for what stands right before it, which is how a client pages back.
    backward: last != null || (first == null && before != null && after == null),
    after: after == null ? null : decodeCursor(order, after, 'after'),
    before: before == null ? null : decodeCursor(order, before, 'before'),
  };
}

function checkSize(name: string, size: number | null | undefined): void {
  if (size != null && (size < 0 || size > maxPageSize)) {
    throw new BadUserInput(`"${name}" must be from 0 to ${maxPageSize}, and was ${size}.`);
  }
}

/** What a query of a page brings back. */
export interface PageRows<Row> {
  /** In the order's direction, at most `page.size`. */
  readonly rows: readonly Row[];
  /** Whether the list goes on past the end that was read towards. */
  readonly hasMore: boolean;
  /** Whether something lies on the other side of the cursor that was started from; null where nobody asked. */
  readonly hasOtherSide: boolean | null;
  /** The list's length, filters applied and cursors not; null where nobody asked. */
  readonly totalCount: number | null;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A Relay connection over rows. */
export interface Connection<Row> {
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: PageInfo;
  readonly totalCount: number | null;
}

/** A row on a page. Its cursor is written when it is asked for, which most clients do for one row of a page. */
class PageEdge<Row extends object> {
  readonly #order: KeysetOrder;

  constructor(
    order: KeysetOrder,
    readonly node: Row,
  ) {
    this.#order = order;
  }

  get cursor(): string {
    return encodeCursor(this.#order, this.node as Readonly<Record<string, unknown>>);
  }
}

/**
 * Both ends of a page, with cursors as an edge has them. A class, and not an object with getters in it: V8 makes a hidden
 * class of its own for each of those, which keeps the page's rows until the next full collection.
 */
class PageEnds implements PageInfo {
  readonly #edges: Connection<unknown>['edges'];

  constructor(
    edges: Connection<unknown>['edges'],
    readonly hasNextPage: boolean,
    readonly hasPreviousPage: boolean,
  ) {
    this.#edges = edges;
  }

  get startCursor(): string | null {
    return this.#edges[0]?.cursor ?? null;
  }

  get endCursor(): string | null {
    return this.#edges.at(-1)?.cursor ?? null;
  }
}

/** Dresses a page's rows, which hold the values of the order's columns, as a connection. */
export function toConnection<Row extends object>(page: Page, found: PageRows<Row>): Connection<Row> {
  const edges = found.rows.map((node) => new PageEdge(page.order, node));
  const otherSide = found.hasOtherSide ?? (page.backward ? page.before : page.after) !== null;
  const [hasNextPage, hasPreviousPage] = page.backward ? [otherSide, found.hasMore] : [found.hasMore, otherSide];
  return { edges, pageInfo: new PageEnds(edges, hasNextPage, hasPreviousPage), totalCount: found.totalCount };
}
