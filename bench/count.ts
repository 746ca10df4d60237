import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './ask.ts';
import type { OperationName, SystemName } from './command-line.mjs';
import type { BenchDatabase } from './database.ts';
import type { Requests } from './measure.ts';
import type { Task } from './operations/all.ts';
import type { System } from './systems.ts';

/** What one operation costs beside time. */
export interface Count {
  readonly operation: OperationName;
  readonly system: SystemName;
  /** Statements that PostgreSQL ran for it, BEGIN, COMMIT and set_config among them. */
  readonly statements: number;
  /** Of the answer's body. */
  readonly bytes: number;
}

const counted = 24;

/** PostgreSQL counts statements, by pg_stat_statements, from here to `stopCounting`. */
export async function startCounting({ superuser }: BenchDatabase): Promise<void> {
  await setTracking(superuser, 'top');
}

/** Counting is work too, and more for those who send more: nothing is counted while time is taken. */
export async function stopCounting({ superuser }: BenchDatabase): Promise<void> {
  await setTracking(superuser, 'none');
}

async function setTracking(superuser: BenchDatabase['superuser'], what: 'top' | 'none'): Promise<void> {
  await superuser.query(`alter system set pg_stat_statements.track = '${what}'`);
  await superuser.query('select pg_reload_conf()');
  const current = async (): Promise<unknown> => {
    const { rows } = await superuser.query<Record<string, unknown>>("select current_setting('pg_stat_statements.track') as track");
    return rows[0]?.['track'];
  };
  // All server processes are told at once, and each obeys before its next statement.
  while ((await current()) !== what) await delay(10);
}

/** Asks some cases one after the other and divides. Connections are opened and statements prepared before. */
export async function count(options: {
  readonly task: Task;
  readonly system: System;
  readonly requests: Requests;
  readonly database: BenchDatabase;
}): Promise<Count> {
  const { task, system, requests, database } = options;
  const chosen = requests.slice(0, counted);
  let bytes = 0;
  const askAll = async (): Promise<void> => {
    if (task.operation.writes) await database.undoWrites();
    bytes = 0;
    for (const { path, body, token } of chosen) {
      bytes += (await ask(system, token, { path, body: JSON.parse(body) as Record<string, unknown> })).bytes;
    }
  };
  await askAll();
  if (task.operation.writes) await database.undoWrites();
  await database.superuser.query('select pg_stat_statements_reset()');
  await askAll();
  const { rows } = await database.superuser.query<{ calls: number }>(
    `select coalesce(sum(calls), 0)::int as calls from pg_stat_statements
     where userid = 'roomfeed_gateway'::regrole and dbid = (select oid from pg_database where datname = current_database())`,
  );
  return {
    operation: task.operation.name,
    system: system.name,
    statements: (rows[0]?.calls ?? 0) / chosen.length,
    bytes: bytes / chosen.length,
  };
}
