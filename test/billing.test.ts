import { BillingProviderUnavailable, PaymentDeclined } from '../src/billing/provider.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { away, scriptBilling, subscription, type ScriptedBilling } from './support/billing/scripted-provider.js';
import { seedSubscription, type SeededSubscription } from './support/billing/seed-subscription.js';
import { mutate } from './support/mutate.js';
import { read, refusal } from './support/read.js';
import { createSeed, type Seed } from './support/seed.js';
import { createUsageSeed, type UsageSeed } from './support/seed-usage.js';

/** What people are shown of what they pay for, and what they change of it; the provider does as it is told. */
let app: TestApp;
let seed: Seed;
let usage: UsageSeed;
let billing: ScriptedBilling;
let person: Person;
const now = new Date('2026-03-10T12:00:00Z');
const seconds = (iso: string): number => Date.parse(iso) / 1_000;

beforeAll(async () => {
  billing = scriptBilling(seconds(now.toISOString()));
  app = await createTestApp({
    now: () => now,
    wrapBilling: () => billing.provider,
    environment: { RETURN_ORIGINS: 'https://app.example.com' },
  });
  seed = await createSeed(app);
  usage = createUsageSeed(seed);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  billing.calls.length = 0;
  billing.failWith = null;
  billing.before = () => undefined;
  billing.subscriptions.clear();
  person = await app.signUp();
  await usage.bornAt(person.id, '2026-01-01T00:00:00Z');
});

const fields = `plan { id label isCurrent } hasAccess subscriptionStatus currentPeriod { start end daysRemaining }
  cancelAtPeriodEnd scheduledChange { plan { id } effectiveAt } paymentFailedAt nextPaymentAttemptAt`;

const shown = async (as = person) => (await read<{ viewer: { billing: object } }>(app, `{ viewer { billing { ${fields} } } }`, { as })).viewer.billing;

/** What of subscribing is not told apart here. */
const march = { periodStart: new Date('2026-03-05T09:30:00Z'), periodEnd: new Date('2026-04-05T09:30:00Z') };

/** A subscription that the provider and the profile agree about. */
async function subscribed(more: SeededSubscription = {}, as = person): Promise<string> {
  const id = await seedSubscription(seed, as.id, { ...march, ...more });
  billing.subscriptions.set(
    id,
    subscription({
      subscriptionId: id,
      customerId: more.customerId ?? `cus_${as.id}`,
      priceId: more.priceId ?? 'price_starter_monthly',
      status: more.status ?? 'active',
      createdAt: seconds(march.periodStart.toISOString()),
      currentPeriodStart: seconds(march.periodStart.toISOString()),
      currentPeriodEnd: seconds(march.periodEnd.toISOString()),
      scheduledPriceId: more.scheduledPriceId ?? null,
      cancelAtPeriodEnd: more.cancelAtPeriodEnd ?? false,
    }),
  );
  return id;
}

const change = (planId: string, as = person) =>
  mutate(app, 'changePlan', { planId }, { as, payload: `billing { ${fields} } viewer { usage { monthlyLimit remaining } }` });

describe('what people are shown', () => {
  it('is the free plan and the calendar month for somebody who never subscribed', async () => {
    expect(await shown()).toEqual({
      plan: { id: 'free', label: 'Free', isCurrent: true },
      hasAccess: false,
      subscriptionStatus: null,
      currentPeriod: { start: '2026-03-01T00:00:00.000Z', end: '2026-04-01T00:00:00.000Z', daysRemaining: 22 },
      cancelAtPeriodEnd: false,
      scheduledChange: null,
      paymentFailedAt: null,
      nextPaymentAttemptAt: null,
    });
  });

  it('is the subscription’s plan and period, with what follows it', async () => {
    await subscribed({ priceId: 'price_advanced_monthly', scheduledPriceId: 'price_starter_monthly' });

    expect(await shown()).toMatchObject({
      plan: { id: 'advanced', isCurrent: true },
      hasAccess: true,
      subscriptionStatus: 'active',
      currentPeriod: { start: march.periodStart.toISOString(), end: march.periodEnd.toISOString(), daysRemaining: 26 },
      scheduledChange: { plan: { id: 'starter' }, effectiveAt: march.periodEnd.toISOString() },
    });
  });

  it('tells that a subscription ends, and what the plan is then', async () => {
    await subscribed({ cancelAtPeriodEnd: true });
    expect(await shown()).toMatchObject({
      plan: { id: 'starter' },
      cancelAtPeriodEnd: true,
      scheduledChange: { plan: { id: 'free' }, effectiveAt: march.periodEnd.toISOString() },
    });
  });

  it.each([
    { status: 'trialing', hasAccess: true, plan: 'starter' },
    { status: 'past_due', hasAccess: true, plan: 'starter' },
    { status: 'unpaid', hasAccess: false, plan: 'free' },
    { status: 'paused', hasAccess: false, plan: 'free' },
    { status: 'incomplete', hasAccess: false, plan: 'free' },
    { status: 'canceled', hasAccess: false, plan: 'free' },
    { status: 'a word of next year', hasAccess: false, plan: 'free' },
  ])('gives $plan while Stripe says $status', async ({ status, hasAccess, plan }) => {
    await subscribed({ status, scheduledPriceId: 'price_advanced_monthly' });
    const view = await shown();
    expect(view).toMatchObject({ hasAccess, subscriptionStatus: status, plan: { id: plan } });
    if (!hasAccess) expect(view).toMatchObject({ scheduledChange: null, currentPeriod: { start: '2026-03-01T00:00:00.000Z' } });
  });

  it('counts a price that no plan has as free', async () => {
    await subscribed({ priceId: 'price_of_yesterday' });
    expect(await shown()).toMatchObject({ plan: { id: 'free' }, hasAccess: true });
    const { viewer } = await read<{ viewer: object }>(app, '{ viewer { usage { monthlyLimit } profile { plan { id } } } }', { as: person });
    expect(viewer).toEqual({ usage: { monthlyLimit: 20 }, profile: { plan: { id: 'free' } } });
  });

  it('tells of a failed payment until one goes through', async () => {
    await subscribed({ status: 'past_due' });
    const set = (failed: string, paid: string | null) =>
      seed.sql('update profiles set payment_failed_at = $2, next_payment_attempt_at = $3, last_paid_at = $4 where id = $1', [
        person.id, failed, '2026-03-12T00:00:00Z', paid,
      ]);
    await set('2026-03-09T00:00:00Z', '2026-02-05T00:00:00Z');
    expect(await shown()).toMatchObject({ paymentFailedAt: '2026-03-09T00:00:00.000Z', nextPaymentAttemptAt: '2026-03-12T00:00:00.000Z' });
    await set('2026-03-09T00:00:00Z', '2026-03-10T00:00:00Z');
    expect(await shown()).toMatchObject({ paymentFailedAt: null, nextPaymentAttemptAt: null });
    // For the subscription before this one.
    await set('2026-03-04T00:00:00Z', '2026-02-05T00:00:00Z');
    expect(await shown()).toMatchObject({ paymentFailedAt: null, nextPaymentAttemptAt: null });
  });

  it('marks the plan of whoever asks in the public list, and none for nobody', async () => {
    await subscribed({ priceId: 'price_advanced_monthly' });
    const list = async (as?: Person) => (await read<{ plans: { id: string; isCurrent: boolean }[] }>(app, '{ plans { id isCurrent } }', { as })).plans;
    expect(await list(person)).toEqual([
      { id: 'free', isCurrent: false },
      { id: 'starter', isCurrent: false },
      { id: 'advanced', isCurrent: true },
    ]);
    expect((await list()).map(({ isCurrent }) => isCurrent)).toEqual([false, false, false]);
  });

  it('names no price, customer or subscription of Stripe anywhere in the schema', async () => {
    await subscribed();
    const { viewer } = await read<{ viewer: object }>(app, `{ viewer { billing { ${fields} } profile { id email preferences plan { id features } } } }`, { as: person });
    expect(JSON.stringify(viewer)).not.toMatch(/price_|cus_|sub_/);
  });
});

describe('a preview', () => {
  const preview = async (planId: string) => {
    const query = `query ($planId: String!) { viewer { billing { previewPlanChange(planId: $planId) {
      __typename
      ... on PlanChangePreview { kind from { id } to { id } effectiveAt amountDueCents currency monthlyLimitAfter remainingAfter }
      ... on UserError { code message }
    } } } }`;
    const { viewer } = await read<{ viewer: { billing: { previewPlanChange: object } } }>(app, query, { as: person, variables: { planId } });
    return viewer.billing.previewPlanChange;
  };

  it('of an upgrade has Stripe’s own figure, and the limit at once', async () => {
    const id = await subscribed();
    await usage.debit(person.id, '2026-03-09T00:00:00Z', { amount: 30 });
    await usage.credit(person.id, '2026-03-09T00:00:00Z', 5);

    expect(await preview('advanced')).toEqual({
      __typename: 'PlanChangePreview',
      kind: 'UPGRADE',
      from: { id: 'starter' },
      to: { id: 'advanced' },
      effectiveAt: now.toISOString(),
      amountDueCents: 1_234,
      currency: 'aud',
      monthlyLimitAfter: 600,
      remainingAfter: 575,
    });
    expect(billing.calls).toEqual([{ method: 'previewChange', args: [{ subscriptionId: id, priceId: 'price_advanced_monthly' }] }]);
  });

  it('of a downgrade costs nothing and comes with the period’s end, below what is used too', async () => {
    await subscribed({ priceId: 'price_advanced_monthly' });
    await usage.debit(person.id, '2026-03-09T00:00:00Z', { amount: 200 });

    expect(await preview('starter')).toMatchObject({
      kind: 'DOWNGRADE', effectiveAt: march.periodEnd.toISOString(), amountDueCents: 0, monthlyLimitAfter: 150, remainingAfter: 0,
    });
    expect(await preview('free')).toMatchObject({ kind: 'DOWNGRADE', to: { id: 'free' }, monthlyLimitAfter: 20, remainingAfter: 0 });
    expect(await preview('advanced')).toMatchObject({ kind: 'NONE', amountDueCents: 0, monthlyLimitAfter: 600 });
    expect(billing.calls).toEqual([]);
  });

  it('of somebody’s first subscription is the plan’s own price', async () => {
    expect(await preview('starter')).toMatchObject({ kind: 'UPGRADE', from: { id: 'free' }, amountDueCents: 1_900, remainingAfter: 150 });
  });

  it('says what is wrong, and the rest of the answer stands', async () => {
    await subscribed();
    expect(await preview('platinum')).toMatchObject({ __typename: 'UnknownPlanError', code: 'UNKNOWN_PLAN', message: expect.stringContaining('free, starter, advanced') });
    billing.failWith = away();
    expect(await preview('advanced')).toMatchObject({ __typename: 'BillingUnavailableError', code: 'BILLING_UNAVAILABLE' });
    await seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [person.id]);
    expect(await preview('advanced')).toMatchObject({ __typename: 'AccessSuspendedError', code: 'ACCESS_SUSPENDED' });
    expect(await shown()).toMatchObject({ plan: { id: 'starter' } });
  });
});

describe('changing the plan', () => {
  const history = () =>
    seed.sql<{ price: string | null; at: string }>(
      `select price_id as price, to_char(effective_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at
       from plan_changes where owner_id = $1 order by effective_at, recorded_at`,
      [person.id],
    );

  it('to a larger one is in force in the very answer, and what is left of the month with it', async () => {
    await subscribed();
    await usage.debit(person.id, '2026-03-09T00:00:00Z', { amount: 150 });

    const outcome = await change('advanced');

    expect(outcome).toMatchObject({
      __typename: 'ChangePlanPayload',
      billing: { plan: { id: 'advanced', isCurrent: true }, scheduledChange: null },
      viewer: { usage: { monthlyLimit: 600, remaining: 450 } },
    });
    expect(await history()).toEqual([{ price: 'price_advanced_monthly', at: '2026-03-10T12:00:00Z' }]);
    expect(await change('advanced')).toMatchObject({ __typename: 'PlanUnchangedError', code: 'PLAN_UNCHANGED' });
    expect(billing.calls.map(({ method }) => method)).toEqual(['changeNow']);
  });

  it('to a smaller one waits for the period’s end, and nothing is lost before', async () => {
    await subscribed({ priceId: 'price_advanced_monthly' });

    expect(await change('starter')).toMatchObject({
      billing: { plan: { id: 'advanced' }, scheduledChange: { plan: { id: 'starter' }, effectiveAt: march.periodEnd.toISOString() } },
      viewer: { usage: { monthlyLimit: 600 } },
    });
    expect(await change('starter')).toMatchObject({ __typename: 'PlanUnchangedError', message: expect.stringContaining('2026-04-05') });
    expect(await change('advanced')).toMatchObject({ billing: { plan: { id: 'advanced' }, scheduledChange: null } });
    expect(billing.calls.map(({ method }) => method)).toEqual(['changeAtPeriodEnd', 'keep']);
  });

  it('to free ends the subscription with its period, and can be taken back until then', async () => {
    await subscribed();

    expect(await change('free')).toMatchObject({ billing: { plan: { id: 'starter' }, cancelAtPeriodEnd: true, scheduledChange: { plan: { id: 'free' } } } });
    expect(await change('free')).toMatchObject({ __typename: 'PlanUnchangedError', message: expect.stringContaining('2026-04-05') });
    expect(await change('starter')).toMatchObject({ billing: { cancelAtPeriodEnd: false, scheduledChange: null } });
    expect(billing.calls.map(({ method }) => method)).toEqual(['cancelAtPeriodEnd', 'keep']);
  });

  it('has one key for one intent: the same while nothing else happened, and another afterwards', async () => {
    await subscribed();
    const keys = () => billing.calls.filter(({ method }) => method === 'cancelAtPeriodEnd').map(({ args }) => args[1]);
    // It is done at Stripe, and the answer is lost.
    billing.failWith = away();
    await change('free');
    await change('free');
    billing.failWith = null;
    await change('free');
    await change('starter');
    billing.now += 60;
    await change('free');

    const [first, second, third, later] = keys();
    expect([second, third]).toEqual([first, first]);
    expect(later).not.toBe(first);
  });

  it('has another key once Stripe has refused, which would refuse the same one for a day', async () => {
    await subscribed();
    const keys = () => billing.calls.filter(({ method }) => method === 'changeNow').map(({ args }) => args[1]);
    billing.failWith = new PaymentDeclined('No money.');
    await change('advanced');
    billing.failWith = new BillingProviderUnavailable('500', true);
    await change('advanced');
    billing.failWith = null;
    expect(await change('advanced')).toMatchObject({ billing: { plan: { id: 'advanced' } } });
    expect(new Set(keys()).size).toBe(3);
  });

  it('asked for many times at once is done once', async () => {
    await subscribed();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => change('advanced')));
    expect(outcomes.filter(({ __typename }) => __typename === 'ChangePlanPayload')).toHaveLength(1);
    expect(outcomes.filter(({ code }) => code === 'PLAN_UNCHANGED')).toHaveLength(7);
    expect(billing.calls.map(({ method }) => method)).toEqual(['changeNow']);
  });

  it('keeps what a webhook told meanwhile, and asks Stripe which of the two is newer', async () => {
    const id = await subscribed();
    billing.before = async (method) => {
      billing.before = () => undefined;
      if (method !== 'changeNow') return;
      // Somebody ends the subscription at Stripe while the upgrade is on its way, and Stripe's event is faster.
      await app.app.billing.events!.receive({
        eventId: `evt_${person.id}`,
        type: 'customer.subscription.updated',
        createdAt: billing.now,
        subject: { kind: 'subscription', isWhole: true, state: { ...billing.subscriptions.get(id)!, cancelAtPeriodEnd: true } },
      });
    };
    await change('advanced');

    expect(billing.calls.map(({ method }) => method)).toEqual(['changeNow', 'getSubscription']);
    expect(await shown()).toMatchObject({ plan: { id: 'advanced' }, cancelAtPeriodEnd: false });
  });

  it('that is declined, or not answered, changes nothing and says so', async () => {
    await subscribed({ subscriptionId: `sub_declined_${person.id}` });
    const before = await shown();
    expect(await change('advanced')).toMatchObject({ __typename: 'PaymentDeclinedError', code: 'PAYMENT_DECLINED', message: expect.stringContaining('as it was') });
    billing.failWith = away();
    expect(await change('advanced')).toMatchObject({ __typename: 'BillingUnavailableError', message: expect.stringContaining('try again') });
    expect(await shown()).toEqual(before);
    expect(await history()).toEqual([]);
    // Everything else works.
    expect(await mutate(app, 'updateProfile', { name: 'Ann' }, { as: person })).toMatchObject({ __typename: 'UpdateProfilePayload' });
  });

  it('is an error for nobody', async () => {
    const { code } = await refusal(app, 'mutation { changePlan(input: { planId: "free" }) { __typename } }');
    expect(code).toBe('UNAUTHENTICATED');
  });

  it('needs a subscription, unless it is to free', async () => {
    expect(await change('starter')).toMatchObject({ __typename: 'NoSubscriptionError', message: expect.stringContaining('createCheckoutSession') });
    expect(await change('free')).toMatchObject({ __typename: 'PlanUnchangedError' });
    expect(billing.calls).toEqual([]);
  });
});

describe('a checkout', () => {
  const input = { planId: 'starter', successUrl: 'https://app.example.com/paid?session={CHECKOUT_SESSION_ID}', cancelUrl: 'https://app.example.com/plans' };
  const checkout = (more: object = {}, as = person) => mutate(app, 'createCheckoutSession', { ...input, ...more }, { as, payload: 'url' });
  const called = (name: string) => billing.calls.filter(({ method }) => method === name);

  it('makes the customer once, and is the same page for the same intent', async () => {
    const first = await checkout();
    expect(first).toMatchObject({ __typename: 'CreateCheckoutSessionPayload', url: expect.stringContaining('https://pay.example.com/checkout/') });

    expect(called('createCustomer').map(({ args }) => args)).toEqual([
      [{ profileId: person.id, email: expect.any(String), name: expect.any(String) }, expect.stringMatching(/^roomfeed-/)],
    ]);
    expect(called('openCheckout')[0]!.args[0]).toMatchObject({ customerId: `cus_${person.id}`, profileId: person.id, priceId: 'price_starter_monthly' });
    expect((await checkout())['url']).toBe(first['url']);
    expect((await checkout({ planId: 'advanced' }))['url']).not.toBe(first['url']);
    expect(called('createCustomer')).toHaveLength(1);
  });

  it('asked for many times at once makes one customer', async () => {
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => checkout()));
    expect(new Set(outcomes.map((outcome) => outcome['url'])).size).toBe(1);
    expect(called('createCustomer')).toHaveLength(1);
  });

  it('leads back to our own apps alone', async () => {
    const elsewhere = ['https://app.example.com.evil.test/', 'http://app.example.com/', 'https://user@app.example.com/', 'https://app.example.com:8443/', 'javascript:alert(1)'];
    for (const successUrl of elsewhere) {
      expect(await checkout({ successUrl })).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['successUrl'], message: expect.stringContaining('https://app.example.com') }] });
    }
    expect(await mutate(app, 'createPortalSession', { returnUrl: 'https://evil.test/' }, { as: person })).toMatchObject({ __typename: 'InvalidInputError' });
    expect(billing.calls).toEqual([]);
  });

  it('does not let anybody pay twice, though the webhook of the first payment is on its way', async () => {
    await seed.sql('update profiles set customer_id = $2 where id = $1', [person.id, `cus_${person.id}`]);
    billing.subscriptions.set('sub_new', subscription({ subscriptionId: 'sub_new', customerId: `cus_${person.id}`, priceId: 'price_advanced_monthly' }));

    expect(await checkout()).toMatchObject({ __typename: 'AlreadySubscribedError', message: expect.stringContaining('Advanced') });
    expect(called('openCheckout')).toEqual([]);
    // What was found out so is kept.
    expect(await shown()).toMatchObject({ plan: { id: 'advanced' }, hasAccess: true });
  });

  it('is open again to whoever’s subscription ended', async () => {
    await subscribed({ status: 'canceled' });
    expect(await checkout()).toMatchObject({ __typename: 'CreateCheckoutSessionPayload' });
    expect(called('createCustomer')).toEqual([]);
  });
});

describe('without keys', () => {
  let bare: TestApp;
  beforeAll(async () => {
    bare = await createTestApp({ database: app.database });
  });
  afterAll(() => bare.close());

  it('each thing of billing says so in the same words, and everything else works', async () => {
    const off = { __typename: 'BillingUnavailableError', code: 'BILLING_UNAVAILABLE', message: expect.stringMatching(/switched off.*STRIPE_SECRET_KEY/) };
    expect(await mutate(bare, 'changePlan', { planId: 'starter' }, { as: person })).toMatchObject(off);
    expect(await mutate(bare, 'createCheckoutSession', { planId: 'starter', successUrl: 'http://127.0.0.1:4000/', cancelUrl: 'http://127.0.0.1:4000/' }, { as: person })).toMatchObject(off);
    expect(await mutate(bare, 'createPortalSession', { returnUrl: 'http://127.0.0.1:4000/' }, { as: person })).toMatchObject(off);
    const { viewer, plans } = await read<{ viewer: { billing: object }; plans: object[] }>(
      bare,
      `{ plans { id priceCents } viewer { billing { plan { id } previewPlanChange(planId: "starter") { __typename ... on UserError { code message } } } usage { monthlyLimit } } }`,
      { as: person },
    );
    expect(viewer).toMatchObject({ billing: { plan: { id: 'free' }, previewPlanChange: off }, usage: { monthlyLimit: 20 } });
    expect(plans).toHaveLength(3);
    const answer = await fetch(`${bare.url}/webhooks/stripe`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(404);
  });
});

describe('subscriptions of which Stripe should have told something', () => {
  it('are asked about when their period has been over for some hours', async () => {
    const id = await subscribed({ periodStart: new Date('2026-02-05T09:30:00Z'), periodEnd: new Date('2026-03-05T09:30:00Z') });
    billing.subscriptions.set(id, { ...billing.subscriptions.get(id)!, status: 'canceled' });
    const lost = await app.signUp();
    await subscribed({ periodStart: new Date('2026-03-01T00:00:00Z'), periodEnd: new Date('2026-03-10T11:30:00Z') }, lost);
    const { reconcile } = app.app.billing.upkeep!;

    expect(await reconcile()).toBe(1);

    expect(await shown()).toMatchObject({ hasAccess: false, plan: { id: 'free' }, subscriptionStatus: 'canceled' });
    expect(await shown(lost)).toMatchObject({ hasAccess: true });
    expect(await reconcile()).toBe(0);
  });
});
