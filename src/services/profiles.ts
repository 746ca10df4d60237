import { LRUCache } from 'lru-cache';
import type { Databases } from '../database/database.js';
import { readOnlyModels } from '../database/read-models.js';
import { AccountDeleted } from '../domain/errors.js';
import { checkInput } from '../domain/input.js';
import { NotFound } from '../domain/user-errors.js';
import type { Viewer } from '../domain/viewer.js';
import type { Profile } from '../generated/prisma/client.js';
import * as profiles from '../repositories/profiles.js';
import { checkPreferences, maxPreferencesBytes } from './preferences.js';
import { scopeOf } from './scope.js';
import { deletedAccount, refuseOthers, refuseSuspended, type Writes } from './writes.js';

/** Profiles that this process has seen, and would have heard of if their account had been deleted since. */
const rememberedProfiles = 50_000;

/** Characters of a person's name. */
export const maxProfileName = 100;

/** Characters of the reason for a change of an account's status. */
export const maxStatusReason = 500;

export interface UpdateProfileInput {
  /** Null takes the name away. */
  readonly name?: string | null | undefined;
  /** Merged over what is there, top-level key by key; a key that is null is taken out. Null takes everything out. */
  readonly preferences?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface SetAccountStatusInput {
  readonly profileId: string;
  readonly status: 'active' | 'suspended';
  readonly reason: string;
}

export type ProfileService = ReturnType<typeof createProfileService>;

export function createProfileService({ databases, writes }: { databases: Databases; writes: Writes }) {
  const seen = new LRUCache<string, true>({ max: rememberedProfiles });
  let hears = false;
  /** Counts what was forgotten: what was read before is not remembered after. */
  let forgotten = 0;

  async function makeProfile(viewer: Viewer): Promise<void> {
    const begun = forgotten;
    const erasedAt = await profiles.createProfile(databases.gateway(scopeOf(viewer)), viewer);
    if (erasedAt) throw new AccountDeleted(erasedAt);
    if (hears && begun === forgotten) seen.set(viewer.id, true);
  }

  async function standingOf(viewer: Viewer): Promise<profiles.Standing> {
    const standing = await profiles.getStanding(databases.gateway(scopeOf(viewer)), viewer.id);
    if (!standing) throw new Error('A signed-in viewer has no profile.');
    return standing;
  }

  return {
    /**
     * Makes the profile of a person who signs in for the first time, with its default favorites. Of an account that this
     * process knows it asks nothing, as long as it hears of deletions, and there is nothing to wait for; else it is one
     * statement, each time.
     *
     * @throws AccountDeleted
     */
    ensureProfile(viewer: Viewer): Promise<void> | undefined {
      return seen.get(viewer.id) ? undefined : makeProfile(viewer);
    },

    /** An account was deleted, here or elsewhere: its next request is looked at anew. */
    forget(profileId: string): void {
      forgotten += 1;
      seen.delete(profileId);
    },

    /** Whether notices of deletions arrive from now on. Where they do not, nobody is remembered. */
    hear(arrive: boolean): void {
      hears = arrive;
      forgotten += 1;
      seen.clear();
    },

    async getProfile(viewer: Viewer, query: profiles.ProfileQuery): Promise<Profile> {
      const profile = await profiles.getProfile(readOnlyModels(databases.gateway(scopeOf(viewer))), viewer.id, query);
      if (!profile) throw new Error('A signed-in viewer has no profile.');
      return profile;
    },

    /**
     * Lets administrators pass, as the database has their role and status at this moment.
     *
     * @throws Forbidden for anyone else.
     * @throws AccountDeleted, and AccessSuspended for an administrator whose account is suspended.
     */
    async admitAdministrator(viewer: Viewer): Promise<void> {
      refuseOthers(await standingOf(viewer));
    },

    /**
     * Lets active accounts pass, as the database has their status at this moment.
     *
     * @throws AccountDeleted and AccessSuspended
     */
    async admitActiveAccount(viewer: Viewer): Promise<void> {
      refuseSuspended(await standingOf(viewer));
    },

    /**
     * Changes the viewer's name and preferences; what is absent stays. Nothing else of a profile is the person's to
     * change, and the gateway role has no right to.
     *
     * @throws InvalidInput for a name that is none, and for preferences that would weigh too much.
     * @throws AccessSuspended
     */
    async updateProfile(viewer: Viewer, input: UpdateProfileInput): Promise<{ profile: Profile }> {
      const check = checkInput();
      const name = typeof input.name === 'string' ? check.line(['name'], input.name, maxProfileName) : input.name;
      const preferences = checkPreferences(check, input.preferences);
      check.done();
      return writes.organise(viewer, async (tx) => {
        const updated = await profiles.updateProfile(tx, viewer.id, {
          ...(name === undefined ? {} : { name }),
          ...(preferences === undefined ? {} : { preferences }),
        });
        if (!updated) throw new Error('A signed-in viewer has no profile.');
        if (preferences !== undefined && updated.preferencesBytes > maxPreferencesBytes) {
          check.issue(
            ['preferences'],
            `Together with what is there they would weigh ${updated.preferencesBytes} bytes of at most ${maxPreferencesBytes}; ` +
              'take keys out by setting them to null.',
          );
          check.done();
        }
        return { profile: updated.profile };
      });
    },

    /**
     * Suspends an account, or lifts that, and puts the decision on record. What is so already stays so, without a record.
     *
     * @throws Forbidden for anyone but an administrator.
     * @throws InvalidInput without a reason, for the administrator's own account, and for one that was deleted.
     * @throws NotFound
     * @throws AccessSuspended
     */
    async setAccountStatus(viewer: Viewer, input: SetAccountStatusInput): Promise<{ profile: Profile }> {
      const { profileId, status } = input;
      return writes.administer(viewer, profileId, async (tx) => {
        const check = checkInput();
        const reason = check.paragraph(['reason'], input.reason, maxStatusReason);
        if (profileId === viewer.id) {
          check.issue(['profileId'], 'This is your own account; another administrator has to decide about it.');
        }
        check.done();
        const before = await profiles.lockStanding(tx, profileId);
        if (!before) throw new NotFound('account', 'shared');
        if (before.erasedAt) throw deletedAccount(before.erasedAt);
        const profile = await profiles.setAccountStatus(tx, profileId, status);
        if (!profile) throw new Error('An account that is locked went away.');
        if (before.accountStatus !== status) {
          await profiles.recordStatusChange(tx, { ownerId: profileId, status, reason, changedBy: viewer.id });
        }
        return { profile };
      });
    },
  };
}
