import { randomUUID } from 'node:crypto';
import type { Seed } from './seed.js';

export interface JobOptions {
  readonly mode?: string;
  readonly status?: string;
  readonly createdAt?: Date | string;
  readonly archivedAt?: Date | string | null;
}

export interface Debit {
  readonly id: string;
  readonly jobId: string;
}

/** Jobs, ledger and plans past every policy; like the product, each entry of the ledger moves its month's sums too. */
export interface UsageSeed {
  job(ownerId: string, options?: JobOptions): Promise<string>;
  /** A debit at an instant, with a job of its own that succeeded. */
  debit(ownerId: string, at: string, options?: { amount?: number; mode?: string; period?: string }): Promise<Debit>;
  /** Undoes a debit, in the debit's own month. */
  refund(ownerId: string, debit: Debit, at: string): Promise<string>;
  credit(ownerId: string, at: string, amount: number, reason?: string): Promise<string>;
  /** The profile's present price; null for none. */
  pay(ownerId: string, priceId: string | null, options?: { hasAccess?: boolean }): Promise<void>;
  planChange(ownerId: string, priceId: string | null, times: { effectiveAt: string; recordedAt: string }): Promise<void>;
  planVersion(planId: string, monthlyLimit: number, effectiveAt: string): Promise<void>;
  /** When the account was made. */
  bornAt(ownerId: string, at: string): Promise<void>;
}

export function createUsageSeed({ sql }: Pick<Seed, 'sql'>): UsageSeed {
  const column = { generation_debit: 'debits', generation_refund: 'refunds', credit_adjustment: 'credits' };

  async function entry(
    kind: keyof typeof column,
    ownerId: string,
    at: string,
    values: { amount: number; period?: string; jobId?: string; chargeNo?: number; reverses?: string; reason?: string },
  ): Promise<string> {
    const { amount, jobId = null, chargeNo = null, reverses = null, reason = null } = values;
    const period = values.period ?? `${new Date(at).toISOString().slice(0, 7)}-01`;
    const key = kind === 'credit_adjustment' ? randomUUID() : null;
    const [made] = await sql<{ id: string }>(
      `insert into usage_ledger (kind, owner_id, created_at, amount, period, job_id, charge_no, reverses, reason, idempotency_key)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
      [kind, ownerId, at, amount, period, jobId, chargeNo, reverses, reason, key],
    );
    await sql('insert into usage_periods (owner_id, period) values ($1, $2) on conflict do nothing', [ownerId, period]);
    const sum = column[kind];
    await sql(`update usage_periods set ${sum} = ${sum} + $3 where owner_id = $1 and period = $2`, [ownerId, period, amount]);
    return made!.id;
  }

  async function job(ownerId: string, options: JobOptions = {}): Promise<string> {
    const { mode = 'redesign', status = 'succeeded', createdAt = '2024-01-01T00:00:00Z', archivedAt = null } = options;
    const isOver = ['succeeded', 'failed', 'canceled'].includes(status);
    const [made] = await sql<{ id: string }>(
      `insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, status, created_at, completed_at, archived_at)
       values ($1, $2, '1:1', 'auto', 1, $3, $4, $5, $6) returning id`,
      [ownerId, mode, status, createdAt, isOver ? createdAt : null, archivedAt],
    );
    return made!.id;
  }

  return {
    job,
    async debit(ownerId, at, { amount = 1, mode = 'redesign', period } = {}) {
      const jobId = await job(ownerId, { mode, createdAt: at });
      const values = { amount, jobId, chargeNo: 1, ...(period ? { period } : {}) };
      return { id: await entry('generation_debit', ownerId, at, values), jobId };
    },
    async refund(ownerId, debit, at) {
      const [reversed] = await sql<{ amount: number; period: string }>(
        `select amount, period::text as period from usage_ledger where id = $1`,
        [debit.id],
      );
      return entry('generation_refund', ownerId, at, { ...reversed!, jobId: debit.jobId, reverses: debit.id });
    },
    credit: (ownerId, at, amount, reason = 'A present') => entry('credit_adjustment', ownerId, at, { amount, reason }),
    async pay(ownerId, priceId, { hasAccess = true } = {}) {
      await sql('update profiles set price_id = $2, has_access = $3 where id = $1', [ownerId, priceId, hasAccess]);
    },
    async planChange(ownerId, priceId, { effectiveAt, recordedAt }) {
      await sql('insert into plan_changes (owner_id, price_id, effective_at, recorded_at) values ($1, $2, $3, $4)', [
        ownerId,
        priceId,
        effectiveAt,
        recordedAt,
      ]);
    },
    async planVersion(planId, monthlyLimit, effectiveAt) {
      await sql('insert into plan_versions (plan_id, monthly_limit, effective_at) values ($1, $2, $3)', [
        planId,
        monthlyLimit,
        effectiveAt,
      ]);
    },
    async bornAt(ownerId, at) {
      await sql('update profiles set created_at = $2 where id = $1', [ownerId, at]);
    },
  };
}
