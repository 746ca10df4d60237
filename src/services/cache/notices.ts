import { communityTopic, ownerTopic } from '../../domain/cache-topics.js';
import type { InProcessCache } from './in-process-cache.js';

/** The channel that the database's triggers tell of changes on. */
export const changesChannel = 'roomfeed_changes';

const owner = /^owner:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Drops what a notice says has changed.
 *
 * @returns false where this version does not know the notice; everything was dropped then, which is always right.
 */
export function obeyNotice(cache: InProcessCache, payload: string): boolean {
  const ownerId = owner.exec(payload)?.[1];
  if (ownerId !== undefined) cache.drop([ownerTopic(ownerId)]);
  else if (payload === communityTopic) cache.drop([communityTopic]);
  else cache.clear();
  return ownerId !== undefined || payload === communityTopic || payload === 'all';
}
