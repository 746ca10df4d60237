import { invalidRequest, missing } from '../errors.js';
import type { Customer, Price, Subscription } from '../records.js';
import type { World } from '../world.js';

/** Looking up what a request names. `param`: where it names it; `id` is in the path. */

/** @throws ApiError for one that is not there, or was deleted. */
export function findCustomer({ store }: World, id: string, param = 'id'): Customer {
  const customer = store.get('customer', id);
  if (customer === null || customer.deleted) throw missing('customer', id, param);
  return customer;
}

/** @throws ApiError */
export function findSubscription({ store }: World, id: string, param = 'id'): Subscription {
  const subscription = store.get('subscription', id);
  if (subscription === null) throw missing('subscription', id, param);
  return subscription;
}

/** A price that a subscription can have. @throws ApiError */
export function findRecurringPrice({ store }: World, id: string, param: string): Price {
  const price = store.get('price', id);
  if (price === null) throw missing('price', id, param);
  if (!price.active) throw invalidRequest('The price specified is inactive. This field only accepts active prices.', { param });
  if (price.recurring === null) {
    throw invalidRequest(`The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`, { param });
  }
  return price;
}
