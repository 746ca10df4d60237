import { generateTask } from '../../../domain/jobs.js';
import { hasQueue, jobEvents, jobStates, unfinishedJobs } from '../../../repositories/data-checks/jobs.js';
import { ago, type DataCheck, hours, minutes } from './check.js';
import { pagedCheck } from './paged-check.js';

/** Workers look for what is stuck every few seconds: only what they miss is told of. */
const graceMs = 5 * minutes;
/** No task is at work for longer; one that a killed process held counts as held for hours. */
const atWorkMs = 15 * minutes;
/** Events are kept for 24 hours. */
const eventsKeptMs = 23 * hours;

/** Generations on their way. */
export const jobChecks: readonly DataCheck[] = [
  pagedCheck({
    name: 'job_states',
    description: 'A job\'s state, times, progress and reason go together, and only what is over is archived.',
    sources: () => [{ page: jobStates }],
    kinds: {
      job_state_impossible: {
        severity: 'warning',
        describe: ({ detail }) => `The job ${String(detail['what'])}.`,
        action: 'Find out what wrote it, and correct the row.',
      },
    },
  }),
  pagedCheck({
    name: 'unfinished_jobs',
    description: 'An unfinished job has a task of the queue that looks after it, and takes no longer than the configuration allows, by five minutes.',
    async sources({ db, runtime: { stuckAfterMinutes }, at }) {
      const withQueue = await hasQueue(db);
      const since = [stuckAfterMinutes.processing, stuckAfterMinutes.starting].map((limit) => ago(at, limit * minutes + graceMs));
      const values = withQueue ? [...since, ago(at, atWorkMs), generateTask, ago(at, graceMs)] : since;
      return [{ page: unfinishedJobs(withQueue), values }];
    },
    kinds: {
      job_stuck: {
        severity: 'warning',
        describe: ({ detail }) => `The job has been ${String(detail['status'])} for too long.`,
        action: 'Let it fail, and give its charge back. Look whether a worker runs: it should have done so.',
        repair: 'give_up_job',
      },
      job_unattended: {
        severity: 'warning',
        describe: ({ detail }) => `The job is ${String(detail['status'])}, and nothing in the queue looks after it.`,
        action: 'Put it into the queue. Look whether a worker runs: it should have done so.',
        repair: 'enqueue_job',
      },
    },
  }),
  pagedCheck({
    name: 'job_events',
    description: 'The events of an account\'s jobs are numbered without a gap, and a job\'s last one says where it stands.',
    sources: ({ at }) => [{ page: jobEvents, values: [ago(at, eventsKeptMs)] }],
    kinds: {
      event_without_job: {
        severity: 'warning',
        describe: ({ detail }) => `The event is of the job ${String(detail['jobId'])}, which the account does not have.`,
        action: 'Find out what wrote it; it is deleted within a day.',
      },
      events_missing: {
        severity: 'warning',
        describe: () => 'Events before this one are missing: apps that watch jobs may have missed a change.',
        action: 'Nothing has to be done; apps that ask again see the present state.',
      },
      event_behind_job: {
        severity: 'warning',
        describe: ({ detail }) => `The job's last event does not say where it stands (${String(detail['status'])}): apps that watch it wait in vain.`,
        action: 'Find out what changed the job without an event; apps that ask again see the present state.',
      },
    },
  }),
];
