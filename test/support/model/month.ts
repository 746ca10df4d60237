import type { Account } from './world.js';

/**
 * Everybody's plan here. No worker is at work, so that whatever was submitted is starting or was canceled; and fewer are
 * allowed a month than at once, so that both limits can be met.
 */
export const plan = { monthlyGenerations: 2, maxConcurrentJobs: 3 } as const;

/** The present month of an account, as its usage tells it. */
export function monthView({ jobs, grants }: Account) {
  const debits = jobs.length;
  const refunds = jobs.filter(({ status }) => status === 'CANCELED').length;
  const credits = [...grants.values()].reduce((sum, { amount }) => sum + amount, 0);
  const used = debits - refunds;
  return {
    debits,
    refunds,
    credits,
    used,
    remaining: Math.max(0, plan.monthlyGenerations + credits - used),
    entries: { totalCount: debits + refunds + grants.size },
  };
}
