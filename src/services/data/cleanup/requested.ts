import { checkInput } from '../../../domain/input.js';
import type { CleanupReport } from '../../../domain/upkeep.js';
import type { Viewer } from '../../../domain/viewer.js';
import type { ProfileService } from '../../profiles.js';
import type { Cleanup } from '../cleanup.js';
import { cleanupTaskNames, isCleanupTask } from './names.js';

/** Things that a request's task looks at; a run of `npm run maintenance` has no such bound. */
export const mostInRequest = 10_000;

/** Details of each task that an answer holds. */
export const mostDetails = 100;

export interface RunCleanupInput {
  /** Null, or left out: all. */
  readonly tasks?: readonly string[] | null | undefined;
  readonly dryRun: boolean;
}

/** Clean-ups that administrators ask for. */
export function createRequestedCleanup({
  cleanup,
  admitAdministrator,
  patienceMs,
}: {
  cleanup: Cleanup;
  admitAdministrator: ProfileService['admitAdministrator'];
  /** After so long a run ends with its present batch, and tells so. */
  patienceMs: number;
}) {
  return {
    /**
     * Runs tasks of a clean-up, or tells what they would do. Each ends after 10,000 things, and all of them when the
     * request has taken long; the report says so, and another run goes on.
     *
     * @throws Forbidden for anyone but an administrator, and AccessSuspended for one whose account is suspended.
     * @throws InvalidInput for a task that there is not, and for an empty list of them.
     */
    async runCleanup(viewer: Viewer, { tasks, dryRun }: RunCleanupInput): Promise<{ readonly reports: readonly CleanupReport[] }> {
      await admitAdministrator(viewer);
      const check = checkInput();
      const wanted = tasks && check.batch(['tasks'], tasks, 1, 2 * cleanupTaskNames.length).filter(isCleanupTask);
      // No issue for each of ten thousand.
      check.done();
      const known = cleanupTaskNames.map((name) => `"${name}"`).join(', ');
      for (const [index, name] of tasks?.entries() ?? []) {
        if (!isCleanupTask(name)) check.issue(['tasks', String(index)], `There is no such task; there are ${known}.`);
      }
      check.done();
      const signal = AbortSignal.timeout(patienceMs);
      return { reports: await cleanup.run({ tasks: wanted ?? undefined, dryRun, detailLimit: mostDetails, most: mostInRequest, signal }) };
    },
  };
}
