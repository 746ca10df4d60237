import { startCounting, stopCounting } from '../count.ts';
import type { BenchDatabase } from '../database.ts';

/** How many statements PostgreSQL ran for the gateway's two roles while `work` went on, BEGIN and COMMIT among them. */
export async function countStatements(database: BenchDatabase, work: () => Promise<void>): Promise<number> {
  await startCounting(database);
  try {
    await database.superuser.query('select pg_stat_statements_reset()');
    await work();
    const { rows } = await database.superuser.query<{ calls: number }>(
      `select coalesce(sum(calls), 0)::int as calls from pg_stat_statements
       where userid in ('roomfeed_gateway'::regrole, 'roomfeed_service'::regrole)
         and dbid = (select oid from pg_database where datname = current_database())`,
    );
    return rows[0]?.calls ?? 0;
  } finally {
    await stopCounting(database);
  }
}
