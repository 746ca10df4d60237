import type { SubscriptionLimits } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { isFinished } from '../../domain/jobs.js';
import type { Selection } from '../../domain/selection.js';
import type { Viewer } from '../../domain/viewer.js';
import * as events from '../../repositories/job-events.js';
import type { GenerationJobRow } from '../../repositories/rows.js';
import { scopeOf } from '../scope.js';
import { NoSuchJob } from './live/errors.js';
import { jobAsOf } from './live/job-as-of.js';
import { createWatchers, type Watcher } from './live/watchers.js';

/** A change of a job, or its state when the watching began. */
export interface LiveEvent {
  /** Where to go on from after it; undefined for a job that no event is known of. */
  readonly id: string | undefined;
  /** As of the event. */
  readonly job: GenerationJobRow;
}

/** Events as they come. `return` frees what it holds at once, also while it waits. */
export interface LiveEvents extends AsyncIterableIterator<LiveEvent> {
  /** Where to go on from before the first event, where nothing is there to be told at once. */
  readonly startId: string | undefined;
}

export interface WatchInput {
  /** The id of the last event that the client has; events after it are told, where all of them are still there. */
  readonly lastEventId: string | undefined;
  readonly selection: Selection;
}

/** Null: all jobs of the viewer. */
type Watched = WatchInput & { readonly jobId: string | null };

/** What one read has brought, and how far it came. */
interface Batch {
  readonly position: number;
  readonly events: readonly LiveEvent[];
  /** There is more to read at once. */
  readonly hasMore: boolean;
  /** The job has come to its end. */
  readonly isOver: boolean;
}

/** Events that a stream reads at a time: as many are in memory for it while its client reads slowly. */
const pageSize = 20;

export type LiveService = ReturnType<typeof createLiveService>;

/**
 * Tells of changes of jobs while they happen. The events in the database are the truth, and their number is all that a
 * stream knows; notices only wake it, and a look by time is behind them. So a stream can be left in one process and taken
 * up in another.
 */
export function createLiveService({ databases, limits }: { databases: Databases; limits: SubscriptionLimits }) {
  const watchers = createWatchers(limits);

  async function open(viewer: Viewer, watched: Watched): Promise<LiveEvents> {
    const watcher = watchers.join(viewer.id);
    try {
      const first = await readNow(viewer, watched, eventNumber(watched.lastEventId));
      const startId = first.events.length === 0 ? String(first.position) : undefined;
      return createEvents(follow(viewer, watched, watcher, first), watcher, startId);
    } catch (error) {
      watcher.leave();
      throw error;
    }
  }

  async function* follow(viewer: Viewer, watched: Watched, watcher: Watcher, first: Batch): AsyncGenerator<LiveEvent, void> {
    let batch = first;
    try {
      for (;;) {
        yield* batch.events;
        if (batch.isOver) return;
        if (!batch.hasMore && !(await watcher.woken(batch.position))) return;
        batch = await readOn(viewer, watched, batch.position);
      }
    } finally {
      watcher.leave();
    }
  }

  /** Nothing, and the place to go on from, where `after` is one; the jobs as they are otherwise. */
  async function readNow(viewer: Viewer, { jobId, selection }: Watched, after: number | null): Promise<Batch> {
    const { newest, goesOn, jobs } = await events.readJobsNow(db(viewer), viewer.id, { jobId, after, selection });
    const [only] = jobs;
    if (jobId !== null && !only) throw new NoSuchJob();
    const hasEnded = jobId !== null && only !== undefined && isFinished(only.status);
    if (after !== null && goesOn) {
      return { position: after, events: [], hasMore: after < newest, isOver: hasEnded && only.seq <= after };
    }
    const told = jobs.map(({ seq, job }, index) => {
      // Each has the number of its own event, so that whoever was cut off in between misses none of the others; behind the
      // last one everything has been told.
      const number = index === jobs.length - 1 ? newest : seq;
      return { id: number > 0 ? String(number) : undefined, job };
    });
    return { position: newest, events: told, hasMore: false, isOver: hasEnded };
  }

  async function readOn(viewer: Viewer, watched: Watched, after: number): Promise<Batch> {
    const { jobId, selection } = watched;
    const page = await events.listJobEvents(db(viewer), viewer.id, { after, jobId, selection, limit: pageSize });
    // Who reads so slowly that events grew too old meanwhile is told how things are.
    if (page.some(({ seq }, index) => seq !== after + 1 + index)) return readNow(viewer, watched, null);
    const told: LiveEvent[] = [];
    for (const { job, ...event } of page) {
      if (!job) continue;
      told.push({ id: String(event.seq), job: jobAsOf(event, job) });
      if (jobId !== null && isFinished(event.status)) return { position: event.seq, events: told, hasMore: false, isOver: true };
    }
    return { position: page.at(-1)?.seq ?? after, events: told, hasMore: page.length === pageSize, isOver: false };
  }

  const db = (viewer: Viewer) => databases.gateway(scopeOf(viewer));

  return {
    /**
     * A job of the viewer's: its state at once, then every change, until it has come to its end.
     *
     * @throws NoSuchJob
     * @throws TooManyStreams
     * @throws StreamsExhausted
     */
    watchJob: (viewer: Viewer, input: WatchInput & { readonly jobId: string }): Promise<LiveEvents> => open(viewer, input),

    /**
     * All jobs of the viewer: the state of those that are under way at once, then every change of any.
     *
     * @throws TooManyStreams
     * @throws StreamsExhausted
     */
    watchJobs: (viewer: Viewer, input: WatchInput): Promise<LiveEvents> => open(viewer, { ...input, jobId: null }),

    /** What a notice of the database says: `<owner> <newest seq>`. What it does not understand is left to the next look. */
    hear(payload: string): void {
      const [, ownerId, seq] = notice.exec(payload) ?? [];
      if (ownerId !== undefined) watchers.told(ownerId, Number(seq));
    },

    /** Ends the streams of an account that was deleted; what is being told is told to its end. */
    end: watchers.dismiss,

    /**
     * Looks for events, and for deleted accounts, that no notice told of: one statement for everybody, and none where
     * nobody watches.
     */
    async look(): Promise<void> {
      const watched = watchers.watched().filter(({ after }) => Number.isFinite(after));
      if (watched.length === 0) return;
      const found = await events.listNewestJobEvents(databases.service({ kind: 'system' }), watched);
      for (const { ownerId, seq, isErased } of found) {
        if (isErased) watchers.dismiss(ownerId);
        else watchers.told(ownerId, seq);
      }
    },
  };
}

const notice = /^([0-9a-f-]{36}) (\d{1,15})$/;

/** Null where a client names none, or something that is no number of ours. */
function eventNumber(lastEventId: string | undefined): number | null {
  return lastEventId !== undefined && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : null;
}

/** A generator answers `return` only when what it waits for has come; so it is told that nothing will. */
function createEvents(generator: AsyncGenerator<LiveEvent, void>, watcher: Watcher, startId: string | undefined): LiveEvents {
  return {
    startId,
    next: () => generator.next(),
    async return() {
      watcher.leave();
      return generator.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
