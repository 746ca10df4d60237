import type { Page } from '../domain/page.js';
import { usageEntries } from './entities.js';
import { connectionPart } from './query/connection.js';
import { column, type Entity, type PartDefinition, timestamp } from './query/entity.js';

/** The month's entries behind a usage row; `until` is the column with the last instant that counts, where there is one. */
function entriesOfMonth(row: string, entry: string, until: string | null): string[] {
  return [
    `${entry}.owner_id = ${row}.owner_id`,
    `${entry}.period = ${row}.period`,
    ...(until === null ? [] : [`${entry}.created_at <= ${row}.${until}`]),
  ];
}

function ledgerParts(until: string | null): Record<string, PartDefinition> {
  return {
    entries: connectionPart<{ page: Page }>((row) => ({
      entity: usageEntries,
      where: (_builder, entry) => entriesOfMonth(row, entry, until),
    })),
    // Debits less refunds, by the mode of the job; administrators' credits belong to no mode.
    byMode: {
      sql(builder, row) {
        const entry = builder.alias('l');
        const where = entriesOfMonth(row, entry, until).join(' and ');
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
 * The months of accounts up to `last` (YYYY-MM-01), from the one that an account was made in (or that its ledger begins
 * in), each with its running sums; a month without entries has zeros. `last` itself is always there: an account that
 * the database's clock makes right after midnight is, by a slower clock of the gateway's, one of the month before. Ids
 * are `<owner>/<period>`.
 */
export function usageMonths(last: string): Entity {
  return {
    relation: (builder) => {
      const until = `${builder.bind(last, 'date')}::timestamp`;
      return `(
        select p.id as owner_id, m.period, p.account_status,
          case when p.has_access then p.price_id end as price_id_now,
          (select c.price_id from plan_changes c
            where c.owner_id = p.id and c.effective_at < (m.period + interval '1 month') at time zone 'UTC'
            order by c.effective_at desc, c.recorded_at desc limit 1) as price_id_at_end,
          coalesce(s.debits, 0) as debits, coalesce(s.refunds, 0) as refunds, coalesce(s.credits, 0) as credits
        from profiles p
        cross join lateral (
          select series::date as period from generate_series(
            least(
              date_trunc('month', p.created_at at time zone 'UTC'),
              (select min(f.period) from usage_periods f where f.owner_id = p.id)::timestamp,
              ${until}
            ),
            ${until},
            interval '1 month'
          ) series
        ) m
        left join usage_periods s on s.owner_id = p.id and s.period = m.period
      )`;
    },
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
      ...ledgerParts(null),
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
        const pairs = ids.map(readId);
        const owners = builder.bind(pairs.map(([owner]) => owner), 'uuid[]');
        const periods = builder.bind(pairs.map(([, period]) => period), 'date[]');
        return `(${row}.owner_id, ${row}.period) in (select * from unnest(${owners}, ${periods}))`;
      },
    },
  };
}

const present = new Map<string, Entity>();

/**
 * One month of accounts, which is the present one: every account has it, so that no calendar of months is made, and what
 * was in force at its end is not known yet. The same entity for the same month, so that its statement is kept.
 */
export function presentMonth(period: string): Entity {
  const known = present.get(period);
  if (known) return known;
  const { columns, parts } = usageMonths(period);
  const entity: Entity = {
    relation: (builder) => {
      const month = builder.bind(period, 'date');
      return `(
        select p.id as owner_id, ${month} as period, p.account_status,
          case when p.has_access then p.price_id end as price_id_now, null::text as price_id_at_end,
          coalesce(s.debits, 0) as debits, coalesce(s.refunds, 0) as refunds, coalesce(s.credits, 0) as credits
        from profiles p left join usage_periods s on s.owner_id = p.id and s.period = ${month}
      )`;
    },
    columns,
    parts,
  };
  // A gateway sees one month after the other.
  if (present.size > 2) present.clear();
  present.set(period, entity);
  return entity;
}

/** The two halves of an id: the owner, and the period or the instant. */
function readId(id: string): [owner: string, rest: string] {
  const slash = id.indexOf('/');
  return [id.slice(0, slash), id.slice(slash + 1)];
}

/** The last of the months that a loader will ask for, for `usageMonths`. */
export function lastPeriodOf(ids: readonly string[]): string {
  return ids.map((id) => readId(id)[1]).reduce((last, period) => (period > last ? period : last), '');
}

/** The instants that a loader will ask for, for `usageStatements`. */
export function instantsOf(ids: readonly string[]): readonly Date[] {
  return [...new Set(ids.map((id) => readId(id)[1]))].map((instant) => new Date(instant));
}

/**
 * Accounts as their statements of some instants need them: only rows recorded at or before the instant count, so that
 * a statement is the same whenever it is asked for. Ids are `<owner>/<instant>`.
 */
export function usageStatements(instants: readonly Date[]): Entity {
  return {
    relation: (builder) => `(
      select p.id as owner_id, i.as_of, date_trunc('month', i.as_of at time zone 'UTC')::date as period
      from profiles p cross join unnest(${builder.bind(instants, 'timestamptz[]')}) as i (as_of)
    )`,
    columns: { ownerId: column('owner_id'), asOf: timestamp('as_of') },
    parts: {
      ...ledgerParts('as_of'),
      figures: {
        sql(builder, row) {
          const entry = builder.alias('l');
          const sum = (kind: string) => `coalesce(sum(${entry}.amount) filter (where ${entry}.kind = '${kind}'), 0)::int`;
          return (
            `(select json_build_object('debits', ${sum('generation_debit')}, 'refunds', ${sum('generation_refund')}, ` +
            `'credits', ${sum('credit_adjustment')}) from usage_ledger ${entry} ` +
            `where ${entriesOfMonth(row, entry, 'as_of').join(' and ')})`
          );
        },
      },
      /** The price in force at the instant, as it was known then; null for none. */
      priceId: {
        sql: (_builder, row) =>
          `(select c.price_id from plan_changes c where c.owner_id = ${row}.owner_id and c.effective_at <= ${row}.as_of ` +
          `and c.recorded_at <= ${row}.as_of order by c.effective_at desc, c.recorded_at desc limit 1)`,
      },
      /** Each plan's limit in force at the instant: `{ planId: monthlyLimit }`. */
      limits: {
        sql: (_builder, row) =>
          `(select coalesce(json_object_agg(v.plan_id, v.monthly_limit), '{}'::json) from ` +
          `(select distinct on (plan_id) plan_id, monthly_limit from plan_versions ` +
          `where effective_at <= ${row}.as_of order by plan_id, effective_at desc, id desc) v)`,
      },
    },
    key: {
      sql: `$row.owner_id || '/' || to_char($row.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
      matching(builder, row, ids) {
        const pairs = ids.map(readId);
        const owners = builder.bind(pairs.map(([owner]) => owner), 'uuid[]');
        const asked = builder.bind(pairs.map(([, instant]) => instant), 'timestamptz[]');
        return `(${row}.owner_id, ${row}.as_of) in (select * from unnest(${owners}, ${asked}))`;
      },
    },
  };
}
