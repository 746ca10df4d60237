import type { Sql } from '../database/database.js';
import { usageEntries } from './entities.js';
import { returnedRow, returning } from './query/row-shape.js';
import type { UsageEntryRow } from './rows.js';

/*
 * The ledger and its running sums are written in the same statement: there is no order of failures that leaves one of
 * them without the other.
 */

export interface Debit {
  readonly ownerId: string;
  readonly jobId: string;
  /** The month that it counts in, YYYY-MM-01. */
  readonly period: string;
  /** 2 for a success that came after the job was given up and its first debit given back. */
  readonly chargeNo: 1 | 2;
  readonly at: Date;
}

/**
 * Charges one generation; false, with nothing written, where `limit` (the plan's, credits come on top) would be passed.
 * Without a limit it is charged whatever is left. The condition is the update's own: it holds under any concurrency.
 */
export async function debitGeneration(tx: Sql, debit: Debit, limit: number | null): Promise<boolean> {
  const rows = await tx.query(
    `with sums as (
       insert into usage_periods as s (owner_id, period, debits)
       select $1::uuid, $3::date, 1 where $6::int is null or $6::int > 0
         or exists (select from usage_periods p where p.owner_id = $1::uuid and p.period = $3::date)
       on conflict (owner_id, period) do update set debits = s.debits + 1
         where $6::int is null or s.debits - s.refunds < $6::int + s.credits
       returning s.owner_id
     )
     insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no, created_at)
     select owner_id, 'generation_debit', 1, $3::date, $2::uuid, $4::int, $5::timestamptz from sums
     returning id`,
    [debit.ownerId, debit.jobId, debit.period, debit.chargeNo, debit.at, limit],
  );
  return rows.length > 0;
}

/**
 * Gives back what a job was charged and was not given back so far, in the debit's own month; false where there is nothing
 * to give back. The owner's row must be locked.
 */
export async function refundGeneration(
  tx: Sql,
  { ownerId, jobId, reason, at }: { ownerId: string; jobId: string; reason: string; at: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `with refund as (
       insert into usage_ledger (owner_id, kind, amount, period, job_id, reverses, reason, created_at)
       select d.owner_id, 'generation_refund', d.amount, d.period, d.job_id, d.id, $3::text, $4::timestamptz
       from usage_ledger d
       where d.owner_id = $1::uuid and d.job_id = $2::uuid and d.kind = 'generation_debit'
         and not exists (select from usage_ledger r where r.reverses = d.id)
       returning owner_id, period, amount
     )
     update usage_periods s set refunds = s.refunds + refund.amount from refund
     where s.owner_id = refund.owner_id and s.period = refund.period
     returning s.period`,
    [ownerId, jobId, reason, at],
  );
  return rows.length > 0;
}

/** The month in which a job was first charged, YYYY-MM-01; null where it never was. */
export async function getPeriodOfCharge(db: Sql, ownerId: string, jobId: string): Promise<string | null> {
  const [row] = await db.query<{ period: string }>(
    `select period from usage_ledger
     where owner_id = $1::uuid and job_id = $2::uuid and kind = 'generation_debit' and charge_no = 1`,
    [ownerId, jobId],
  );
  return row?.period ?? null;
}

export interface Credit {
  readonly ownerId: string;
  /** Generations, above 0. */
  readonly amount: number;
  readonly period: string;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly at: Date;
}

/** Grants generations in a month; null, with nothing written, where the key was used for an entry of the owner's before. */
export async function creditAdjustment(tx: Sql, credit: Credit): Promise<UsageEntryRow | null> {
  const [row] = await tx.query<Record<string, unknown>>(
    `with entry as (
       insert into usage_ledger (owner_id, kind, amount, period, reason, idempotency_key, created_at)
       values ($1::uuid, 'credit_adjustment', $2::int, $3::date, $4::text, $5::uuid, $6::timestamptz)
       on conflict (owner_id, idempotency_key) do nothing
       returning *
     ),
     sums as (
       insert into usage_periods as s (owner_id, period, credits) select owner_id, period, amount from entry
       on conflict (owner_id, period) do update set credits = s.credits + excluded.credits
     )
     select ${returning(usageEntries)} from entry usage_ledger`,
    [credit.ownerId, credit.amount, credit.period, credit.reason, credit.idempotencyKey, credit.at],
  );
  return returnedRow<UsageEntryRow>(row);
}

/** An owner's entry by its idempotency key, or null. */
export async function getEntryByKey(db: Sql, ownerId: string, key: string): Promise<UsageEntryRow | null> {
  const [row] = await db.query<Record<string, unknown>>(
    `select ${returning(usageEntries)} from usage_ledger where owner_id = $1::uuid and idempotency_key = $2::uuid`,
    [ownerId, key],
  );
  return returnedRow<UsageEntryRow>(row);
}
