/**
 * What kept answers depend on, and what a change is announced as: the rows of one person, or the shared gallery. The
 * triggers of the database send the same words (channel `roomfeed_changes`), and `all` for what everybody's answers
 * depend on.
 */
export type CacheTopic = 'community' | `owner:${string}`;

export const communityTopic: CacheTopic = 'community';

/** Everything that belongs to a person: renders, collections, jobs, usage, the profile. */
export const ownerTopic = (profileId: string): CacheTopic => `owner:${profileId}`;
