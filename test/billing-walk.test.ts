import { createStripeDouble, type StripeDouble } from '../src/stripe-double/double.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { mutate, type Outcome } from './support/mutate.js';
import { read } from './support/read.js';

/**
 * The walk of a newcomer: from free through checkout, generation at the new limit, an upgrade, a downgrade and the end.
 * Over HTTP alone: the gateway's API as an app calls it, Stripe's pages as a browser does, and Stripe's webhooks. The
 * months between are the double's clock.
 */
let stripe: StripeDouble;
let app: TestApp;
let person: Person;

const monthly = { currency: 'aud', interval: 'month' } as const;
const prices = [
  { id: 'price_starter_monthly', name: 'Starter', amountCents: 1_900, ...monthly },
  { id: 'price_advanced_monthly', name: 'Advanced', amountCents: 4_900, ...monthly },
];

beforeAll(async () => {
  stripe = await createStripeDouble({
    secretKey: 'sk_test_walk',
    webhookSecret: 'whsec_walk',
    prices,
  });
  app = await createTestApp({
    background: true,
    holdsBudgets: false,
    comparesExecutions: false,
    environment: { ...stripe.environment, RETURN_ORIGINS: 'https://app.example.com' },
    runtime: {
      plans: { free: { monthlyGenerations: 1 }, starter: { monthlyGenerations: 2 }, advanced: { monthlyGenerations: 5 } },
    },
  });
  stripe.setWebhookUrl(`${app.url}/webhooks/stripe`);
  person = await app.signUp({ email: 'newcomer@roomfeed.test' });
});
afterAll(async () => {
  await app.close();
  await stripe.close();
});

interface Standing {
  readonly usage: { readonly monthlyLimit: number; readonly used: number; readonly remaining: number; readonly canGenerate: boolean; readonly plan: { readonly id: string } };
  readonly billing: {
    readonly plan: { readonly id: string };
    readonly hasAccess: boolean;
    readonly subscriptionStatus: string | null;
    readonly cancelAtPeriodEnd: boolean;
    readonly currentPeriod: { readonly end: string };
    readonly scheduledChange: { readonly plan: { readonly id: string }; readonly effectiveAt: string } | null;
    readonly paymentFailedAt: string | null;
  };
}

const billing = `plan { id } hasAccess subscriptionStatus cancelAtPeriodEnd currentPeriod { end } scheduledChange { plan { id } effectiveAt } paymentFailedAt`;

/** What the person sees once everything that Stripe had to tell was told. */
async function standing(): Promise<Standing> {
  await stripe.whenDelivered();
  const query = `{ viewer { usage { monthlyLimit used remaining canGenerate plan { id } } billing { ${billing} } } }`;
  return (await read<{ viewer: Standing }>(app, query, { as: person })).viewer;
}

/** Submits, and waits for the end of what was accepted. */
async function generate(): Promise<Outcome> {
  const outcome = await mutate<Outcome & { job?: { id: string }; usage?: object }>(
    app,
    'submitGeneration',
    { mode: 'IMAGINE', prompt: 'A calm bedroom', variants: 1, quality: 'LOW' },
    { as: person, payload: 'job { id }' },
  );
  for (const { job } = outcome; job; ) {
    const { generationJob } = await read<{ generationJob: { status: string } }>(app, 'query ($id: ID!) { generationJob(id: $id) { status } }', {
      as: person,
      variables: { id: job.id },
    });
    if (generationJob.status === 'SUCCEEDED') break;
    expect(['STARTING', 'PROCESSING']).toContain(generationJob.status);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return outcome;
}

const change = (planId: string) => mutate(app, 'changePlan', { planId }, { as: person, payload: `billing { ${billing} }` });
const accepted = { __typename: 'SubmitGenerationPayload' };
const exceeded = { __typename: 'QuotaExceededError', code: 'QUOTA_EXCEEDED' };

it('leads from free to a plan, up, down and out, and each limit is what was paid for', async () => {
  // Free: one a month, and then the offer of more.
  expect(await standing()).toMatchObject({ usage: { monthlyLimit: 1, remaining: 1, plan: { id: 'free' } }, billing: { plan: { id: 'free' }, subscriptionStatus: null } });
  expect(await generate()).toMatchObject(accepted);
  expect(await generate()).toMatchObject(exceeded);

  // Checkout: the first card is declined, the second is not.
  const urls = { successUrl: 'https://app.example.com/paid?session={CHECKOUT_SESSION_ID}', cancelUrl: 'https://app.example.com/plans' };
  const checkout = await mutate<Outcome & { url: string }>(app, 'createCheckoutSession', { planId: 'starter', ...urls }, { as: person, payload: 'url' });
  expect(await (await fetch(checkout.url)).text()).toContain('Subscribe to Starter');
  const click = (action: string) =>
    fetch(checkout.url, { method: 'POST', body: new URLSearchParams({ action }), redirect: 'manual' });
  expect((await click('decline')).status).toBe(402);
  expect(await standing()).toMatchObject({ billing: { plan: { id: 'free' }, hasAccess: false } });
  const paid = await click('pay');
  expect(paid.status).toBe(303);
  expect(paid.headers.get('location')).toMatch(/^https:\/\/app\.example\.com\/paid\?session=cs_/);
  expect(await standing()).toMatchObject({
    usage: { monthlyLimit: 2, used: 1, remaining: 1, canGenerate: true, plan: { id: 'starter' } },
    billing: { plan: { id: 'starter' }, hasAccess: true, subscriptionStatus: 'active', scheduledChange: null },
  });
  expect(await mutate(app, 'createCheckoutSession', { planId: 'starter', ...urls }, { as: person })).toMatchObject({ code: 'PLAN_UNCHANGED' });

  // Generation at the new limit, to its end.
  expect(await generate()).toMatchObject(accepted);
  expect(await generate()).toMatchObject(exceeded);

  // Up, at once, for the difference.
  const { viewer } = await read<{ viewer: { billing: { previewPlanChange: { amountDueCents: number } } } }>(
    app,
    `{ viewer { billing { previewPlanChange(planId: "advanced") { ... on PlanChangePreview { kind amountDueCents currency monthlyLimitAfter remainingAfter } } } } }`,
    { as: person },
  );
  expect(viewer.billing.previewPlanChange).toMatchObject({ kind: 'UPGRADE', currency: 'aud', monthlyLimitAfter: 5, remainingAfter: 3 });
  expect(Math.abs(viewer.billing.previewPlanChange.amountDueCents - 3_000)).toBeLessThanOrEqual(2);
  expect(await change('advanced')).toMatchObject({ billing: { plan: { id: 'advanced' } } });
  expect(await standing()).toMatchObject({ usage: { monthlyLimit: 5, remaining: 3 }, billing: { plan: { id: 'advanced' } } });
  expect(await generate()).toMatchObject(accepted);

  // Down, when the period ends; until then nothing is lost, and afterwards nothing is owed.
  expect(await change('starter')).toMatchObject({ billing: { plan: { id: 'advanced' }, scheduledChange: { plan: { id: 'starter' } } } });
  const scheduled = (await standing()).billing;
  expect(scheduled.scheduledChange).toEqual({ plan: { id: 'starter' }, effectiveAt: scheduled.currentPeriod.end });
  stripe.moveTo(new Date(Date.parse(scheduled.currentPeriod.end) + 2 * 3_600_000));
  expect(await standing()).toMatchObject({
    usage: { monthlyLimit: 2, used: 3, remaining: 0, canGenerate: false, plan: { id: 'starter' } },
    billing: { plan: { id: 'starter' }, subscriptionStatus: 'active', scheduledChange: null },
  });
  expect(await generate()).toMatchObject(exceeded);

  // A month's payment fails: the plan stays while Stripe tries again, and the next card goes through.
  const { events } = stripe;
  const customer = (events('checkout.session.completed')[0]!.data.object as { customer: string }).customer;
  stripe.setCard(customer, 'declining');
  stripe.moveTo(new Date(Date.parse((await standing()).billing.currentPeriod.end) + 2 * 3_600_000));
  const late = (await standing()).billing;
  expect(late).toMatchObject({ plan: { id: 'starter' }, hasAccess: true, subscriptionStatus: 'past_due' });
  expect(late.paymentFailedAt).not.toBeNull();
  stripe.setCard(customer, 'ok');
  stripe.advance('2d');
  expect((await standing()).billing).toMatchObject({ subscriptionStatus: 'active', paymentFailedAt: null });

  // Out, with the period; taken back once, and then for good.
  expect(await change('free')).toMatchObject({ billing: { cancelAtPeriodEnd: true, scheduledChange: { plan: { id: 'free' } } } });
  expect(await change('starter')).toMatchObject({ billing: { cancelAtPeriodEnd: false, scheduledChange: null } });
  expect(await change('free')).toMatchObject({ billing: { cancelAtPeriodEnd: true } });
  stripe.moveTo(new Date(Date.parse((await standing()).billing.currentPeriod.end) + 60_000));
  expect(await standing()).toMatchObject({
    usage: { monthlyLimit: 1, used: 3, remaining: 0, plan: { id: 'free' } },
    billing: { plan: { id: 'free' }, hasAccess: false, subscriptionStatus: 'canceled', scheduledChange: null, cancelAtPeriodEnd: false },
  });

  // The invoices are still there to see, and another checkout is open.
  const portal = await mutate<Outcome & { url: string }>(app, 'createPortalSession', { returnUrl: 'https://app.example.com/account' }, { as: person, payload: 'url' });
  expect((await fetch(portal.url)).status).toBe(200);
  expect(await mutate(app, 'createCheckoutSession', { planId: 'advanced', ...urls }, { as: person })).toMatchObject({ __typename: 'CreateCheckoutSessionPayload' });
});
