import { has, type PageDefinition, rowsOf, uuidKey } from './page.js';

const sumsOf = (owner: string, period: string): string => `
  select coalesce(sum(l.amount) filter (where l.kind = 'generation_debit'), 0)::int as debits,
    coalesce(sum(l.amount) filter (where l.kind = 'generation_refund'), 0)::int as refunds,
    coalesce(sum(l.amount) filter (where l.kind = 'credit_adjustment'), 0)::int as credits
  from usage_ledger l where l.owner_id = ${owner} and l.period = ${period}`;

/** Months whose running sums are not the ledger's. */
export const sumsOfMonths: PageDefinition = {
  ...rowsOf('usage_periods', 'owner_id, period, debits, refunds, credits'),
  key: [uuidKey('owner_id'), { column: 'period', type: 'date', first: '-infinity' }],
  size: 1_000,
  faults: `
    select 'sums_differ', p.owner_id || '/' || p.period, p.owner_id, json_build_object('period', p.period,
      'kept', array[p.debits, p.refunds, p.credits], 'booked', array[l.debits, l.refunds, l.credits])
    from page p cross join lateral (${sumsOf('p.owner_id', 'p.period')}) l
    where (p.debits, p.refunds, p.credits) <> (l.debits, l.refunds, l.credits)`,
};

const ledger = rowsOf('usage_ledger', 'id, owner_id, kind, amount, period, job_id, charge_no, reverses, created_at');

/** Months with entries and without sums: each is told of with its first entry. */
export const monthsWithoutSums: PageDefinition = {
  ...ledger,
  key: [uuidKey('id')],
  size: 10_000,
  examined: 'select 0',
  faults: `
    select 'sums_missing', p.owner_id || '/' || p.period, p.owner_id, json_build_object('period', p.period)
    from page p
    where not exists (select from usage_periods s where s.owner_id = p.owner_id and s.period = p.period)
      and not ${has(`from usage_ledger e
        where e.owner_id = p.owner_id and e.period = p.period and (e.created_at, e.id) < (p.created_at, p.id)`)}`,
};

const monthOfJob = `date_trunc('month', j.created_at at time zone 'UTC')::date`;

/** Entries that contradict the job or the debit that they are about. */
export const ledgerEntries: PageDefinition = {
  ...ledger,
  key: [uuidKey('id')],
  size: 4_000,
  faults: `
    select f.category, p.id, p.owner_id, json_build_object('jobId', p.job_id, 'debitId', p.reverses, 'period', p.period)
    from page p
    left join generation_jobs j on j.id = p.job_id
    left join usage_ledger d on d.id = p.reverses
    cross join lateral (select case p.kind
      when 'generation_debit' then case
        when j.id is null or j.owner_id <> p.owner_id then 'debit_without_job'
        when p.period <> ${monthOfJob} then 'debit_in_wrong_month'
        when p.amount <> 1 then 'debit_amount_wrong'
        when p.charge_no = 2
          and not ${has(`from usage_ledger e where e.job_id = p.job_id and e.kind = 'generation_debit' and e.charge_no = 1`)} then 'second_charge_without_first' end
      when 'generation_refund' then case
        when d.id is null or d.kind <> 'generation_debit' then 'refund_without_debit'
        when p.owner_id <> coalesce(j.owner_id, d.owner_id) or p.amount <> d.amount or p.period <> coalesce(${monthOfJob}, d.period)
          or p.job_id is distinct from d.job_id then 'refund_differs'
        when ${has('from usage_ledger e where e.reverses = p.reverses and e.id < p.id')} then 'refund_repeated' end
      end as category offset 0) f
    where f.category is not null`,
};

/** Jobs that were charged for what they should not have been, or not for what they should. */
export const jobCharges: PageDefinition = {
  ...rowsOf('generation_jobs', 'id, owner_id, status, started_at', { halves: ['archived_at is null', 'archived_at is not null'] }),
  key: [uuidKey('id')],
  size: 4_000,
  faults: `
    select case
        when c.debits = 0 then 'job_not_charged'
        when c.kept < c.due then 'refund_unearned'
        when c.due = 0 then 'refund_missing'
        else 'charged_twice' end,
      c.id, c.owner_id, json_build_object('status', c.status)
    from (
      select p.id, p.owner_id, p.status,
        case when p.status = 'failed' or (p.status = 'canceled' and p.started_at is null) then 0 else 1 end as due,
        l.debits, l.kept
      from page p
      cross join lateral (
        select count(*) as debits, count(*) filter (where not r.is_refunded) as kept
        from usage_ledger d
        cross join lateral (select ${has('from usage_ledger r where r.reverses = d.id')} as is_refunded) r
        where d.job_id = p.id and d.kind = 'generation_debit'
      ) l
    ) c
    where c.debits = 0 or c.kept <> c.due`,
};
