import type { Scoped } from './client.ts';

export interface Usage {
  readonly periodStart: Date;
  readonly plan: { readonly id: string };
  readonly monthlyLimit: number;
  readonly used: number;
  readonly remaining: number;
  readonly byMode: readonly { readonly mode: string; readonly count: number }[];
}

interface Plan {
  readonly id: string;
  readonly monthlyGenerations: number;
}

/** A month of a person by one query of Prisma, which cannot group by a related column: the entries are summed here. */
export async function readUsage(
  { client }: Scoped,
  viewer: string,
  planOf: (priceId: string | null) => Plan,
): Promise<Usage> {
  const now = new Date();
  const period = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const profile = await client.profile.findUniqueOrThrow({
    where: { id: viewer },
    select: {
      hasAccess: true,
      priceId: true,
      usagePeriods: { where: { period }, select: { debits: true, refunds: true, credits: true } },
      usageEntries: {
        where: { period, jobId: { not: null } },
        select: { kind: true, amount: true, job: { select: { mode: true } } },
      },
    },
  });
  const plan = planOf(profile.hasAccess ? profile.priceId : null);
  const { debits, refunds, credits } = profile.usagePeriods[0] ?? { debits: 0, refunds: 0, credits: 0 };
  const counts = new Map<string, number>();
  for (const { kind, amount, job } of profile.usageEntries) {
    if (job === null) continue;
    const signed = kind === 'generation_debit' ? amount : kind === 'generation_refund' ? -amount : 0;
    counts.set(job.mode, (counts.get(job.mode) ?? 0) + signed);
  }
  const byMode = [...counts].map(([mode, count]) => ({ mode, count })).filter(({ count }) => count !== 0);
  byMode.sort((a, b) => b.count - a.count || (a.mode < b.mode ? -1 : 1));
  return {
    periodStart: period,
    plan,
    monthlyLimit: plan.monthlyGenerations,
    used: debits - refunds,
    remaining: Math.max(0, plan.monthlyGenerations + credits - (debits - refunds)),
    byMode,
  };
}
