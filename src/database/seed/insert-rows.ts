import type { Sql } from '../database.js';
import { seedTables, type SeedRow, type SeedTable } from './tables.js';

/**
 * Inserts all rows in one statement: a column travels as one array, so that the number of parameters does not grow with
 * the rows (PostgreSQL takes 65,535 at most). For thousands of rows, not for millions.
 */
export async function insertRows<T extends SeedTable>(db: Sql, table: T, rows: readonly SeedRow<T>[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.entries<string>(seedTables[table]);
  const values = columns.map(([name]) => rows.map((row) => parameter(row[name as keyof SeedRow<T>])));
  const names = columns.map(([name]) => name).join(', ');
  // An array of JSON texts, since an array of jsonb is not told from JSON that is an array.
  const arrays = columns.map(([, type], i) => `$${i + 1}::${type === 'jsonb' ? 'text' : type}[]`).join(', ');
  const selected = columns.map(([name, type]) => (type === 'jsonb' ? `${name}::jsonb` : name)).join(', ');
  await db.query(`insert into ${table} (${names}) select ${selected} from unnest(${arrays}) as t (${names})`, values);
}

const parameter = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value;
