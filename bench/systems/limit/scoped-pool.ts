import pg from 'pg';
import type { Statement } from './handler.ts';

const scope: Statement = { name: 'scope', text: "select set_config('app.user_id', $1, true)" };

/** Statements that a connection has prepared. */
const prepared = new WeakMap<pg.Connection, Set<string>>();

type Done = (failure: Error | undefined, rows: Record<string, unknown>[]) => void;

/**
 * A statement with the viewer's scope before it, in one round trip and one implicit transaction: two times Parse, Bind
 * and Execute, and one Sync. See docs/adr/0002 for the gateway's own; this one knows nothing but what the bench needs.
 */
class ScopedQuery implements pg.Submittable {
  private completed = 0;
  private fields: pg.FieldDef[] = [];
  private readonly rows: Record<string, unknown>[] = [];
  private failure: Error | undefined;

  private readonly viewer: string;
  private readonly statement: Statement;
  private readonly values: readonly unknown[];
  private readonly done: Done;

  constructor(viewer: string, statement: Statement, values: readonly unknown[], done: Done) {
    this.viewer = viewer;
    this.statement = statement;
    this.values = values;
    this.done = done;
  }

  submit(connection: pg.Connection): void {
    connection.stream.cork();
    this.send(connection, scope, [this.viewer], false);
    this.send(connection, this.statement, this.values.map(String), true);
    connection.sync();
    connection.stream.uncork();
  }

  private send(connection: pg.Connection, { name, text }: Statement, values: string[], described: boolean): void {
    const names = prepared.get(connection) ?? new Set();
    prepared.set(connection, names);
    if (!names.has(name)) connection.parse({ name, text, types: [] }, true);
    names.add(name);
    connection.bind({ portal: '', statement: name, values }, true);
    if (described) connection.describe({ type: 'P', name: '' }, true);
    connection.execute({ portal: '' }, true);
  }

  handleRowDescription({ fields }: { readonly fields: pg.FieldDef[] }): void {
    this.fields = fields;
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.completed === 0) return;
    const row: Record<string, unknown> = {};
    for (let i = 0; i < fields.length; i++) {
      const [field, text] = [this.fields[i], fields[i]];
      if (field !== undefined) row[field.name] = text == null ? null : parserOf(field.dataTypeID)(text);
    }
    this.rows.push(row);
  }

  handleCommandComplete(): void {
    this.completed += 1;
  }

  handleEmptyQuery(): void {
    this.completed += 1;
  }

  handlePortalSuspended(): void {
    // No portal has a limit of rows.
  }

  handleError(failure: Error): void {
    this.failure = failure;
    this.done(failure, []);
  }

  handleReadyForQuery(): void {
    if (this.failure === undefined) this.done(undefined, this.rows);
  }
}

/** A Date that becomes text again with the answer would be made for nothing. */
const parserOf = (type: number): ((text: string) => unknown) =>
  type === pg.types.builtins.TIMESTAMPTZ ? asItIs : (pg.types.getTypeParser(type, 'text') as (text: string) => unknown);
const asItIs = (text: string): string => text;

/** One statement in a person's scope, with values that are not null, prepared under its name on each connection. */
export type Query = <Row>(viewer: string, statement: Statement, values: readonly unknown[]) => Promise<Row[]>;

export function createScopedPool(settings: pg.PoolConfig): Query {
  const pool = new pg.Pool(settings);
  pool.on('error', () => undefined);
  return <Row>(viewer: string, statement: Statement, values: readonly unknown[]) =>
    new Promise<Row[]>((resolve, reject) => {
      pool.connect((error, client, release) => {
        if (client === undefined) return reject(error ?? new Error('There is no connection.'));
        client.query(
          new ScopedQuery(viewer, statement, values, (failure, rows) => {
            // Whether a statement that failed was prepared is not known; a new connection is simpler than finding out.
            release(failure !== undefined);
            if (failure === undefined) resolve(rows as Row[]);
            else reject(failure);
          }),
        );
      });
    });
}
