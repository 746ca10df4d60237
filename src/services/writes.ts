import type { Databases, Sql } from '../database/database.js';
import { communityTopic, ownerTopic } from '../domain/cache-topics.js';
import { AccountDeleted, Forbidden } from '../domain/errors.js';
import { AccessSuspended, InvalidInput } from '../domain/user-errors.js';
import type { Viewer } from '../domain/viewer.js';
import * as profiles from '../repositories/profiles.js';
import type { Cache } from './cache/cache.js';
import { scopeOf } from './scope.js';
import { createTurns } from './turns.js';

/**
 * The frame of everything that people change: one transaction, which begins by locking the acting account's row.
 *
 * The lock is what makes the rest simple. The account's standing is read from the database, as it is at that moment, and
 * cannot change before the commit. And the writes of one person run one after the other, so that limits can be counted,
 * favorites found missing and made, and batches written in any order, without a race or a deadlock.
 *
 * Whatever came of it, what caches kept of the touched rows is dropped before the caller gets its answer.
 */
export type Writes = ReturnType<typeof createWrites>;

/** As long as a statement may wait for a lock, and more writes at once than an app of ours sends. */
const line = { patienceMs: 5_000, longestLine: 200 };

/** What is changed, and the instant at which the lock was had: what is written has that time. */
type Work<T> = (tx: Sql, at: Date) => Promise<T>;

export function createWrites({
  databases,
  cache,
  clock = null,
}: {
  databases: Databases;
  cache: Cache;
  /** In place of the database's; for tests. */
  clock?: (() => Date) | null;
}) {
  const inTurn = createTurns(line);
  const instantOf = ({ lockedAt }: profiles.LockedStanding): Date => clock?.() ?? lockedAt;

  async function inLine<T>(
    db: { transaction<R>(work: (tx: Sql) => Promise<R>): Promise<R> },
    viewer: Viewer,
    admit: (standing: profiles.Standing) => void,
    work: Work<T>,
  ): Promise<T> {
    return inTurn(viewer.id, () =>
      db.transaction(async (tx) => {
        const standing = await profiles.lockStanding(tx, viewer.id);
        if (!standing) throw new Error('A signed-in viewer has no profile.');
        admit(standing);
        return work(tx, instantOf(standing));
      }),
    );
  }

  return {
    /** The instant at which an account was locked: what is written under the lock has that time. */
    instantOf,

    /**
     * What is one statement, and tells the account's status itself, needs no transaction and no lock: a suspension that
     * was answered before it began is seen by it.
     *
     * @throws AccessSuspended
     */
    async inOneStatement<T extends Pick<profiles.Standing, 'accountStatus'>>(
      viewer: Viewer,
      statement: (db: Sql) => Promise<T>,
    ): Promise<T> {
      try {
        const outcome = await statement(databases.gateway(scopeOf(viewer)));
        refuseSuspended(outcome);
        return outcome;
      } finally {
        cache.drop([ownerTopic(viewer.id)]);
      }
    },

    /**
     * The person's own organising, as the gateway role in their scope.
     *
     * @throws AccessSuspended
     */
    async organise<T>(viewer: Viewer, work: Work<T>): Promise<T> {
      try {
        return await inLine(databases.gateway(scopeOf(viewer)), viewer, refuseSuspended, work);
      } finally {
        cache.drop([ownerTopic(viewer.id)]);
      }
    },

    /**
     * What of the person's own goes beyond organising, such as records of stored pictures, as the service role held to
     * their rows.
     *
     * @throws AccessSuspended
     */
    async serve<T>(viewer: Viewer, work: Work<T>): Promise<T> {
      try {
        return await inLine(databases.service(scopeOf(viewer)), viewer, refuseSuspended, work);
      } finally {
        // A deleted render empties the reference that a published look has to it.
        cache.drop([ownerTopic(viewer.id), communityTopic]);
      }
    },

    /**
     * An administrator's curating, as the service role in their scope: its policies too admit active administrators only.
     *
     * @throws Forbidden for anyone else.
     * @throws AccessSuspended for an administrator whose account is suspended.
     */
    async curate<T>(viewer: Viewer, work: Work<T>): Promise<T> {
      try {
        return await inLine(databases.service(scopeOf(viewer)), viewer, refuseOthers, work);
      } finally {
        cache.drop([communityTopic]);
      }
    },

    /**
     * What a person may do whatever the standing of their account, as leaving is, as the service role in no one's scope,
     * because policies keep a suspended account from writing: each statement of `work` names the account itself.
     *
     * @throws AccountDeleted
     */
    async leave<T>(viewer: Viewer, work: Work<T>): Promise<T> {
      try {
        return await inLine(databases.service({ kind: 'system' }), viewer, refuseDeleted, work);
      } finally {
        cache.drop([ownerTopic(viewer.id)]);
      }
    },

    /**
     * An administrator's action on another account, as the service role in no one's scope: each statement of `work`
     * names the account itself.
     *
     * @throws Forbidden for anyone else.
     * @throws AccessSuspended for an administrator whose account is suspended.
     */
    async administer<T>(viewer: Viewer, profileId: string, work: Work<T>): Promise<T> {
      try {
        return await inLine(databases.service({ kind: 'system' }), viewer, refuseOthers, work);
      } finally {
        cache.drop([ownerTopic(profileId)]);
      }
    },
  };
}

/** @throws AccountDeleted and AccessSuspended */
export function refuseSuspended({ accountStatus, erasedAt }: Pick<profiles.Standing, 'accountStatus'> & Partial<profiles.Standing>): void {
  if (erasedAt) throw new AccountDeleted(erasedAt);
  if (accountStatus !== 'active') throw new AccessSuspended();
}

/** @throws AccountDeleted */
function refuseDeleted({ erasedAt }: profiles.Standing): void {
  if (erasedAt) throw new AccountDeleted(erasedAt);
}

/** @throws AccountDeleted, Forbidden and AccessSuspended */
export function refuseOthers(standing: profiles.Standing): void {
  refuseDeleted(standing);
  if (standing.role !== 'admin') throw new Forbidden('Only administrators may do this.');
  refuseSuspended(standing);
}

/** The account that an administrator's action names was deleted. */
export function deletedAccount(erasedAt: Date): InvalidInput {
  const message = `This account was deleted on ${erasedAt.toISOString().slice(0, 10)}; nothing of it can be changed any more.`;
  return new InvalidInput([{ path: ['profileId'], message }]);
}
