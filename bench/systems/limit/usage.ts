import type { planOfPriceId } from '../../gateway/plans.ts';
import type { Handler } from './handler.ts';

interface Row {
  readonly price_id: string | null;
  readonly debits: number;
  readonly refunds: number;
  readonly credits: number;
  readonly by_mode: readonly { readonly mode: string; readonly count: number }[];
}

const statement = {
  name: 'usage',
  text: `
    select case when p.has_access then p.price_id end as price_id,
      coalesce(s.debits, 0) as debits, coalesce(s.refunds, 0) as refunds, coalesce(s.credits, 0) as credits,
      (
        select coalesce(json_agg(json_build_object('mode', b.mode, 'count', b.used) order by b.used desc, b.mode)
          filter (where b.used <> 0), '[]'::json)
        from (
          select j.mode, sum(case u.kind when 'generation_debit' then u.amount when 'generation_refund' then -u.amount end)::int as used
          from usage_ledger u join generation_jobs j on j.id = u.job_id
          where u.owner_id = p.id and u.period = $2 group by j.mode
        ) b
      ) as by_mode
    from profiles p left join usage_periods s on s.owner_id = p.id and s.period = $2
    where p.id = $1`,
};

/** `planOf`: the plan of a price, as the configuration has it. */
export function createUsage(planOf: (priceId: string | null) => ReturnType<typeof planOfPriceId>): Handler<unknown> {
  return async (_asked, viewer, { query }) => {
    const month = new Date().toISOString().slice(0, 7);
    const [row] = await query<Row>(viewer, statement, [viewer, `${month}-01`]);
    if (row === undefined) return null;
    const { plan } = planOf(row.price_id);
    const used = row.debits - row.refunds;
    return {
      periodStart: `${month}-01T00:00:00.000Z`,
      plan: plan.id,
      monthlyLimit: plan.monthlyGenerations,
      used,
      remaining: Math.max(0, plan.monthlyGenerations + row.credits - used),
      byMode: row.by_mode,
    };
  };
}
