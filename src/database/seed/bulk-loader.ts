import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import * as statements from './bulk-statements.js';

/** One value of a staged row. An array becomes an array of PostgreSQL. */
export type StagedValue = string | number | boolean | Date | null | readonly string[];

export type Staging = keyof typeof statements.staging;

/** A row in the order of the staging table's columns. */
export type StagedRow = readonly StagedValue[];

/**
 * One transaction that takes in rows by the hundred thousand, as the service role.
 *
 * Nobody may COPY into a table with policies who is bound by them, so rows are copied into temporary tables and inserted
 * from there. Nothing is there before `commit`, so an interrupted load leaves nothing behind.
 */
export interface BulkLoader {
  hasProfile(id: string): Promise<boolean>;
  /** Replaces what the staging table holds. */
  stage(table: Staging, rows: readonly StagedRow[]): Promise<void>;
  /** Moves the staged profiles, with plan and collections, into their tables. */
  fileProfiles(): Promise<void>;
  /** Moves the staged jobs into jobs, renders, variants, ledger, sums and collections. `monthlyLimit`: of their plan. */
  fileJobs(monthlyLimit: number): Promise<void>;
  fileAssets(): Promise<void>;
  commit(): Promise<void>;
  /** Rolls back what is not committed. */
  close(): Promise<void>;
}

export async function openBulkLoader(serviceUrl: string): Promise<BulkLoader> {
  const client = new pg.Client({
    connectionString: serviceUrl,
    application_name: 'roomfeed seed',
    options: '-c TimeZone=UTC -c statement_timeout=0 -c idle_in_transaction_session_timeout=0',
  });
  // A connection that is lost fails the query that waits on it; nobody else needs to hear of it.
  client.on('error', () => undefined);
  await client.connect();
  const each = async (texts: readonly string[], values?: readonly unknown[]): Promise<void> => {
    for (const text of texts) await client.query(text, values === undefined ? undefined : [...values]);
  };
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(7266334)');
    await each(Object.entries(statements.staging).map(([name, columns]) => createTable(name, columns)));
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    async hasProfile(id) {
      const { rowCount } = await client.query('select from profiles where id = $1', [id]);
      return rowCount === 1;
    },
    async stage(table, rows) {
      await client.query(`truncate ${table}`);
      await pipeline(Readable.from(chunks(rows)), client.query(copyFrom(`copy ${table} from stdin`)));
      await client.query(`analyze ${table}`);
    },
    fileProfiles: () => each(statements.fileProfiles),
    async fileJobs(monthlyLimit) {
      await each(statements.fileJobs);
      await client.query(statements.fileCredits, [monthlyLimit]);
      await client.query(statements.fileSums);
    },
    fileAssets: () => each(statements.fileAssets),
    commit: async () => void (await client.query('commit')),
    close: () => client.end(),
  };
}

/**
 * Tells the planner what the tables hold, and marks their pages visible so that indexes alone can answer. Only the
 * tables' owner may; the server's own autovacuum does the same within minutes where it is on.
 */
export async function vacuum(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'roomfeed seed' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const table of statements.grownTables) await client.query(`vacuum (analyze) ${table}`);
  } finally {
    await client.end();
  }
}

function createTable(name: string, columns: Readonly<Record<string, string>>): string {
  const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  return `create temporary table ${name} (${list.join(', ')}) on commit drop`;
}

/** COPY's text format, in pieces that are neither many nor large. */
function* chunks(rows: readonly StagedRow[]): Generator<string> {
  const size = 500;
  for (let i = 0; i < rows.length; i += size) {
    yield rows
      .slice(i, i + size)
      .map((row) => `${row.map(field).join('\t')}\n`)
      .join('');
  }
}

function field(value: StagedValue): string {
  if (value === null) return '\\N';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return escape(value);
  if (typeof value === 'object') return `{${value.join(',')}}`;
  return String(value);
}

const escape = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
