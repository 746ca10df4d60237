import { InvalidInput } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import type { PlanChangePreview as PlanChangePreviewModel } from '../services/billing/billing.js';
import {
  AlreadySubscribed,
  BillingUnavailable,
  NoSubscription,
  PaymentRefused,
  PlanUnchanged,
  UnknownPlan,
} from '../services/billing/errors.js';
import type { BillingView } from '../services/billing/view.js';
import { builder } from './builder.js';
import { PlanChangeKind } from './enums.js';
import { Plan } from './plan.js';
import { forActiveAccounts } from './standing-first.js';
import { sends } from './statements.js';
import { UserError } from './user-errors.js';
import { ChangePayload, Viewer } from './viewer.js';

builder.objectType(BillingUnavailable, {
  name: 'BillingUnavailableError',
  description: 'The payment provider is away, or billing is switched off. Everything else works.',
  interfaces: [UserError],
});

builder.objectType(UnknownPlan, {
  name: 'UnknownPlanError',
  description: 'No plan has the id.',
  interfaces: [UserError],
});

builder.objectType(PlanUnchanged, {
  name: 'PlanUnchangedError',
  description: 'What was asked for is so already.',
  interfaces: [UserError],
});

builder.objectType(NoSubscription, {
  name: 'NoSubscriptionError',
  description: 'There is no subscription that could be changed.',
  interfaces: [UserError],
});

builder.objectType(AlreadySubscribed, {
  name: 'AlreadySubscribedError',
  description: 'Who has a subscription changes it, and takes no second one.',
  interfaces: [UserError],
});

builder.objectType(PaymentRefused, {
  name: 'PaymentDeclinedError',
  description: 'The payment was declined; the plan is as it was.',
  interfaces: [UserError],
});

const BillingPeriod = builder.objectRef<BillingView['currentPeriod']>('BillingPeriod').implement({
  description: 'What a payment is for; without a subscription the UTC calendar month.',
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime', description: 'Its first instant.' }),
    end: t.expose('end', { type: 'DateTime', description: 'The first instant after it.' }),
    daysRemaining: t.exposeInt('daysRemaining', { description: 'Days until its end; one that has begun counts.' }),
  }),
});

const ScheduledPlanChange = builder.objectRef<NonNullable<BillingView['scheduledChange']>>('ScheduledPlanChange').implement({
  description: 'What the plan becomes by itself; `changePlan` to the present plan takes it back.',
  fields: (t) => ({
    plan: t.field({ type: Plan, description: 'The plan after it; free where the subscription ends.', resolve: ({ plan }) => plan }),
    effectiveAt: t.expose('effectiveAt', { type: 'DateTime', description: 'When: at the end of the present period.' }),
  }),
});

const PlanChangePreview = builder.objectRef<PlanChangePreviewModel>('PlanChangePreview').implement({
  description: 'What a change of the plan would mean.',
  fields: (t) => ({
    kind: t.field({ type: PlanChangeKind, description: 'Which way it goes.', resolve: ({ kind }) => kind }),
    from: t.field({ type: Plan, description: 'The plan in force now.', resolve: ({ from }) => from }),
    to: t.field({ type: Plan, description: 'The plan after it.', resolve: ({ to }) => to }),
    effectiveAt: t.expose('effectiveAt', { type: 'DateTime', description: 'Now for an upgrade, the end of the period for a downgrade.' }),
    amountDueCents: t.exposeInt('amountDueCents', {
      description:
        'What would be charged at once, in hundredths of the currency: of an upgrade the difference for the rest of the period, as the payment provider reckons it; 0 where credit is left over. Without a subscription the plan\'s price, before taxes.',
    }),
    currency: t.exposeString('currency', { description: 'ISO 4217, in lower case.' }),
    monthlyLimitAfter: t.exposeInt('monthlyLimitAfter', { description: 'Generations in a UTC calendar month after it.' }),
    remainingAfter: t.exposeInt('remainingAfter', {
      description: 'What would remain of them in the present month, with credits, and without what was used; never below 0.',
    }),
  }),
});

export const Billing = builder.objectRef<BillingView>('Billing').implement({
  description: 'What an account pays for.',
  fields: (t) => ({
    plan: t.field({ type: Plan, description: 'The plan in force now.', resolve: ({ plan }) => plan }),
    hasAccess: t.exposeBoolean('hasAccess', { description: 'Whether a subscription gives its plan: while it is active, on trial, or a late payment is waited for.' }),
    subscriptionStatus: t.exposeString('subscriptionStatus', {
      nullable: true,
      description: 'The payment provider\'s own word, such as active, past_due or canceled; null without a subscription so far.',
    }),
    currentPeriod: t.field({
      type: BillingPeriod,
      description: 'The subscription\'s; the UTC calendar month without one.',
      resolve: ({ currentPeriod }) => currentPeriod,
    }),
    cancelAtPeriodEnd: t.exposeBoolean('cancelAtPeriodEnd', { description: 'Whether the subscription ends with the present period.' }),
    scheduledChange: t.field({
      type: ScheduledPlanChange,
      nullable: true,
      description: 'What the plan becomes when the period ends; null where it goes on as it is.',
      resolve: ({ scheduledChange }) => scheduledChange,
    }),
    paymentFailedAt: t.expose('paymentFailedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a payment failed that none has followed yet: ask for another payment method. Null otherwise.',
    }),
    nextPaymentAttemptAt: t.expose('nextPaymentAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When that payment is tried again; null where it is not.',
    }),
    previewPlanChange: t.field({
      type: PlanChangePreview,
      ...sends(1),
      description: 'What a change to a plan would mean. Changes nothing, and asks the payment provider where it would be charged at once.',
      args: { planId: t.arg.string({ required: true, description: 'One of `plans`.' }) },
      errors: { types: [UnknownPlan, BillingUnavailable] },
      resolve: (view, { planId }, { services }) => services.billing.previewPlanChange(view, planId),
    }),
  }),
});

builder.objectField(Viewer, 'billing', (t) =>
  t.field({
    type: Billing,
    ...sends(1),
    description: 'What you pay for.',
    resolve: (viewer, _args, { services }) => services.billing.getBilling(viewer),
  }),
);

// ---------------------------------------------------------------- mutations

const CreateCheckoutSessionInput = builder.inputType('CreateCheckoutSessionInput', {
  description: 'What to subscribe to.',
  fields: (t) => ({
    planId: t.string({ required: true, description: 'One of `plans` that costs something.' }),
    successUrl: t.field({ type: 'URL', required: true, description: 'Where the person comes back to when they have paid; at a configured origin.' }),
    cancelUrl: t.field({ type: 'URL', required: true, description: 'Where the person comes back to otherwise; at a configured origin.' }),
  }),
});

const CreateCheckoutSessionPayload = builder.objectRef<{ readonly url: string }>('CreateCheckoutSessionPayload').implement({
  description: 'A page of the payment provider.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    url: t.expose('url', { type: 'URL', description: 'Send the person there; it is good for a day. The plan changes when the payment provider tells of the payment.' }),
  }),
});

builder.mutationField('createCheckoutSession', (t) =>
  t.field({
    type: CreateCheckoutSessionPayload,
    ...sends(5, { reserve: 20 }),
    description: 'Opens a page on which you subscribe to a plan. Asked for again within ten minutes, it is the same page.',
    args: { input: t.arg({ type: CreateCheckoutSessionInput, required: true, description: 'What to subscribe to.' }) },
    errors: { types: [InvalidInput, UnknownPlan, PlanUnchanged, AlreadySubscribed, BillingUnavailable] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.billing.createCheckoutSession(signedIn(viewer), input),
    ),
  }),
);

const CreatePortalSessionInput = builder.inputType('CreatePortalSessionInput', {
  description: 'Where to come back to.',
  fields: (t) => ({
    returnUrl: t.field({ type: 'URL', required: true, description: 'Where the person comes back to; at a configured origin.' }),
  }),
});

const CreatePortalSessionPayload = builder.objectRef<{ readonly url: string }>('CreatePortalSessionPayload').implement({
  description: 'A page of the payment provider.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    url: t.expose('url', { type: 'URL', description: 'Send the person there at once; it is good for some minutes.' }),
  }),
});

builder.mutationField('createPortalSession', (t) =>
  t.field({
    type: CreatePortalSessionPayload,
    ...sends(1, { reserve: 1 }),
    description: 'Opens a page on which you see to your payment method, invoices and subscription.',
    args: { input: t.arg({ type: CreatePortalSessionInput, required: true, description: 'Where to come back to.' }) },
    errors: { types: [InvalidInput, NoSubscription, BillingUnavailable] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.billing.createPortalSession(signedIn(viewer), input),
    ),
  }),
);

const ChangePlanInput = builder.inputType('ChangePlanInput', {
  description: 'The plan to have.',
  fields: (t) => ({
    planId: t.string({ required: true, description: 'One of `plans`.' }),
  }),
});

const ChangePlanPayload = builder.objectRef<{ readonly billing: BillingView }>('ChangePlanPayload').implement({
  description: 'What you pay for after the change.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    billing: t.field({ type: Billing, description: 'What you pay for.', resolve: ({ billing }) => billing }),
  }),
});

builder.mutationField('changePlan', (t) =>
  t.field({
    type: ChangePlanPayload,
    ...sends(7, { reserve: 14 }),
    description:
      'Changes the plan of your subscription: to a larger one at once, paying the difference for the rest of the period; to a smaller one when the period ends; to free, which ends the subscription with its period. The plan in force takes back what was to happen then.',
    args: { input: t.arg({ type: ChangePlanInput, required: true, description: 'The plan to have.' }) },
    errors: { types: [UnknownPlan, PlanUnchanged, NoSubscription, PaymentRefused, BillingUnavailable] },
    resolve: async (_root, { input }, { services, viewer }) => ({
      billing: await services.billing.changePlan(signedIn(viewer), input),
    }),
  }),
);
