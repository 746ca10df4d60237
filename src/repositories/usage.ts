import type { Sql } from '../database/database.js';
import type { Connection, Page } from '../domain/page.js';
import { nothing, type Part, type Selection, type WithParts } from '../domain/selection.js';
import { type ListDefinition, readConnection } from './query/connection.js';
import { readRows } from './query/reading.js';
import { presentMonth, usageMonths, usageStatements } from './usage-entities.js';

/** One month of one account, as the running sums have it. */
export interface UsageMonthRow extends WithParts {
  readonly ownerId: string;
  /** YYYY-MM-01 */
  readonly period: string;
  readonly accountStatus: string;
  readonly priceIdNow: string | null;
  /** The price in force when the month ended, or will end as known now. */
  readonly priceIdAtEnd: string | null;
  readonly debits: number;
  readonly refunds: number;
  readonly credits: number;
}

/** What a statement is made of; see usageStatements. */
export interface UsageStatementRow {
  readonly ownerId: string;
  readonly asOf: Date;
  readonly parts: Readonly<Record<string, unknown>> & {
    readonly figures: { readonly debits: number; readonly refunds: number; readonly credits: number };
    readonly priceId: string | null;
    readonly limits: Readonly<Record<string, number>>;
  };
}

/**
 * Some of an account's months up to `last` with their parts, in one statement; absent where there is no such account or
 * no such month of it.
 */
export function listUsageMonths(
  db: Sql,
  ownerId: string,
  { periods, last, selection }: { periods: readonly string[]; last: string; selection: Selection },
): Promise<UsageMonthRow[]> {
  return readRows<UsageMonthRow>(
    db,
    usageMonths(last),
    selection,
    (builder, month) =>
      `${month}.owner_id = ${builder.bind(ownerId, 'uuid')} and ${month}.period = any(${builder.bind(periods, 'date[]')})`,
  );
}

/** An account's present month with its parts, or null where there is no such account. */
export async function getMonthlyUsage(
  db: Sql,
  ownerId: string,
  period: string,
  selection: Selection,
): Promise<UsageMonthRow | null> {
  const [row] = await readRows<UsageMonthRow>(
    db,
    presentMonth(period),
    selection,
    (builder, month) => `${month}.owner_id = ${builder.bind(ownerId, 'uuid')}`,
  );
  return row ?? null;
}

/** What an account's statements of some instants are made of, in one statement of SQL; empty without such an account. */
export function listUsageStatements(
  db: Sql,
  ownerId: string,
  instants: readonly Date[],
  selection: Selection,
): Promise<UsageStatementRow[]> {
  const always = ['figures', 'priceId', 'limits'].map(
    (name): [string, Part] => [name, { name, args: undefined, selection: nothing }],
  );
  return readRows<UsageStatementRow>(
    db,
    usageStatements(instants),
    new Map([...always, ...selection]),
    (builder, account) => `${account}.owner_id = ${builder.bind(ownerId, 'uuid')}`,
  );
}

/** A page of an account's months up to `last`, newest first, in one statement. */
export function listUsageHistory(
  db: Sql,
  ownerId: string,
  { last, page, selection }: { last: string; page: Page; selection: Selection },
): Promise<Connection<UsageMonthRow>> {
  const list: ListDefinition = {
    entity: usageMonths(last),
    where: (builder, row) => [`${row}.owner_id = ${builder.bind(ownerId, 'uuid')}`],
  };
  return readConnection<UsageMonthRow>(db, list, page, selection);
}

/** Records each plan's limit where it differs from the newest that is recorded, so that statements know it later. */
export async function recordPlanVersions(
  db: Sql,
  plans: readonly { readonly planId: string; readonly monthlyLimit: number }[],
): Promise<void> {
  await db.query(
    `insert into plan_versions (plan_id, monthly_limit)
     select wanted.plan_id, wanted.monthly_limit
     from unnest($1::text[], $2::int[]) as wanted (plan_id, monthly_limit)
     where wanted.monthly_limit is distinct from (
       select v.monthly_limit from plan_versions v where v.plan_id = wanted.plan_id
       order by v.effective_at desc, v.id desc limit 1
     )`,
    [plans.map(({ planId }) => planId), plans.map(({ monthlyLimit }) => monthlyLimit)],
  );
}
