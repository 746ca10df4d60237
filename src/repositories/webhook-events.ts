import type { Sql } from '../database/database.js';

/** Which event: a provider's id for it, the same however often it is delivered. */
export interface EventKey {
  readonly provider: string;
  readonly eventId: string;
}

/** Writes down that an event was delivered, once more where it was before. Returns whether it was processed already. */
export async function recordEvent(
  db: Sql,
  { provider, eventId }: EventKey,
  { type, payload }: { readonly type: string; readonly payload: object },
): Promise<{ readonly isProcessed: boolean }> {
  const [row] = await db.query<{ isProcessed: boolean }>(
    `insert into webhook_events as e (provider, event_id, type, payload, attempts)
     values ($1::text, $2::text, $3::text, $4::jsonb, 1)
     on conflict (provider, event_id) do update set attempts = e.attempts + 1
     returning e.processed_at is not null as "isProcessed"`,
    [provider, eventId, type, JSON.stringify(payload)],
  );
  return { isProcessed: row?.isProcessed ?? false };
}

/** Marks an event as processed, and locks it until the transaction ends; false where it was before. */
export async function markProcessed(tx: Sql, { provider, eventId }: EventKey): Promise<boolean> {
  const rows = await tx.query(
    `update webhook_events set processed_at = date_trunc('milliseconds', clock_timestamp()), error = null
     where provider = $1::text and event_id = $2::text and processed_at is null
     returning id`,
    [provider, eventId],
  );
  return rows.length > 0;
}

/** Notes why an event could not be processed, in words without secrets, and when it is due for another try, where it is. */
export async function noteFailure(
  db: Sql,
  { provider, eventId }: EventKey,
  reason: string,
  { retryAt = null }: { readonly retryAt?: Date | null } = {},
): Promise<void> {
  await db.query(
    `update webhook_events set error = $3::text, retry_at = $4::timestamptz
     where provider = $1::text and event_id = $2::text and processed_at is null`,
    [provider, eventId, reason, retryAt],
  );
}

/** An event that is not processed yet. */
export interface DueEvent {
  readonly eventId: string;
  readonly payload: unknown;
  readonly attempts: number;
}

/**
 * A provider's events that are due for another try, oldest first: those whose time has come, and those that nobody noted
 * anything of since `receivedBefore`, because whoever was at them died.
 */
export function listDueEvents(
  db: Sql,
  provider: string,
  { now, receivedBefore, limit }: { readonly now: Date; readonly receivedBefore: Date; readonly limit: number },
): Promise<DueEvent[]> {
  return db.query<DueEvent>(
    `select event_id as "eventId", payload, attempts from webhook_events
     where provider = $1::text and processed_at is null
       and (retry_at <= $2::timestamptz or (retry_at is null and received_at < $3::timestamptz))
     order by received_at limit $4::int`,
    [provider, now, receivedBefore, limit],
  );
}

/** Counts a try of ours. */
export async function countAttempt(db: Sql, { provider, eventId }: EventKey): Promise<void> {
  await db.query(
    `update webhook_events set attempts = attempts + 1 where provider = $1::text and event_id = $2::text and processed_at is null`,
    [provider, eventId],
  );
}
