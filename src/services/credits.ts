import type { RuntimeConfiguration } from '../config/runtime.js';
import { checkInput } from '../domain/input.js';
import { monthOf } from '../domain/months.js';
import { nothing } from '../domain/selection.js';
import { NotFound } from '../domain/user-errors.js';
import type { Viewer } from '../domain/viewer.js';
import * as ledger from '../repositories/ledger.js';
import * as profiles from '../repositories/profiles.js';
import type { UsageEntryRow } from '../repositories/rows.js';
import * as usage from '../repositories/usage.js';
import { IdempotencyConflict } from './generation/errors.js';
import { toUsageMonth, type UsageMonth } from './usage.js';
import { deletedAccount, type Writes } from './writes.js';

/** Generations that one entry may grant: more is a slip of the finger. */
export const maxCredit = 10_000;

/** Characters of a reason. */
export const maxCreditReason = 500;

export interface AdjustCreditsInput {
  readonly profileId: string;
  readonly amount: number;
  readonly reason: string;
  readonly idempotencyKey: string;
}

export interface AdjustedCredits {
  readonly entry: UsageEntryRow;
  /** The account's month after it. */
  readonly usage: UsageMonth;
}

export type CreditService = ReturnType<typeof createCreditService>;

/** Generations that administrators grant. */
export function createCreditService({ writes, runtime }: { writes: Writes; runtime: RuntimeConfiguration }) {
  return {
    /**
     * Grants an account generations in the present month, on top of its plan's. The same key with the same amount and
     * reason again grants nothing, and answers with what the first one wrote.
     *
     * @throws Forbidden for anyone but an administrator.
     * @throws InvalidInput for an amount or a reason out of bounds, and for an account that was deleted.
     * @throws NotFound
     * @throws IdempotencyConflict for a key that was used for another grant to the account.
     * @throws AccessSuspended for an administrator whose account is suspended.
     */
    adjustCredits(viewer: Viewer, input: AdjustCreditsInput): Promise<AdjustedCredits> {
      const { profileId: ownerId, idempotencyKey } = input;
      return writes.administer(viewer, ownerId, async (tx) => {
        const check = checkInput();
        const amount = check.integer(['amount'], input.amount, 1, maxCredit);
        const reason = check.paragraph(['reason'], input.reason, maxCreditReason);
        check.done();
        const account = await profiles.lockStanding(tx, ownerId);
        if (!account) throw new NotFound('account', 'shared');
        if (account.erasedAt) throw deletedAccount(account.erasedAt);
        const at = writes.instantOf(account);
        const present = monthOf(at);
        const written = await ledger.creditAdjustment(tx, { ownerId, amount, period: present.period, reason, idempotencyKey, at });
        const entry = written ?? (await ledger.getEntryByKey(tx, ownerId, idempotencyKey));
        if (!entry) throw new Error('An entry of the ledger went away.');
        if (entry.amount !== amount || entry.reason !== reason) throw new IdempotencyConflict();
        const row = await usage.getMonthlyUsage(tx, ownerId, present.period, nothing);
        if (!row) throw new Error('An account that is locked went away.');
        const { parts: _none, ...figures } = row;
        return { entry, usage: toUsageMonth(runtime, figures, present) };
      });
    },
  };
}
