import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import * as jobs from '../../repositories/job-writes.js';
import type { GenerationJobRow } from '../../repositories/rows.js';
import type { JobKey, JobStates } from './states.js';

const minute = 60_000;

/** Jobs that take too long, as of one instant. */
export interface StuckJobs {
  /** The next of them, oldest first, behind `after`. */
  list(page: { readonly after: jobs.StuckJob | null; readonly limit: number }): Promise<readonly jobs.StuckJob[]>;
  /** Ends one and gives its charge back; false where it has moved on since it was listed. */
  giveUp(key: JobKey): Promise<boolean>;
}

/** Jobs that have been processing, or starting, for longer than configured at the moment of the call. */
export type FindStuckJobs = () => StuckJobs;

export function createFindStuckJobs({
  databases,
  states,
  runtime,
  now,
}: {
  databases: Databases;
  states: Pick<JobStates, 'giveUp'>;
  runtime: Pick<RuntimeConfiguration, 'stuckAfterMinutes'>;
  now: () => Date;
}): FindStuckJobs {
  const { processing, starting } = runtime.stuckAfterMinutes;
  return () => {
    const at = now().getTime();
    const processingSince = new Date(at - processing * minute);
    const startingSince = new Date(at - starting * minute);
    const isStuck = ({ status, startedAt, createdAt }: GenerationJobRow): boolean =>
      status === 'processing' ? (startedAt ?? createdAt) < processingSince : status === 'starting' && createdAt < startingSince;
    return {
      list: (page) => jobs.listStuckJobs(databases.service({ kind: 'system' }), { processingSince, startingSince, ...page }),
      giveUp: (key) => states.giveUp(key, isStuck),
    };
  };
}
