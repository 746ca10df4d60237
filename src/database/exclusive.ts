import pg from 'pg';
import { connectionSettings } from './connection-settings.js';
import { DatabaseUnavailable } from './errors.js';
import type { DatabaseLog } from './scoped-pool.js';

/**
 * Work that one process at a time does, told apart by name: a lock of the session (`pg_try_advisory_lock`) on a connection
 * of its own. The database frees it with the connection: a process that is killed holds nothing from that moment on, which
 * no lease with an end can say. Behind a pooler that hands connections out by the transaction it would hold nothing.
 */
export interface Exclusive {
  /**
   * Runs `work`, and returns what it does; null, without running it, where another process, or this one, is at it.
   * `lost` aborts where the connection goes: then somebody else may have begun.
   */
  during<T>(name: string, work: (lost: AbortSignal) => Promise<T>): Promise<T | null>;
  /** Whether some process is at it at this moment. */
  isHeld(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** The key of a lock is 64 bits; pg_locks shows its halves. */
const HELD = `
  select exists (
    select from pg_locks, (select hashtextextended($1, 0) as key) k
    where locktype = 'advisory' and objsubid = 1 and granted
      and database = (select oid from pg_database where datname = current_database())
      and classid::bigint = (k.key >> 32) & 4294967295 and objid::bigint = k.key & 4294967295
  ) as held`;

interface Session {
  readonly client: pg.Client;
  readonly lost: AbortController;
  /** Ends when nobody asks any more: a client takes one statement at a time. */
  line: Promise<unknown>;
}

/** Opens no connection before it is needed, and another one after it was lost. */
export function createExclusive({ url, timeoutMs, log }: { url: string; timeoutMs: number; log: DatabaseLog }): Exclusive {
  let session: Promise<Session> | null = null;
  let closed = false;
  const held = new Set<string>();

  async function connect(): Promise<Session> {
    const lost = new AbortController();
    const client = new pg.Client({
      ...connectionSettings('service', url, {
        max: 1,
        connectionTimeoutMillis: timeoutMs,
        idleTimeoutMillis: 0,
        statementTimeoutMillis: timeoutMs,
        lockTimeoutMillis: timeoutMs,
      }),
      application_name: 'roomfeed work',
      query_timeout: timeoutMs,
    });
    const gone = (): void => {
      if (lost.signal.aborted) return;
      lost.abort();
      session = null;
      if (!closed) log.warn({}, 'the connection that holds the locks of work was lost');
    };
    client.on('error', gone);
    client.once('end', gone);
    await client.connect();
    return { client, lost, line: Promise.resolve() };
  }

  async function open(): Promise<Session> {
    if (closed) throw new DatabaseUnavailable('This process stops.');
    const opening = (session ??= connect());
    try {
      return await opening;
    } catch {
      if (session === opening) session = null;
      throw new DatabaseUnavailable('The connection that holds the locks of work could not be opened.');
    }
  }

  async function ask(asked: Session, text: string, name: string): Promise<boolean> {
    const { client } = asked;
    const answer = asked.line.then(() => client.query<{ held: boolean }>(text, [name]));
    asked.line = answer.catch(() => undefined);
    try {
      const { rows } = await answer;
      return rows[0]?.held ?? false;
    } catch {
      // Whatever it was, nobody knows what the session holds now.
      await client.end().catch(() => undefined);
      throw new DatabaseUnavailable('The connection that holds the locks of work does not answer.');
    }
  }

  return {
    async during(name, work) {
      // In one session a lock could be had twice.
      if (held.has(name)) return null;
      held.add(name);
      try {
        const opened = await open();
        const { lost } = opened;
        if (!(await ask(opened, 'select pg_try_advisory_lock(hashtextextended($1, 0)) as held', name))) return null;
        try {
          return await work(lost.signal);
        } finally {
          // Where it fails the connection goes, and the lock with it.
          if (!lost.signal.aborted) {
            await ask(opened, 'select pg_advisory_unlock(hashtextextended($1, 0)) as held', name).catch(() => undefined);
          }
        }
      } finally {
        held.delete(name);
      }
    },

    async isHeld(name) {
      if (held.has(name)) return true;
      return ask(await open(), HELD, name);
    },

    async close() {
      closed = true;
      const current = await session?.catch(() => null);
      await current?.client.end().catch(() => undefined);
    },
  };
}
