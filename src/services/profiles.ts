import { LRUCache } from 'lru-cache';
import type { Databases } from '../database/database.js';
import { readOnlyModels } from '../database/read-models.js';
import type { Viewer } from '../domain/viewer.js';
import type { Profile } from '../generated/prisma/client.js';
import * as profiles from '../repositories/profiles.js';
import { scopeOf } from './scope.js';

/** Profiles that this process has seen; they are never deleted, so that the memory cannot be wrong. */
const rememberedProfiles = 50_000;

export type ProfileService = ReturnType<typeof createProfileService>;

export function createProfileService({ databases }: { databases: Databases }) {
  const seen = new LRUCache<string, true>({ max: rememberedProfiles });

  return {
    /** Makes the profile of a person who signs in for the first time, with its default favorites. */
    async ensureProfile(viewer: Viewer): Promise<void> {
      if (seen.get(viewer.id)) return;
      await profiles.createProfile(databases.gateway(scopeOf(viewer)), viewer);
      seen.set(viewer.id, true);
    },

    async getProfile(viewer: Viewer, query: profiles.ProfileQuery): Promise<Profile> {
      const profile = await profiles.getProfile(readOnlyModels(databases.gateway(scopeOf(viewer))), viewer.id, query);
      if (!profile) throw new Error('A signed-in viewer has no profile.');
      return profile;
    },
  };
}
