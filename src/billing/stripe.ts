import type Stripe from 'stripe';
import { z } from 'zod';
import type { StripeSettings } from '../config/environment/providers.js';
import type { ObservedSubscription } from '../domain/billing.js';
import { type BillingProvider, type CustomerDetails, PaymentDeclined } from './provider.js';
import { createStripeApi, misunderstood } from './stripe/api.js';
import { cents, currency, id } from './stripe/fields.js';
import { scheduledChange } from './stripe/phases.js';
import { isDeclined, isMissing } from './stripe/refusal.js';
import { readSubscription, type ReadSubscription } from './stripe/subscription.js';

export interface StripeProviderOptions {
  readonly settings: StripeSettings;
  /** Told, in words without secrets and without anybody's own, what an operator must see to. */
  readonly onFault: (message: string) => void;
  /** How long one try of a call may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** For answers that do not say when they were given. */
  readonly now?: () => Date;
}

/** A subscription as a change of it finds it. */
interface Found extends ReadSubscription {
  readonly schedule: unknown;
}

const made = z.object({ id });
const page = z.object({ url: z.url({ protocol: /^https?$/ }) });
const preview = z.object({ amount_due: cents, currency });

/** As much of a name as invoices show; Stripe refuses one that is much longer. */
const maxNameCharacters = 200;

/** Those of them that nothing can be done to. */
const overStatuses: ReadonlySet<string> = new Set(['canceled', 'incomplete_expired']);

/**
 * Takes money by Stripe, with its official client and the version of the API that this client is made for.
 *
 * Stripe keeps the first answer to a key for a day, a refusal or a fault of its own too, and gives it again. A change of
 * several steps has a key for each, made of the intent's; and its first step asks, with a key as well, how the
 * subscription stands. So a change that is repeated is made of the same steps as it was at first, whatever became of the
 * subscription since: those that were done are answered as they were and do nothing, and those that were not are done.
 * Every change ends by asking how things stand now.
 */
export function createStripeProvider({
  settings: { secretKey, apiBase },
  onFault,
  timeoutMs = 8_000,
  now = () => new Date(),
}: StripeProviderOptions): BillingProvider {
  const { call, answeredAt } = createStripeApi({ secretKey, apiBase, timeoutMs, onFault, now });

  /** What is read of an answer. */
  function understood<T>(what: string, read: () => T): T {
    try {
      return read();
    } catch {
      throw misunderstood(what);
    }
  }

  function observed(what: string, subscription: unknown, asOf: number): ObservedSubscription {
    const { state, isWhole } = understood(what, () => readSubscription(subscription));
    if (!isWhole) throw misunderstood(what);
    return { state, asOf };
  }

  async function getSubscription(subscriptionId: string): Promise<ObservedSubscription | null> {
    const what = 'describe a subscription';
    const answer = await call(what, (client) => client.subscriptions.retrieve(subscriptionId, { expand: ['schedule'] }), {
      unless: { when: isMissing, then: () => null },
    });
    return answer && observed(what, answer, answeredAt(answer));
  }

  /** How the subscription stands now that it was changed. */
  async function settled(subscriptionId: string): Promise<ObservedSubscription> {
    const subscription = await getSubscription(subscriptionId);
    if (!subscription) throw misunderstood('describe a subscription that it changed');
    return subscription;
  }

  /**
   * How a subscription stood when a change of it began. A change of nothing, and no question: this is what Stripe answers
   * the same to a repeated key.
   */
  async function begin(subscriptionId: string, key: string): Promise<Found> {
    const what = 'describe a subscription before a change';
    const answer = await call(what, (client) =>
      client.subscriptions.update(subscriptionId, { expand: ['schedule'] }, { idempotencyKey: `${key}:begin` }),
    );
    return { ...understood(what, () => readSubscription(answer)), schedule: answer.schedule };
  }

  /** Ends a schedule, and leaves its subscription as it is. */
  async function release({ scheduleId }: Found, key: string): Promise<void> {
    if (scheduleId === null) return;
    await call('take back a scheduled change', (client) =>
      client.subscriptionSchedules.release(scheduleId, {}, { idempotencyKey: `${key}:release` }),
    );
  }

  /** What takes back an end that is written as a flag, or as a date. */
  function goingOn({ state, hasEndFlag }: Found): Stripe.SubscriptionUpdateParams {
    if (!state.cancelAtPeriodEnd) return {};
    return hasEndFlag ? { cancel_at_period_end: false } : { cancel_at: '' };
  }

  async function takeBackEnd(found: Found, key: string): Promise<void> {
    const { state } = found;
    if (!state.cancelAtPeriodEnd) return;
    await call('take back a cancellation', (client) =>
      client.subscriptions.update(state.subscriptionId, goingOn(found), { idempotencyKey: `${key}:resume` }),
    );
  }

  function itemOf({ itemId }: ReadSubscription): string {
    if (itemId === null) throw misunderstood('name the item of a subscription');
    return itemId;
  }

  return {
    name: 'stripe',

    async createCustomer({ profileId, email, name }: CustomerDetails, key) {
      const what = 'create a customer';
      const create = (details: Stripe.CustomerCreateParams, idempotencyKey: string) =>
        call(
          what,
          (client) =>
            client.customers.create({ ...details, metadata: { profile_id: profileId } }, { idempotencyKey }),
          // People give another address on the page where they pay.
          { unless: { when: ({ param }) => param === 'email' && details.email !== undefined, then: () => null } },
        );
      const known = name === null ? {} : { name: [...name].slice(0, maxNameCharacters).join('') };
      const answer =
        (await create(email === null ? known : { ...known, email }, key)) ?? (await create(known, `${key}:without-email`));
      return understood(what, () => made.parse(answer)).id;
    },

    async openCheckout({ customerId, profileId, priceId, successUrl, cancelUrl }, key) {
      const what = 'open a checkout';
      const answer = await call(
        what,
        (client) =>
          client.checkout.sessions.create(
            {
              mode: 'subscription',
              customer: customerId,
              client_reference_id: profileId,
              line_items: [{ price: priceId, quantity: 1 }],
              metadata: { profile_id: profileId },
              subscription_data: { metadata: { profile_id: profileId } },
              success_url: successUrl,
              cancel_url: cancelUrl,
            },
            { idempotencyKey: key },
          ),
        { priceId },
      );
      return understood(what, () => page.parse(answer)).url;
    },

    async openPortal({ customerId, returnUrl }) {
      const what = 'open the customer portal';
      const answer = await call(
        what,
        (client) => client.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl }),
        { hint: "Where the portal was never set up, save its settings in Stripe's dashboard." },
      );
      return understood(what, () => page.parse(answer)).url;
    },

    async previewChange({ subscriptionId, priceId }) {
      const found = await call('describe a subscription', (client) => client.subscriptions.retrieve(subscriptionId));
      const item = itemOf(understood('describe a subscription', () => readSubscription(found)));
      const what = 'preview a change';
      const answer = await call(
        what,
        (client) =>
          client.invoices.createPreview({
            subscription: subscriptionId,
            // As of this moment by Stripe's clock, since no date is given.
            subscription_details: { items: [{ id: item, price: priceId }], proration_behavior: 'always_invoice' },
          }),
        { priceId },
      );
      const { amount_due: due, currency: code } = understood(what, () => preview.parse(answer));
      return { amountDueCents: Math.max(0, due), currency: code };
    },

    async changeNow({ subscriptionId, priceId }, key) {
      const found = await begin(subscriptionId, key);
      const item = itemOf(found);
      // The payment comes first: where it is declined nothing was done, and a schedule is still there. Stripe changes the
      // price of a subscription that has one, but nothing about its end.
      await call(
        'change a subscription',
        (client) =>
          client.subscriptions.update(
            subscriptionId,
            {
              items: [{ id: item, price: priceId }],
              proration_behavior: 'always_invoice',
              payment_behavior: 'error_if_incomplete',
              ...(found.scheduleId === null ? goingOn(found) : {}),
            },
            { idempotencyKey: `${key}:price` },
          ),
        {
          priceId,
          unless: {
            when: isDeclined,
            then: () => {
              throw new PaymentDeclined('Stripe could not take the payment for a change of a subscription.');
            },
          },
        },
      );
      await release(found, key);
      if (found.scheduleId !== null) await takeBackEnd(found, key);
      return settled(subscriptionId);
    },

    async changeAtPeriodEnd({ subscriptionId, priceId }, key) {
      const found = await begin(subscriptionId, key);
      // With a schedule the end is the schedule's, and goes with its phases.
      if (found.scheduleId === null) await takeBackEnd(found, key);
      const schedule =
        found.scheduleId === null
          ? await call('schedule a change', (client) =>
              client.subscriptionSchedules.create(
                { from_subscription: subscriptionId },
                { idempotencyKey: `${key}:schedule` },
              ),
            )
          : found.schedule;
      const { priceId: presentId, currentPeriodEnd: periodEnd } = found.state;
      const what = 'describe a schedule';
      const { scheduleId, params } = understood(what, () => scheduledChange(schedule, { presentId, priceId, periodEnd }));
      await call(
        'schedule a change',
        (client) => client.subscriptionSchedules.update(scheduleId, params, { idempotencyKey: `${key}:phases` }),
        { priceId },
      );
      return settled(subscriptionId);
    },

    async cancelAtPeriodEnd({ subscriptionId }, key) {
      const found = await begin(subscriptionId, key);
      await release(found, key);
      await call('cancel a subscription', (client) =>
        client.subscriptions.update(
          subscriptionId,
          { cancel_at_period_end: true },
          { idempotencyKey: `${key}:cancel` },
        ),
      );
      return settled(subscriptionId);
    },

    async keep({ subscriptionId }, key) {
      const found = await begin(subscriptionId, key);
      await release(found, key);
      await takeBackEnd(found, key);
      return settled(subscriptionId);
    },

    getSubscription,

    async listSubscriptions(customerId) {
      const what = 'list subscriptions';
      const answer = await call(
        what,
        (client) =>
          client.subscriptions.list({ customer: customerId, status: 'all', limit: 100, expand: ['data.schedule'] }),
        { unless: { when: isMissing, then: () => null } },
      );
      if (!answer) return [];
      const asOf = answeredAt(answer);
      return listed(what, answer).map((subscription) => observed(what, subscription, asOf));
    },

    async deleteCustomer(customerId) {
      const what = "list a customer's subscriptions";
      const gone = { unless: { when: isMissing, then: () => null } };
      const answer = await call(what, (client) => client.subscriptions.list({ customer: customerId, limit: 100 }), gone);
      for (const subscription of answer ? listed(what, answer) : []) {
        const { state } = understood(what, () => readSubscription(subscription));
        if (overStatuses.has(state.status)) continue;
        await call(
          'end a subscription',
          (client) => client.subscriptions.cancel(state.subscriptionId, { invoice_now: false, prorate: false }),
          gone,
        );
      }
      await call('delete a customer', (client) => client.customers.del(customerId), gone);
    },
  };

  function listed(what: string, answer: unknown): readonly unknown[] {
    return understood(what, () => z.object({ data: z.array(z.unknown()) }).parse(answer)).data;
  }
}
