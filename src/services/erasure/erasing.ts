import type { BillingProvider } from '../../billing/provider.js';
import type { Databases } from '../../database/database.js';
import { DatabaseUnavailable } from '../../database/errors.js';
import { reasonOf } from '../../domain/reasons.js';
import type { GenerationProvider } from '../../generation/provider.js';
import * as erasure from '../../repositories/erasure.js';
import type { Storage } from '../../storage/storage.js';
import type { Cache } from '../cache/cache.js';
import type { RemovalService } from '../storage/removal.js';
import type { Alone } from '../uploads/completion.js';
import { createErasureSteps, type ErasureNotice, type ErasureProgress } from './steps.js';

/** What a pass came to, in accounts. */
export interface ErasureReport {
  /** Nothing is left of them but what is to stay. */
  readonly completed: number;
  /** What could be done is done; something has to pass first, such as the time of a form that was given out. */
  readonly waiting: number;
  /** They are tried again by the next pass. */
  readonly failed: number;
  /** The first of those, with a word on why that is safe to log. */
  readonly firstFailure: { readonly account: string; readonly reason: string } | null;
}

const accountsAtATime = 50;

export type Erasing = ReturnType<typeof createErasing>;

/**
 * Erases what deleted accounts have left, behind the answer. What has been done shows in the rows alone: a process that
 * ends on the way leaves an account whose erasure is not complete, and the next pass, in any process, does the rest. Each
 * step may be done again.
 */
export function createErasing({
  databases,
  cache,
  storage,
  provider,
  billing,
  removeDue,
  alone,
  onProgress,
  onNotice,
  now,
  clock,
}: {
  databases: Databases;
  cache: Cache;
  storage: Pick<Storage, 'delete' | 'list'>;
  provider: Pick<GenerationProvider, 'cancel'>;
  /** Null: billing is switched off. */
  billing: Pick<BillingProvider, 'deleteCustomer'> | null;
  removeDue: RemovalService['removeDue'];
  alone: Alone;
  onProgress: (progress: ErasureProgress) => void;
  onNotice: (notice: ErasureNotice) => void;
  now: () => Date;
  /** In place of the database's time; for tests. */
  clock: (() => Date) | null;
}) {
  const system = () => databases.service({ kind: 'system' });
  const steps = createErasureSteps({ databases, cache, storage, provider, removeDue, onProgress, onNotice, now, clock });
  /** Accounts of which was told already that they wait for somebody to switch billing on. */
  const told = new Set<string>();

  /** Ends what is paid for and has the payment provider forget the person; false where that is still to be done. */
  async function endBilling({ ownerId, customerId }: erasure.ErasingAccount): Promise<boolean> {
    if (customerId === null) return true;
    if (billing === null) {
      const message = 'A deleted account has a customer at Stripe, and billing is switched off: set its keys, or delete the customer there.';
      if (!told.has(ownerId)) onNotice({ ownerId, message });
      told.add(ownerId);
      return false;
    }
    try {
      await billing.deleteCustomer(customerId);
    } catch (error) {
      onNotice({ ownerId, message: 'The customer of a deleted account could not be deleted; it is tried again.', reason: reasonOf(error) });
      return false;
    }
    await steps.forgetCustomer(ownerId, customerId);
    return true;
  }

  /** True where nothing is left. */
  async function erase(account: erasure.ErasingAccount, signal: AbortSignal): Promise<boolean> {
    const { ownerId } = account;
    await steps.cancelJobs(ownerId, signal);
    // Where the payment provider is away the rest goes on.
    const isPaid = !(await endBilling(account));
    await steps.eraseRenders(ownerId, signal);
    await steps.eraseCollections(ownerId, signal);
    await steps.eraseJobs(ownerId, signal);
    await steps.eraseEvents(ownerId, signal);
    const areClosed = await steps.closeForms(ownerId, signal);
    const areRemoved = await steps.removePictures(ownerId, signal);
    if (isPaid || !areClosed || !areRemoved) return false;
    return system().transaction((tx) => erasure.completeErasure(tx, ownerId));
  }

  return {
    /**
     * One pass over every account whose erasure is not complete, except those that another process is at. What fails for
     * one is no reason to leave the others. `signal` ends it after its present batch.
     *
     * @throws DatabaseUnavailable
     */
    async eraseDue(signal: AbortSignal = new AbortController().signal): Promise<ErasureReport> {
      const report = { completed: 0, waiting: 0, failed: 0, firstFailure: null as ErasureReport['firstFailure'] };
      let after: erasure.ErasingAccount | null = null;
      for (;;) {
        const accounts: erasure.ErasingAccount[] = await erasure.listErasing(system(), { after, limit: accountsAtATime });
        for (const account of accounts) {
          if (signal.aborted) return report;
          try {
            const isComplete = await alone(`erasure ${account.ownerId}`, (lost) => erase(account, AbortSignal.any([signal, lost])));
            if (isComplete === true) report.completed += 1;
            if (isComplete === false) report.waiting += 1;
          } catch (error) {
            if (signal.aborted) return report;
            if (error instanceof DatabaseUnavailable) throw error;
            report.failed += 1;
            report.firstFailure ??= { account: account.ownerId, reason: reasonOf(error) };
          }
        }
        if (accounts.length < accountsAtATime) return report;
        after = accounts.at(-1) ?? null;
      }
    },
  };
}
