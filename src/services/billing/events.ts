import { setTimeout as pause } from 'node:timers/promises';
import type { BillingProvider } from '../../billing/provider.js';
import type { Databases, Sql } from '../../database/database.js';
import { ownerTopic } from '../../domain/cache-topics.js';
import { type BillingEvent, type BillingSubject, isLive, priceInForce, type SubscriptionState } from '../../domain/billing.js';
import { reasonOf } from '../../domain/reasons.js';
import * as billing from '../../repositories/billing.js';
import * as events from '../../repositories/webhook-events.js';
import type { Cache } from '../cache/cache.js';
import { createTurns } from '../turns.js';
import { type BillingNotice, observe, type Subscriptions } from './subscriptions.js';
import { isBefore, weigh, type WeighedEvent } from './weighing.js';

/** Written with the events, under this name. */
export const stripe = 'stripe';

/** What of an event is about one account. */
type OwnedSubject = Exclude<BillingSubject, { kind: 'other' }>;

/** What Stripe must be asked before an event can be processed, and of which state of the account. */
interface Question {
  readonly revision: string;
  readonly customerId: string | null;
  readonly keptId: string | null;
  readonly told: WeighedEvent;
}

/** What an event tells of a subscription. */
function toldOf(
  { eventId, createdAt }: BillingEvent,
  subject: Extract<BillingSubject, { kind: 'subscription' | 'subscription-changed' }>,
): WeighedEvent {
  const about = { eventId, createdAt };
  if (subject.kind === 'subscription-changed') return { ...about, subscriptionId: subject.subscriptionId, state: null, isWhole: false };
  const { state, isWhole } = subject;
  return { ...about, subscriptionId: state.subscriptionId, state, isWhole };
}

/** Events are processed in so many lines, so that a burst of them leaves connections to everybody else. */
const lines = 4;
const turns = { patienceMs: 20_000, longestLine: 2_500 };

/** After so many changes of an account while Stripe was asked about it, the event waits for another try. */
const maxQuestions = 5;

/** The first try of our own comes after this time, and each later one after twice the time before it. */
const firstRetryMs = 30_000;
const longestRetryMs = 6 * 3_600_000;

/** An event of which nobody noted anything for so long has nobody at it any more. */
const abandonedAfterMs = 5 * 60_000;
const retriesAPass = 100;

export type BillingEvents = ReturnType<typeof createBillingEvents>;

/**
 * Takes Stripe's events, in whatever order and however often they come.
 *
 * Each is recorded once, and processed in one transaction under the account's lock, which marks it as well. What fails
 * stays unprocessed: Stripe sends it again, and we try it again ourselves.
 */
export function createBillingEvents({
  databases,
  cache,
  subscriptions,
  provider,
  onNotice,
  now,
}: {
  databases: Databases;
  cache: Cache;
  subscriptions: Subscriptions;
  provider: Pick<BillingProvider, 'getSubscription' | 'listSubscriptions'>;
  onNotice: (notice: BillingNotice) => void;
  now: () => Date;
}) {
  const system = () => databases.service({ kind: 'system' });
  const inTurn = createTurns(turns);
  const keyOf = (event: BillingEvent): events.EventKey => ({ provider: stripe, eventId: event.eventId });

  /** What an event says of whom it is about. */
  function namesOf(subject: OwnedSubject): { profileId: string | null; customerId: string | null } {
    const { profileId, customerId } = subject.kind === 'subscription' ? subject.state : subject;
    return { profileId, customerId };
  }

  /**
   * Does what an event tells, in the transaction that marks it. Returns what to ask Stripe first, where something must be
   * asked; then nothing was written.
   */
  async function settle(
    tx: Sql,
    event: BillingEvent,
    subject: OwnedSubject,
    kept: billing.BillingRow,
  ): Promise<Question | null> {
    const { ownerId } = kept;
    switch (subject.kind) {
      case 'subscription':
      case 'subscription-changed': {
        const told = toldOf(event, subject);
        const verdict = weigh(kept, told);
        if (verdict === 'ask') {
          return {
            revision: kept.revision,
            customerId: namesOf(subject).customerId ?? kept.customerId,
            keptId: kept.subscriptionId,
            told,
          };
        }
        if (verdict === 'apply' && told.state) await subscriptions.apply(tx, kept, told.state, event);
        if (verdict === 'late' && told.state) await recordHistory(tx, ownerId, told.state, event);
        return null;
      }
      case 'payment': {
        const { outcome, nextAttemptAt, subscriptionId } = subject;
        // Of a subscription that is not kept, too: it may be the next one, whose beginning is told later.
        if (subscriptionId !== null) await billing.notePayment(tx, ownerId, { outcome, at: event.createdAt, nextAttemptAt });
        return null;
      }
      case 'incident':
        remarkIncident(subject, ownerId);
        return null;
      case 'customer-deleted':
        if (subject.customerId !== null) await billing.clearCustomer(tx, ownerId, subject.customerId);
        return null;
    }
  }

  /** For operators: whether money that went back ends a subscription is theirs to say, at Stripe. */
  function remarkIncident(
    { incident, objectId, status, amountCents, currency }: Extract<BillingSubject, { kind: 'incident' }>,
    ownerId: string | null,
  ): void {
    onNotice({
      ownerId,
      message: incident === 'refund' ? 'A payment was refunded.' : 'A payment is disputed.',
      details: { object: objectId, status, amountCents, currency },
    });
  }

  /**
   * Records what an event tells, where the kept state is newer. Each event is recorded, whether it changes the plan or not:
   * one that tells nothing new is what ends an earlier change that is told later.
   */
  function recordHistory(tx: Sql, ownerId: string, state: SubscriptionState, { createdAt, eventId }: BillingEvent): Promise<void> {
    return billing.recordPlanChange(tx, ownerId, state, { at: createdAt, eventId });
  }

  /** One try under the account's lock: null where the event is done with. */
  async function attempt(event: BillingEvent, subject: OwnedSubject, ownerId: string): Promise<Question | null> {
    return system().transaction(async (tx) => {
      const kept = await billing.lockBilling(tx, ownerId);
      if (!kept) throw new Error('An account that an event is about went away.');
      const question = await settle(tx, event, subject, kept);
      if (question) return question;
      await link(tx, kept, subject);
      await events.markProcessed(tx, keyOf(event));
      return null;
    });
  }

  /** Takes Stripe's answer under the account's lock; false where the account changed since it was asked. */
  async function answer(
    event: BillingEvent,
    subject: OwnedSubject,
    ownerId: string,
    { revision, keptId, told }: Question,
    observed: Awaited<ReturnType<typeof observe>>,
  ): Promise<boolean> {
    return system().transaction(async (tx) => {
      const kept = await billing.lockBilling(tx, ownerId);
      if (kept?.revision !== revision) return false;
      const { state, subscriptionId } = told;
      // Only what became of it is history: two events of one second cannot be told apart but by what came of them.
      const isTie = kept.subscriptionEventId !== null && kept.subscriptionEventAt?.getTime() === event.createdAt * 1_000;
      const isHistory = subscriptionId === keptId || observed?.state.subscriptionId === subscriptionId || isBefore(kept, told);
      if (state && isHistory && (!isTie || (observed && priceInForce(observed.state) === priceInForce(state)))) {
        await recordHistory(tx, ownerId, state, event);
      }
      if (observed) await subscriptions.applyObserved(tx, kept, observed);
      // Stripe does not know it any more: there is nothing newer than what it told.
      else if (state && subscriptionId === keptId) await subscriptions.apply(tx, kept, state, event);
      await link(tx, kept, subject);
      await events.markProcessed(tx, keyOf(event));
      return true;
    });
  }

  /** An account that its customer's own metadata names, and that has none yet, has this one from now on. */
  async function link(tx: Sql, { ownerId, customerId: known }: billing.BillingRow, subject: OwnedSubject): Promise<void> {
    const { profileId, customerId } = namesOf(subject);
    if (profileId !== ownerId || customerId === null || known !== null || subject.kind === 'customer-deleted') return;
    if (subject.kind === 'subscription' && !isLive(subject.state.status)) return;
    if ((await billing.setCustomer(tx, ownerId, customerId)) === null) {
      onNotice({
        ownerId,
        message: 'A customer belongs to another account than its subscription says.',
        details: { customer: customerId },
      });
    }
  }

  async function process(event: BillingEvent): Promise<void> {
    const { subject } = event;
    if (subject.kind === 'other') {
      await events.markProcessed(system(), keyOf(event));
      return;
    }
    const names = namesOf(subject);
    const ownerId = await billing.findPayer(system(), names);
    if (ownerId === null) {
      await events.markProcessed(system(), keyOf(event));
      // A dispute names no customer.
      if (subject.kind === 'incident') return remarkIncident(subject, ownerId);
      onNotice({
        ownerId,
        message: `An event (${event.type}) is about nobody who is known here.`,
        details: { event: event.eventId, customer: names.customerId },
      });
      return;
    }
    try {
      for (let asked = 0; asked < maxQuestions; asked += 1) {
        const question = await attempt(event, subject, ownerId);
        if (!question) return;
        const observed = await observe(provider, { ...question, askedId: question.told.subscriptionId });
        if (await answer(event, subject, ownerId, question, observed)) return;
        await pause(10 * 2 ** asked);
      }
      throw new Error('The account changed each time Stripe was asked about it.');
    } finally {
      cache.drop([ownerTopic(ownerId)]);
    }
  }

  async function processOrNote(event: BillingEvent, attempts: number): Promise<void> {
    try {
      await process(event);
    } catch (error) {
      const retryAt = new Date(now().getTime() + Math.min(firstRetryMs * 2 ** Math.min(attempts, 20), longestRetryMs));
      await events.noteFailure(system(), keyOf(event), reasonOf(error), { retryAt }).catch(() => undefined);
      throw error;
    }
  }

  /** All events of one customer in one line: their order is kept, and no two wait for the same row. */
  function lineOf({ subject, eventId }: BillingEvent): string {
    const key = subject.kind === 'other' ? eventId : (namesOf(subject).customerId ?? eventId);
    let sum = 0;
    for (const character of key) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    return String(sum % lines);
  }

  return {
    /**
     * Sees to an event, which is known to be Stripe's. One that was seen to before changes nothing.
     *
     * @throws whatever went wrong, with the event written down as not processed, so that it is delivered again.
     */
    async receive(event: BillingEvent): Promise<void> {
      await inTurn(lineOf(event), async () => {
        const { isProcessed } = await events.recordEvent(system(), keyOf(event), { type: event.type, payload: event });
        if (!isProcessed) await processOrNote(event, 0);
      });
    },

    /** Tries what is due again. Returns how many were done, and how many failed once more. */
    async retryDue(signal?: AbortSignal): Promise<{ readonly done: number; readonly failed: number }> {
      const at = now();
      const due = await events.listDueEvents(system(), stripe, {
        now: at,
        receivedBefore: new Date(at.getTime() - abandonedAfterMs),
        limit: retriesAPass,
      });
      let done = 0;
      for (const { payload, attempts } of due) {
        if (signal?.aborted) break;
        // Written by `receive`.
        const event = payload as BillingEvent;
        await events.countAttempt(system(), keyOf(event));
        const isDone = await inTurn(lineOf(event), () => processOrNote(event, attempts)).then(
          () => true,
          () => false,
        );
        if (isDone) done += 1;
      }
      return { done, failed: due.length - done };
    },
  };
}
