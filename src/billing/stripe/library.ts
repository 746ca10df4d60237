import { createRequire } from 'node:module';
import type Stripe from 'stripe';

type Library = typeof Stripe;

let library: Library | undefined;

/** Stripe's client, read when the first part is made that needs it: a gateway without billing would carry two hundred modules of it. */
export function stripeLibrary(): Library {
  return (library ??= createRequire(import.meta.url)('stripe') as Library);
}
