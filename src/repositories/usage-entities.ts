import type { Page } from '../domain/page.js';
import { monthOf } from '../domain/months.js';
import { usageEntries } from './entities.js';
import { connectionPart } from './query/connection.js';
import { column, type Entity, type PartDefinition } from './query/entity.js';
import type { StatementBuilder } from './query/statement.js';

/** How the parts of a usage row find its owner, its month, and the last instant whose entries count. */
interface UsageAnchor {
  owner(row: string): string;
  period(builder: StatementBuilder, row: string): string;
  /** A condition on `entry`, or null where the figures live. */
  recorded(builder: StatementBuilder, entry: string): string | null;
}

function entriesOfMonth(anchor: UsageAnchor, builder: StatementBuilder, row: string, entry: string): string[] {
  const recorded = anchor.recorded(builder, entry);
  return [
    `${entry}.owner_id = ${anchor.owner(row)}`,
    `${entry}.period = ${anchor.period(builder, row)}`,
    ...(recorded === null ? [] : [recorded]),
  ];
}

function ledgerParts(anchor: UsageAnchor): Record<string, PartDefinition> {
  return {
    entries: connectionPart<{ page: Page }>((row) => ({
      entity: usageEntries,
      where: (builder, entry) => entriesOfMonth(anchor, builder, row, entry),
    })),
    // Debits less refunds, by the mode of the job; administrators' credits belong to no mode.
    byMode: {
      sql(builder, row) {
        const entry = builder.alias('l');
        const where = entriesOfMonth(anchor, builder, row, entry).join(' and ');
        return (
          `(select coalesce(json_agg(json_build_object('mode', m.mode, 'count', m.used) order by m.used desc, m.mode) ` +
          `filter (where m.used <> 0), '[]'::json) from (select j.mode, sum(case ${entry}.kind ` +
          `when 'generation_debit' then ${entry}.amount when 'generation_refund' then -${entry}.amount end)::int as used ` +
          `from usage_ledger ${entry} join generation_jobs j on j.id = ${entry}.job_id where ${where} group by j.mode) m)`
        );
      },
      missing: [],
    },
  };
}

/**
 * The months of an account, from the one that it was made in (or that its ledger begins in) to the present, each with
 * its running sums; a month without entries has zeros. Ids are `<owner>/<period>`.
 */
export const usageMonths: Entity = {
  relation: `(
    select p.id as owner_id, m.period, p.account_status, case when p.has_access then p.price_id end as price_id_now,
      (select c.price_id from plan_changes c
        where c.owner_id = p.id and c.effective_at < (m.period + interval '1 month') at time zone 'UTC'
        order by c.effective_at desc, c.recorded_at desc limit 1) as price_id_at_end,
      coalesce(s.debits, 0) as debits, coalesce(s.refunds, 0) as refunds, coalesce(s.credits, 0) as credits
    from profiles p
    cross join lateral (
      select series::date as period from generate_series(
        least(
          date_trunc('month', p.created_at at time zone 'UTC'),
          (select min(f.period) from usage_periods f where f.owner_id = p.id)::timestamp
        ),
        -- One month more than the server's clock says, because the gateway's clock decides what the present is.
        date_trunc('month', clock_timestamp() at time zone 'UTC') + interval '1 month',
        interval '1 month'
      ) series
    ) m
    left join usage_periods s on s.owner_id = p.id and s.period = m.period
  )`,
  columns: {
    ownerId: column('owner_id'),
    period: column('period'),
    accountStatus: column('account_status'),
    priceIdNow: column('price_id_now'),
    priceIdAtEnd: column('price_id_at_end'),
    debits: column('debits'),
    refunds: column('refunds'),
    credits: column('credits'),
  },
  parts: {
    ...ledgerParts({
      owner: (row) => `${row}.owner_id`,
      period: (_builder, row) => `${row}.period`,
      recorded: () => null,
    }),
    /** How many jobs are starting or processing. */
    inFlight: {
      sql: (_builder, row) =>
        `(select count(*)::int from generation_jobs j where j.owner_id = ${row}.owner_id and j.archived_at is null ` +
        `and j.status in ('starting', 'processing'))`,
      missing: 0,
    },
  },
  key: {
    sql: `$row.owner_id || '/' || $row.period`,
    matching(builder, row, ids) {
      const pairs = ids.map((id) => id.split('/'));
      const owners = builder.bind(pairs.map(([owner]) => owner), 'uuid[]');
      const periods = builder.bind(pairs.map(([, period]) => period), 'date[]');
      return `(${row}.owner_id, ${row}.period) in (select * from unnest(${owners}, ${periods}))`;
    },
  },
};

/**
 * An account as its statement of `asOf` needs it: only rows recorded at or before that instant count, so that the
 * statement is the same whenever it is asked for. Ids are owners.
 */
export function usageStatements(asOf: Date): Entity {
  const until = (builder: StatementBuilder) => builder.bind(asOf, 'timestamptz');
  const anchor: UsageAnchor = {
    owner: (row) => `${row}.id`,
    period: (builder) => builder.bind(monthOf(asOf).period, 'date'),
    recorded: (builder, entry) => `${entry}.created_at <= ${until(builder)}`,
  };
  return {
    relation: 'profiles',
    columns: { ownerId: column('id') },
    parts: {
      ...ledgerParts(anchor),
      figures: {
        sql(builder, row) {
          const entry = builder.alias('l');
          const sum = (kind: string) => `coalesce(sum(${entry}.amount) filter (where ${entry}.kind = '${kind}'), 0)::int`;
          return (
            `(select json_build_object('debits', ${sum('generation_debit')}, 'refunds', ${sum('generation_refund')}, ` +
            `'credits', ${sum('credit_adjustment')}) from usage_ledger ${entry} ` +
            `where ${entriesOfMonth(anchor, builder, row, entry).join(' and ')})`
          );
        },
      },
      /** The price in force at the instant, as it was known then; null for none. */
      priceId: {
        sql(builder, row) {
          const instant = until(builder);
          return (
            `(select c.price_id from plan_changes c where c.owner_id = ${row}.id and c.effective_at <= ${instant} ` +
            `and c.recorded_at <= ${instant} order by c.effective_at desc, c.recorded_at desc limit 1)`
          );
        },
      },
      /** Each plan's limit in force at the instant: `{ planId: monthlyLimit }`. */
      limits: {
        sql: (builder) =>
          `(select coalesce(json_object_agg(v.plan_id, v.monthly_limit), '{}'::json) from ` +
          `(select distinct on (plan_id) plan_id, monthly_limit from plan_versions ` +
          `where effective_at <= ${until(builder)} order by plan_id, effective_at desc, id desc) v)`,
      },
    },
  };
}
