import type { Seed } from '../seed.js';

/**
 * What always holds of jobs, charges, events, renders and pictures, whatever was done in which order and whoever died
 * over it. Each rule is a query for what breaks it.
 */
const rules: Readonly<Record<string, string>> = {
  'a job is charged once while it may come to something or has, and not at all where it was given back': `
    select j.id, j.status, j.started_at, c.net from generation_jobs j
    join lateral (
      select coalesce(sum(case l.kind when 'generation_debit' then l.amount when 'generation_refund' then -l.amount end), 0)::int as net
      from usage_ledger l where l.job_id = j.id
    ) c on true
    where j.owner_id = any($1::uuid[]) and c.net <> case
      when j.status = 'failed' then 0
      when j.status = 'canceled' and j.started_at is null then 0
      else 1 end`,
  'sums are what the ledger says': `
    select owner_id, period, s.debits, s.refunds, s.credits, l.debits as debited, l.refunds as refunded, l.credits as credited
    from (select * from usage_periods where owner_id = any($1::uuid[])) s
    full join (
      select owner_id, period,
        coalesce(sum(amount) filter (where kind = 'generation_debit'), 0) as debits,
        coalesce(sum(amount) filter (where kind = 'generation_refund'), 0) as refunds,
        coalesce(sum(amount) filter (where kind = 'credit_adjustment'), 0) as credits
      from usage_ledger where owner_id = any($1::uuid[]) group by owner_id, period
    ) l using (owner_id, period)
    where (s.debits, s.refunds, s.credits) is distinct from (l.debits, l.refunds, l.credits)`,
  'a refund is in the month of its debit': `
    select r.id from usage_ledger r left join usage_ledger d on d.id = r.reverses
    where r.owner_id = any($1::uuid[]) and r.kind = 'generation_refund'
      and (d.kind, d.period, d.job_id, d.amount) is distinct from ('generation_debit', r.period, r.job_id, r.amount)`,
  'a second charge is in the month of the first': `
    select two.id from usage_ledger two left join usage_ledger one
      on one.job_id = two.job_id and one.kind = 'generation_debit' and one.charge_no = 1
    where two.owner_id = any($1::uuid[]) and two.kind = 'generation_debit' and two.charge_no = 2
      and (one.period is distinct from two.period)`,
  'events of an owner are numbered without a gap': `
    select owner_id from job_events where owner_id = any($1::uuid[])
    group by owner_id having max(seq) - min(seq) + 1 <> count(*)`,
  'the last event of a job tells where it stands': `
    select j.id, j.status, j.progress, e.status as told from generation_jobs j
    cross join lateral (select status, progress from job_events where job_id = j.id order by seq desc limit 1) e
    where j.owner_id = any($1::uuid[]) and (e.status, e.progress) is distinct from (j.status, j.progress)`,
  'who has succeeded has a render with pictures, and nobody else': `
    select j.id, j.status, count(r.id) as renders from generation_jobs j
    left join renders r on r.job_id = j.id and exists (select from render_variants v where v.render_id = r.id)
    where j.owner_id = any($1::uuid[]) group by j.id having count(r.id) <> case j.status when 'succeeded' then 1 else 0 end`,
  'what is over has an end, and what failed a reason': `
    select id, status, completed_at, error_code from generation_jobs where owner_id = any($1::uuid[])
      and ((status in ('starting', 'processing')) <> (completed_at is null) or (status = 'failed') <> (error_code is not null)
        or (error_code is null) <> (error is null))`,
  'pictures of renders, and photos of unfinished jobs, are on record and not marked': `
    select p.path from (
      select unnest(array[image_path, thumb_path]) as path from render_variants where owner_id = any($1::uuid[])
      union all
      select unnest(array[input1_path, input2_path]) from generation_jobs
      where owner_id = any($1::uuid[]) and status in ('starting', 'processing')
    ) p left join assets a on a.path = p.path
    where p.path is not null and (a.path is null or a.marked_at is not null)`,
  'pictures on record without a mark belong to something': `
    select a.path from assets a where a.owner_id = any($1::uuid[]) and a.kind in ('output', 'thumbnail') and a.marked_at is null
      and not exists (select from render_variants v where a.path in (v.image_path, v.thumb_path))`,
};

/** What breaks the rules of some people's books, by rule; an empty object where nothing does. */
export async function faultsOf({ sql }: Pick<Seed, 'sql'>, ownerIds: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const faults: Record<string, unknown> = {};
  for (const [rule, query] of Object.entries(rules)) {
    const rows = await sql(query, [ownerIds]);
    if (rows.length > 0) faults[rule] = rows;
  }
  return faults;
}

/** How many unfinished jobs no task of the queue waits for: nobody would ever look after them. */
export async function countForgotten({ sql }: Pick<Seed, 'sql'>, ownerIds: readonly string[]): Promise<number> {
  const [row] = await sql<{ forgotten: number }>(
    `select count(*)::int as forgotten from generation_jobs j
     where j.owner_id = any($1::uuid[]) and j.status in ('starting', 'processing') and not exists (
       select from graphile_worker.jobs t
       where t.key = 'generate:' || j.id and t.locked_at is null and t.attempts < t.max_attempts
     )`,
    [ownerIds],
  );
  return row!.forgotten;
}
