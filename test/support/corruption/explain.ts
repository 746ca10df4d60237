import pg from 'pg';
import type { Database, Sql } from '../../../src/database/database.js';
import type { Statement } from '../../../src/database/statement.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Subplan Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Runs statements in the transactions that they come in, and keeps what is wrong with their plans. */
export interface Explainer {
  /** Tables that are read whole all the same, because they have no index for it, with the statements. */
  readonly wholeTables: string[];
  /** Statements whose page is sorted all the same: no index has its order. */
  readonly sortedPages: string[];
  readonly database: Database;
  close(): Promise<void>;
}

export async function createExplainer(serviceUrl: string, models: Database['models']): Promise<Explainer> {
  const client = new pg.Client({ connectionString: serviceUrl });
  await client.connect();
  const wholeTables: string[] = [];
  const sortedPages: string[] = [];
  const sql: Sql = {
    scope: { kind: 'system' },
    async query<Row>(statement: Statement | string, values: readonly unknown[] = []): Promise<Row[]> {
      const text = typeof statement === 'string' ? statement : statement.text;
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`explain (format json) ${text}`, [...values]);
      const nodes = flatten(rows[0]!['QUERY PLAN'][0].Plan);
      wholeTables.push(...nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => `${node['Relation Name'] ?? ''}: ${text}`));
      const page = nodes.find((node) => node['Subplan Name'] === 'CTE page');
      if (page && flatten(page).some((node) => node['Node Type'] === 'Sort')) sortedPages.push(text);
      return (await client.query(text, [...values])).rows as Row[];
    },
  };
  async function transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> {
    await client.query('begin');
    try {
      return await work(sql);
    } finally {
      await client.query('commit');
    }
  }
  return {
    wholeTables,
    sortedPages,
    database: { ...sql, models, transaction },
    close: () => client.end(),
  };
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
