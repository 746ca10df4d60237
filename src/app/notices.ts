import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.js';
import { createNoticeListener, type NoticeListener } from '../database/notices.js';
import { erasuresChannel } from '../domain/erasure.js';
import { jobEventsChannel } from '../domain/jobs.js';
import type { Metrics } from '../server/metrics.js';
import { createInProcessCache, type InProcessCache } from '../services/cache/in-process-cache.js';
import { changesChannel, obeyNotice } from '../services/cache/notices.js';

interface NoticeOptions {
  readonly databaseUrls: { readonly gateway: string };
  readonly log: Logger;
  /** Told of every notice of a change, or of a deleted account, when what it drops has been dropped. */
  readonly onNotice?: ((payload: string) => void) | undefined;
}

/** What this process keeps of answers; null where it is switched off. */
export function createCache({ environment, runtime }: Configuration, metrics: Metrics): InProcessCache | null {
  if (!environment.cache) return null;
  return createInProcessCache({
    maxBytes: runtime.cache.maxBytes,
    maxAgeMs: runtime.cache.maxAgeSeconds * 1_000,
    counts: metrics.cache,
  });
}

/** The one connection on which the database tells of changes: of rows to what is kept of them, of jobs to streams, and of deleted accounts. */
export function createNotices(
  { databaseUrls, log, onNotice }: NoticeOptions,
  metrics: Metrics,
  {
    kept,
    onJobEvent,
    onErased,
    onUp,
    onDown,
  }: {
    readonly kept: InProcessCache | null;
    readonly onJobEvent: (payload: string) => void;
    readonly onErased: (profileId: string) => void;
    /** Notices arrive from now on; some may have been lost. */
    readonly onUp: () => void;
    /** From now on they do not. */
    readonly onDown: () => void;
  },
): NoticeListener {
  return createNoticeListener({
    url: databaseUrls.gateway,
    channels: kept ? [changesChannel, jobEventsChannel, erasuresChannel] : [jobEventsChannel, erasuresChannel],
    onNotice(payload, channel) {
      if (channel === jobEventsChannel) return onJobEvent(payload);
      if (channel === erasuresChannel) {
        onErased(payload);
        onNotice?.(payload);
        return;
      }
      const known = kept && obeyNotice(kept, payload);
      if (!known) log.debug('a notice of a change was not understood; everything that was cached was dropped');
      metrics.notices.arrived();
      onNotice?.(payload);
    },
    onUp() {
      onUp();
      if (!kept) return;
      kept.resume();
      metrics.notices.arrive(true);
    },
    onDown() {
      onDown();
      kept?.pause();
      metrics.notices.arrive(false);
    },
    log,
  });
}
