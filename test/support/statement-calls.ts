import { ROLES } from '../../src/database/embedded/roles.js';
import type { TestDatabase } from './database.js';
import type { Seed } from './seed.js';

/** What the server counted for the gateway's two roles. */
export interface StatementCalls {
  reset(): Promise<void>;
  /** Since the last reset; statements that set the scope apart from all others. */
  read(): Promise<{ readonly statements: number; readonly scopes: number }>;
  /** The same by text and number of calls, to find out which one was too many. */
  texts(): Promise<readonly string[]>;
}

/** Begins to read pg_stat_statements in a test's database; null where the server does not load it. */
export async function countCalls({ sql }: Seed, { name }: TestDatabase): Promise<StatementCalls | null> {
  const [loaded] = await sql<{ libraries: string }>(`select current_setting('shared_preload_libraries') as libraries`);
  if (!loaded?.libraries.includes('pg_stat_statements')) return null;
  await sql('create extension if not exists pg_stat_statements');
  return {
    async reset() {
      await sql('select pg_stat_statements_reset(0, (select oid from pg_database where datname = $1), 0)', [name]);
    },
    async read() {
      const [row] = await sql<{ statements: number; scopes: number }>(
        `select coalesce(sum(s.calls) filter (where not s.is_scope), 0)::int as statements,
                coalesce(sum(s.calls) filter (where s.is_scope), 0)::int as scopes
         from (
           select calls, query like 'select set_config(%' as is_scope
           from pg_stat_statements join pg_roles r on r.oid = userid join pg_database d on d.oid = dbid
           where d.datname = $1 and r.rolname = any($2::text[]) and toplevel
         ) s`,
        [name, [ROLES.gateway, ROLES.service]],
      );
      return row ?? { statements: 0, scopes: 0 };
    },
    async texts() {
      const rows = await sql<{ calls: number; query: string }>(
        `select calls::int, left(regexp_replace(query, '\\s+', ' ', 'g'), 200) as query
         from pg_stat_statements join pg_roles r on r.oid = userid join pg_database d on d.oid = dbid
         where d.datname = $1 and r.rolname = any($2::text[]) and toplevel order by query`,
        [name, [ROLES.gateway, ROLES.service]],
      );
      return rows.map(({ calls, query }) => `${calls} × ${query}`);
    },
  };
}
