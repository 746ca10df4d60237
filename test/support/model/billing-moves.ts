import fc from 'fast-check';
import { move } from './move.js';
import { refused } from './rules.js';

/** The model's gateway has no payment provider: whoever may ask for something of it is told so, and nothing changes. */
const outcome = (): never => {
  throw refused('BillingUnavailableError', 'BILLING_UNAVAILABLE');
};

const planId = fc.constantFrom('free', 'starter', 'advanced', 'platinum');
const url = fc.constantFrom('http://127.0.0.1:4000/', 'https://elsewhere.example.com/');

const createCheckoutSession = move({
  weight: 1,
  payload: 'url',
  inputs: fc.record({ planId, successUrl: url, cancelUrl: url }).map((input) => () => input),
  outcome,
});

const createPortalSession = move({
  weight: 1,
  payload: 'url',
  inputs: url.map((returnUrl) => () => ({ returnUrl })),
  outcome,
});

const changePlan = move({
  weight: 1,
  payload: 'billing { plan { id } }',
  inputs: planId.map((id) => () => ({ planId: id })),
  outcome,
});

export const billingMoves = { createCheckoutSession, createPortalSession, changePlan };
