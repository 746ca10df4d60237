import { upgradesFrom } from '../../config/plans.js';
import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Sql } from '../../database/database.js';
import { monthOf } from '../../domain/months.js';
import { nothing, type Selection } from '../../domain/selection.js';
import { NotFound } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import type { GenerationJob } from '../../generated/prisma/client.js';
import * as assets from '../../repositories/assets.js';
import { enqueueGeneration } from '../../repositories/generation-queue.js';
import * as events from '../../repositories/job-events.js';
import * as jobs from '../../repositories/job-writes.js';
import * as ledger from '../../repositories/ledger.js';
import * as uploads from '../../repositories/uploads.js';
import * as usage from '../../repositories/usage.js';
import { UploadMissing } from '../uploads/errors.js';
import { checkGenerationAllowance, toUsageMonth, type UsageMonth } from '../usage.js';
import type { Writes } from '../writes.js';
import { IdempotencyConflict, QuotaExceeded, TooManyInFlight } from './errors.js';
import { hashRequest, settleRequest, type SubmitGenerationInput } from './request.js';

export interface Submission {
  readonly job: GenerationJob;
  /** The month after it. */
  readonly usage: UsageMonth;
  /** Whether the key had been seen: then nothing was done, and the job is what it has become. */
  readonly replayed: boolean;
}

const withInFlight: Selection = new Map([['inFlight', { name: 'inFlight', args: undefined, selection: nothing }]]);

/**
 * Accepts generations. One transaction, which begins by locking the account's row: the key is looked up, what is in
 * flight counted, the month charged where it stays within the limit, and job, event and task are written. Either all of
 * it holds or nothing does.
 */
export function createSubmission({ writes, runtime }: { writes: Writes; runtime: RuntimeConfiguration }) {
  async function usageAt(tx: Sql, viewer: Viewer, at: Date): Promise<{ row: usage.UsageMonthRow; inFlight: number; month: UsageMonth }> {
    const present = monthOf(at);
    const row = await usage.getMonthlyUsage(tx, viewer.id, present.period, withInFlight);
    if (!row) throw new Error('An account that is locked went away.');
    const { parts, ...figures } = row;
    return { row: figures, inFlight: Number(parts?.['inFlight'] ?? 0), month: toUsageMonth(runtime, figures, present) };
  }

  /** Where the photos lie, in the order of `ids`. They are in use from now on. */
  async function takeInputs(tx: Sql, viewer: Viewer, ids: readonly string[], at: Date): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const found = new Map((await uploads.listUploads(tx, viewer.id, ids)).map((row) => [row.id, row]));
    const paths = ids.map((id) => {
      const upload = found.get(id);
      if (!upload) throw new NotFound('upload');
      if (upload.state === 'pending') throw new UploadMissing('not completed');
      return upload.path;
    });
    // Bytes that nobody needed any more may be gone; see repositories/assets.ts.
    const kept = await assets.claimAssets(tx, paths, at);
    if (paths.some((path) => !kept.has(path))) throw new UploadMissing('gone');
    await uploads.useUploads(tx, viewer.id, ids);
    return paths;
  }

  return {
    /**
     * Submits a generation. The same `idempotencyKey` with the same input again does nothing, and answers with what the
     * first one came to.
     *
     * @throws InvalidInput, PromptRejected, NotFound and UploadMissing for what is wrong with the request.
     * @throws IdempotencyConflict for a key that was used with another input.
     * @throws AccessSuspended, TooManyInFlight and QuotaExceeded, in this order.
     */
    submitGeneration(viewer: Viewer, input: SubmitGenerationInput): Promise<Submission> {
      return writes.serve(viewer, async (tx, at) => {
        const requestHash = hashRequest(input);
        const idempotencyKey = input.idempotencyKey ?? null;
        const known = idempotencyKey === null ? null : await jobs.findJobByKey(tx, viewer.id, idempotencyKey);
        if (known) {
          if (known.requestHash !== requestHash) throw new IdempotencyConflict();
          return { job: known.job, usage: (await usageAt(tx, viewer, at)).month, replayed: true };
        }

        // Only now: what was accepted once is answered, whatever has ceased to be offered since.
        const { inputs, ...request } = settleRequest(runtime, input);
        const { row, inFlight, month } = await usageAt(tx, viewer, at);
        const refusal = checkGenerationAllowance(month, inFlight);
        if (refusal === 'TOO_MANY_IN_FLIGHT') throw new TooManyInFlight(await jobs.findInflightJobForUser(tx, viewer.id));
        const exceeded = () => new QuotaExceeded(month, upgradesFrom(runtime, month.plan));
        if (refusal === 'QUOTA_EXCEEDED') throw exceeded();

        const [input1Path = null, input2Path = null] = await takeInputs(tx, viewer, inputs, at);
        const job = await jobs.createJob(tx, {
          ...request,
          ownerId: viewer.id,
          input1Path,
          input2Path,
          idempotencyKey,
          requestHash,
          at,
        });
        const debit = { ownerId: viewer.id, jobId: job.id, period: month.month.period, chargeNo: 1, at } as const;
        if (!(await ledger.debitGeneration(tx, debit, month.monthlyLimit))) throw exceeded();
        await events.recordJobEvent(tx, { ownerId: viewer.id, jobId: job.id, status: 'starting', progress: 0, createdAt: at });
        await enqueueGeneration(tx, { jobId: job.id, ownerId: viewer.id });
        return { job, usage: toUsageMonth(runtime, { ...row, debits: row.debits + 1 }, month.month), replayed: false };
      });
    },
  };
}
