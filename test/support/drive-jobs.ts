import type { App } from '../../src/app.js';
import type { JobStatus } from '../../src/domain/jobs.js';
import * as events from '../../src/repositories/job-events.js';
import * as jobs from '../../src/repositories/job-writes.js';
import { noCache } from '../../src/services/cache/cache.js';
import { createJobStates, type JobKey, moveJob } from '../../src/services/generation/states.js';

/** Moves jobs by the services' own means, without a worker: each call is one change, and one event. */
export interface JobDriver {
  submit(ownerId: string): Promise<JobKey>;
  begin(key: JobKey): Promise<void>;
  report(key: JobKey, progress: number): Promise<void>;
  fail(key: JobKey): Promise<void>;
  giveUp(key: JobKey): Promise<void>;
  /** Without pictures. */
  succeed(key: JobKey): Promise<void>;
  /** All of it, with `reports` steps in between. */
  run(ownerId: string, reports?: number): Promise<JobKey>;
}

export function createJobDriver({ databases }: App): JobDriver {
  const states = createJobStates({ databases, cache: noCache, clock: null });
  const from = (...statuses: JobStatus[]) => statuses;

  const driver: JobDriver = {
    async submit(ownerId) {
      const db = databases.service({ kind: 'system' });
      return db.transaction(async (tx) => {
        await tx.query('select from profiles where id = $1::uuid for no key update', [ownerId]);
        const { id, status } = await jobs.createJob(tx, {
          ownerId,
          mode: 'imagine',
          roomType: 'bedroom',
          style: 'japandi',
          prompt: 'A calm room',
          aspectRatio: '1:1',
          quality: 'auto',
          variants: 2,
          input1Path: null,
          input2Path: null,
          idempotencyKey: null,
          requestHash: '',
          at: new Date(),
        });
        await events.recordJobEvent(tx, { ownerId, jobId: id, status: status as 'starting', progress: 0, createdAt: new Date() });
        return { id, ownerId };
      });
    },
    async begin(key) {
      await states.begin(key, `prediction of ${key.id}`);
    },
    async report(key, progress) {
      await states.report(key, progress);
    },
    async fail(key) {
      await states.fail(key, { code: 'provider_failed', message: 'It failed.' });
    },
    async giveUp(key) {
      await states.giveUp(key, () => true);
    },
    async succeed(key) {
      await states.underLock(key, (tx, job, at) =>
        moveJob(tx, job, { from: from('processing', 'failed'), status: 'succeeded', progress: 1, failure: null, at }),
      );
    },
    async run(ownerId, reports = 0) {
      const key = await driver.submit(ownerId);
      await driver.begin(key);
      for (let step = 1; step <= reports; step += 1) await driver.report(key, step / (reports + 2));
      await driver.succeed(key);
      return key;
    },
  };
  return driver;
}
