import type { Database, Databases, Sql } from '../../src/database/database.js';
import type { Statement } from '../../src/database/statement.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

/** What a statement of some work cost the database. */
export interface ExplainedStatement {
  readonly text: string;
  /** Rows that its scans looked at, those among them that a filter refused. */
  readonly rowsRead: number;
  readonly buffers: number;
  /** Tables that it read whole. */
  readonly wholeTables: readonly string[];
}

/**
 * The same databases; each statement of the service's is first explained as it is run, and that is undone. So what is told
 * is what the work itself came to, with the parameters and the rows that it met.
 */
export function explainedDatabases(databases: Databases, told: (statement: ExplainedStatement) => void): Databases {
  async function explain(tx: Sql, statement: Statement | string, values?: readonly unknown[]): Promise<void> {
    const text = typeof statement === 'string' ? statement : statement.text;
    await tx.query('savepoint explained');
    const [row] = await tx.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`explain (analyze, buffers, format json) ${text}`, values);
    await tx.query('rollback to savepoint explained');
    const { Plan: plan } = row!['QUERY PLAN'][0];
    const scans = flatten(plan).filter((node) => node['Relation Name'] !== undefined && node['Node Type'] !== 'ModifyTable');
    told({
      text,
      rowsRead: scans.reduce((sum, node) => sum + rowsOf(node), 0),
      buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
      wholeTables: scans.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']!),
    });
  }
  const explained = (db: Database): Database => {
    const transaction: Database['transaction'] = (work, options) =>
      db.transaction(
        (tx) =>
          work({
            scope: tx.scope,
            async query(statement, values) {
              await explain(tx, statement, values);
              return tx.query(statement, values);
            },
          }),
        options,
      );
    return {
      scope: db.scope,
      models: db.models,
      query: (statement, values) => transaction((tx) => tx.query(statement, values)),
      transaction,
    };
  };
  return { ...databases, service: (scope) => explained(databases.service(scope)) };
}

/** Rows and refused rows are told for a loop, on the average. */
function rowsOf(node: PlanNode): number {
  const refused = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return (node['Actual Rows'] + refused) * node['Actual Loops'];
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
