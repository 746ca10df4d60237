import { makeCustomer } from './checkout.js';
import { beginSubscription } from './subscription-changes.js';
import type { World } from './world.js';

/** Somebody who subscribed before the double began, such as the people of a gateway's demo data. */
export interface Subscriber {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly email: string;
  readonly name: string;
  readonly priceId: string;
  /** Of both; whose they are stands there. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When the present period began: seconds since 1970, less than a month ago. */
  readonly since: number;
}

/** Puts a subscriber in place, once; tells nobody, for they were always there. */
export function stockSubscriber(world: World, { customerId, subscriptionId, email, name, priceId, metadata, since }: Subscriber): void {
  const { store, clock } = world;
  const price = store.get('price', priceId);
  if (price === null || store.get('customer', customerId) !== null) return;
  const before = new Set(store.list('event').map(({ id }) => id));
  clock.at(since, () => {
    makeCustomer(world, { id: customerId, email, name, metadata });
    beginSubscription(world, {
      id: subscriptionId,
      customer: customerId,
      items: [{ price, quantity: 1 }],
      metadata,
      description: null,
      trialEnd: null,
      paymentBehavior: 'error_if_incomplete',
    });
  });
  for (const event of store.list('event')) {
    if (!before.has(event.id)) store.put('event', { ...event, double: { ...event.double, status: 'off' } });
  }
}
