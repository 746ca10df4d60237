import type pg from 'pg';
import type { DatabaseRole } from './scope.js';

export interface PoolSettings {
  /** Connections at most. */
  readonly max: number;
  /** How long a request waits for a free or a new connection before it is refused. */
  readonly connectionTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
  /** PostgreSQL's own `statement_timeout` and `lock_timeout`; 0 is none. */
  readonly statementTimeoutMillis: number;
  readonly lockTimeoutMillis: number;
  /** After so long the server ends a transaction in which nothing happens. Default: 60,000. */
  readonly idleInTransactionTimeoutMillis?: number;
  /**
   * After so long without an answer a connection counts as dead, because TCP alone notices a silent network after many
   * minutes. Default: 5,000 more than the statement time-out, and none where that is 0.
   */
  readonly answerTimeoutMillis?: number;
}

/**
 * What every connection is opened with. It travels in the startup packet, so it costs no round trip and nothing that the
 * role or the database is configured with overrides it. The time zone is no matter of taste: Prisma's adapter sends
 * times without an offset, and reads them by cutting it off.
 */
const SESSION = '-c TimeZone=UTC -c DateStyle=ISO -c client_encoding=UTF8';

/**
 * Pages are short, and an index gives them in their order. The planner knows what the average person has: of somebody with
 * more it believes that all of a filter's rows fit on the page, and where another block costs four times the next one, as on
 * a spinning disk (PostgreSQL's default), it would rather collect and sort them all (test/plans.test.ts). What is read often
 * is in memory or on flash. Whoever knows better says so in the URL (`?options=-c random_page_cost=…`), which comes after it.
 */
const ORDERED_READING = '-c random_page_cost=1.1';

export function connectionSettings(
  role: DatabaseRole,
  url: string,
  settings: PoolSettings,
): pg.PoolConfig & { readonly answerTimeoutMillis: number } {
  const { connectionString, options: given } = withoutOptions(url);
  return {
    connectionString,
    options: [role === 'gateway' ? ORDERED_READING : null, given, SESSION].filter((part) => part !== null).join(' '),
    application_name: `roomfeed ${role}`,
    max: settings.max,
    connectionTimeoutMillis: settings.connectionTimeoutMillis,
    idleTimeoutMillis: settings.idleTimeoutMillis,
    statement_timeout: settings.statementTimeoutMillis,
    lock_timeout: settings.lockTimeoutMillis,
    idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMillis ?? 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    answerTimeoutMillis:
      settings.answerTimeoutMillis ??
      (settings.statementTimeoutMillis > 0 ? settings.statementTimeoutMillis + 5_000 : 0),
  };
}

/** pg lets `?options=` of the URL replace ours; both shall hold. Other URLs are left as they are written. */
function withoutOptions(connectionString: string): { connectionString: string; options: string | null } {
  if (!connectionString.includes('options=')) return { connectionString, options: null };
  const url = new URL(connectionString);
  const options = url.searchParams.get('options');
  url.searchParams.delete('options');
  return { connectionString: url.toString(), options };
}
