import { planOfPriceId } from '../config/plans.js';
import type { PlanConfiguration, RuntimeConfiguration } from '../config/runtime.js';
import type { Databases } from '../database/database.js';
import { ownerTopic } from '../domain/cache-topics.js';
import { BadUserInput } from '../domain/errors.js';
import { orders } from '../domain/keyset.js';
import { type Month, monthOf, monthOfPeriod } from '../domain/months.js';
import { type Connection, type ConnectionArguments, toPage } from '../domain/page.js';
import { nothing, type Selection, type WithParts } from '../domain/selection.js';
import type { Viewer } from '../domain/viewer.js';
import * as usage from '../repositories/usage.js';
import type { Cache } from './cache/cache.js';
import { cacheKey } from './cache/key.js';
import { scopeOf } from './scope.js';

/** One UTC calendar month of one account. */
export interface UsageMonth extends WithParts {
  readonly ownerId: string;
  readonly month: Month;
  /** The instant of a statement; null where the figures live. */
  readonly asOf: Date | null;
  /** Whether it is the present month, live; only then something may be generated in it. */
  readonly isPresent: boolean;
  readonly suspended: boolean;
  readonly plan: PlanConfiguration;
  readonly monthlyLimit: number;
  readonly debits: number;
  readonly refunds: number;
  /** Administrators' only. */
  readonly credits: number;
  /** debits - refunds */
  readonly used: number;
  readonly remaining: number;
  readonly percentUsed: number;
  readonly isNearLimit: boolean;
}

/** Why a generation would be refused now; null where it would be accepted. */
export type Allowance = 'ACCESS_SUSPENDED' | 'TOO_MANY_IN_FLIGHT' | 'QUOTA_EXCEEDED' | null;

type Figures = Pick<UsageMonth, 'debits' | 'refunds' | 'credits'>;

/** The sums of the rulings: `used`, `remaining` and `percentUsed` of a month. */
export function summarize(
  { debits, refunds, credits }: Figures,
  monthlyLimit: number,
  nearLimitPercent: number,
): Pick<UsageMonth, 'used' | 'remaining' | 'percentUsed' | 'isNearLimit'> {
  const used = debits - refunds;
  const allowance = monthlyLimit + credits;
  const percentUsed = allowance === 0 ? 100 : (100 * used) / allowance;
  return {
    used,
    remaining: Math.max(0, allowance - used),
    percentUsed,
    isNearLimit: percentUsed >= nearLimitPercent,
  };
}

/** What a submission would be told, in the order in which it checks. */
export function checkGenerationAllowance(
  { suspended, plan, remaining }: Pick<UsageMonth, 'suspended' | 'plan' | 'remaining'>,
  inFlight: number,
): Allowance {
  if (suspended) return 'ACCESS_SUSPENDED';
  if (inFlight >= plan.maxConcurrentJobs) return 'TOO_MANY_IN_FLIGHT';
  if (remaining < 1) return 'QUOTA_EXCEEDED';
  return null;
}

/** A row of a month with the sums of the rulings, by the plan of now, or where the month is over of its end. */
export function toUsageMonth(runtime: RuntimeConfiguration, row: usage.UsageMonthRow, present: Month): UsageMonth {
  const month = monthOfPeriod(row.period) ?? present;
  const isPresent = month.period === present.period;
  const { plan } = planOfPriceId(runtime, isPresent ? row.priceIdNow : row.priceIdAtEnd);
  const { debits, refunds, credits, ownerId } = row;
  return {
    ownerId,
    month,
    asOf: null,
    isPresent,
    suspended: row.accountStatus === 'suspended',
    plan,
    monthlyLimit: plan.monthlyGenerations,
    debits,
    refunds,
    credits,
    ...summarize(row, plan.monthlyGenerations, runtime.nearLimitPercent),
    ...(row.parts ? { parts: row.parts } : {}),
  };
}

/** The id of a usage row: `<owner>/<period>`, and `/<instant>` behind it for a statement. */
export function usageId({ ownerId, month, asOf }: Pick<UsageMonth, 'ownerId' | 'month' | 'asOf'>): string {
  return asOf === null ? `${ownerId}/${month.period}` : `${ownerId}/${month.period}/${asOf.toISOString()}`;
}

export type UsageService = ReturnType<typeof createUsageService>;

export function createUsageService({
  databases,
  cache,
  runtime,
  now,
}: {
  databases: Databases;
  cache: Cache;
  runtime: RuntimeConfiguration;
  now: () => Date;
}) {
  const read = (viewer: Viewer) => databases.gateway(scopeOf(viewer));

  /**
   * The month's row is kept, and nothing of it depends on the clock but which month it is. What a submission would be told
   * is not: it is asked of the database each time, with the account's status and the quota in the same statement.
   */
  async function getLive(viewer: Viewer, month: Month, selection: Selection): Promise<UsageMonth | null> {
    const load = () => usage.getMonthlyUsage(read(viewer), viewer.id, month.period, selection);
    const key = () => cacheKey({ operation: 'month', of: month.period, selection });
    const isAllowance = [...selection.values()].some(({ name }) => name === 'inFlight');
    const row = await (isAllowance
      ? load()
      : cache.through({ name: 'usage', topic: ownerTopic(viewer.id), key }, load));
    return row && toUsageMonth(runtime, row, monthOf(now()));
  }

  function statement({ ownerId, asOf, parts }: usage.UsageStatementRow): UsageMonth {
    const { figures, priceId, limits } = parts;
    const { plan } = planOfPriceId(runtime, priceId);
    const monthlyLimit = limits[plan.id] ?? 0;
    return {
      ownerId,
      month: monthOf(asOf),
      asOf,
      isPresent: false,
      suspended: false,
      plan,
      monthlyLimit,
      ...figures,
      ...summarize(figures, monthlyLimit, runtime.nearLimitPercent),
      parts,
    };
  }

  async function getStatement(viewer: Viewer, asOf: Date, selection: Selection): Promise<UsageMonth | null> {
    if (asOf > now()) {
      throw new BadUserInput('"asOf" lies in the future; a statement can be had of the present and the past.');
    }
    // What is in flight is a question about now, and a statement is about then.
    const recorded = new Map([...selection].filter(([, { name }]) => name !== 'inFlight'));
    const [row] = await usage.listUsageStatements(read(viewer), viewer.id, [asOf], recorded);
    return row ? statement(row) : null;
  }

  /** What an id of the viewer's means; null where it is malformed, of another account, or lies in the future. */
  function readId(viewer: Viewer, id: string): { period: string; asOf: Date | null } | null {
    const [owner, period = '', instant, ...rest] = id.split('/');
    const month = monthOfPeriod(period);
    if (owner !== viewer.id || !month || rest.length > 0 || month.start > now()) return null;
    if (instant === undefined) return { period, asOf: null };
    const asOf = new Date(instant);
    const isOurs = !Number.isNaN(asOf.getTime()) && asOf.toISOString() === instant && asOf <= now();
    return isOurs && monthOf(asOf).period === period ? { period, asOf } : null;
  }

  return {
    /**
     * The viewer's present month, or with `asOf` the month that holds that instant, as it stood then.
     *
     * @throws BadUserInput for an instant in the future.
     */
    async getUsage(viewer: Viewer, asOf: Date | null, selection: Selection): Promise<UsageMonth> {
      const found = asOf
        ? await getStatement(viewer, asOf, selection)
        : await getLive(viewer, monthOf(now()), selection);
      if (!found) throw new Error('A signed-in viewer has no profile.');
      return found;
    },

    /**
     * Rows by their ids (see usageId), months in one statement and statements in another; absent where an id is
     * malformed, of another account, or of no month of it.
     */
    async listUsageByIds(viewer: Viewer, ids: readonly string[]): Promise<readonly UsageMonth[]> {
      const asked = ids.map((id) => readId(viewer, id)).filter((found) => found !== null);
      const periods = asked.filter(({ asOf }) => asOf === null).map(({ period }) => period);
      const instants = asked.map(({ asOf }) => asOf).filter((asOf) => asOf !== null);
      const present = monthOf(now());
      const wanted = { periods, last: present.period, selection: nothing };
      const [months, statements] = await Promise.all([
        periods.length === 0 ? [] : usage.listUsageMonths(read(viewer), viewer.id, wanted),
        instants.length === 0 ? [] : usage.listUsageStatements(read(viewer), viewer.id, instants, nothing),
      ]);
      return [...months.map((row) => toUsageMonth(runtime, row, present)), ...statements.map(statement)];
    },

    /** @throws BadUserInput for page arguments out of bounds. */
    async listUsageHistory(
      viewer: Viewer,
      input: { page: ConnectionArguments; selection: Selection },
    ): Promise<Connection<UsageMonth>> {
      const present = monthOf(now());
      const found = await usage.listUsageHistory(read(viewer), viewer.id, {
        last: present.period,
        page: toPage(orders.usageHistory, input.page),
        selection: input.selection,
      });
      return { ...found, edges: found.edges.map(({ cursor, node }) => ({ cursor, node: toUsageMonth(runtime, node, present) })) };
    },
  };
}
