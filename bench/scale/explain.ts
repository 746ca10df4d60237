import pg from 'pg';
import { ask } from '../ask.ts';
import type { Requests } from '../measure.ts';
import type { Bench } from './points.ts';

/** What PostgreSQL says that a statement of the gateway does. */
export interface Explained {
  /** The text as the gateway sent it. */
  readonly statement: string;
  /** Pages of 8 kB: found in PostgreSQL's memory, and fetched from outside of it. */
  readonly hit: number;
  readonly read: number;
  /** Milliseconds, with the costs of measuring each node. */
  readonly execution: number;
  /** As EXPLAIN draws it. */
  readonly plan: string;
}

/** From the sixth execution on PostgreSQL knows which plan of a prepared statement it keeps (choose_custom_plan). */
const executionsBefore = 6;

/** A page whose statement is to be explained. */
export interface Asked {
  readonly request: Requests[number];
  readonly viewer: string;
  /** The statement's parameters, in their order. */
  readonly values: readonly string[];
  /** How many rows it brings, the one beyond the page included. */
  readonly rows: number;
}

/**
 * EXPLAIN (ANALYZE, BUFFERS) of the statement that the gateway answers a request with: as its role, in the viewer's scope,
 * under the policies, prepared as there.
 *
 * @throws Error where the statement is not the one that `values` are for, or brings other rows.
 */
export async function explain(
  { database, system }: Pick<Bench, 'database' | 'system'>,
  { request, viewer, values, rows: expected }: Asked,
): Promise<Explained> {
  await ask(system, request.token, { path: request.path, body: JSON.parse(request.body) as Record<string, unknown> });
  const { rows } = await database.superuser.query<{ query: string }>(
    `select query from pg_stat_activity where usename = 'roomfeed_gateway' order by query_start desc nulls last limit 1`,
  );
  const statement = rows[0]?.query ?? '';
  const parameters = new Set(statement.match(/\$\d+/g) ?? []).size;
  if (!/\bfrom renders\b/.test(statement) || parameters !== values.length) {
    throw new Error(`The statement of a feed page has another form than its explanation expects: ${statement.slice(0, 500)}`);
  }
  const client = new pg.Client({ connectionString: database.gatewayUrl, application_name: 'roomfeed bench' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query("select set_config('app.user_id', $1, false)", [viewer]);
    await client.query(`prepare page as ${statement}`);
    const execute = `execute page(${values.map((value) => pg.escapeLiteral(value)).join(', ')})`;
    for (let time = 0; time < executionsBefore; time++) await client.query(execute);
    const asJson = await client.query<{ 'QUERY PLAN': readonly [PlanJson] }>(`explain (analyze, buffers, format json) ${execute}`);
    const asText = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${execute}`);
    const [found] = asJson.rows[0]?.['QUERY PLAN'] ?? [];
    if (found?.Plan['Actual Rows'] !== expected) {
      throw new Error(`A feed page's statement brought ${found?.Plan['Actual Rows']} rows, and not ${expected}.`);
    }
    return {
      statement,
      hit: found.Plan['Shared Hit Blocks'],
      read: found.Plan['Shared Read Blocks'],
      execution: found['Execution Time'],
      plan: asText.rows.map((row) => row['QUERY PLAN']).join('\n'),
    };
  } finally {
    await client.end();
  }
}

/** What is read of EXPLAIN's JSON; a node's figures hold those below it. */
interface PlanJson {
  readonly Plan: {
    readonly 'Actual Rows': number;
    readonly 'Shared Hit Blocks': number;
    readonly 'Shared Read Blocks': number;
  };
  readonly 'Execution Time': number;
}
