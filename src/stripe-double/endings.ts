import { emit, update } from './events.js';
import type { Subscription } from './records.js';
import type { World } from './world.js';

/**
 * Ends a subscription: its schedule is canceled, and its invoices that are not paid are tried no more. Ends that were
 * asked for before keep the time at which they were.
 */
export function endSubscription(
  world: World,
  subscription: Subscription,
  reason: Subscription['cancellation_details']['reason'],
  details: Partial<Subscription['cancellation_details']> = {},
): Subscription {
  const { store, clock } = world;
  const now = clock.now();
  const schedule = subscription.schedule === null ? null : store.get('subscription_schedule', subscription.schedule);
  if (schedule?.status === 'active' || schedule?.status === 'not_started') {
    const canceled = store.put('subscription_schedule', { ...schedule, status: 'canceled', canceled_at: now, current_phase: null });
    emit(world, 'subscription_schedule.canceled', canceled);
  }
  for (const invoice of store.list('invoice')) {
    if (invoice.parent.subscription_details.subscription !== subscription.id) continue;
    if (invoice.status !== 'draft' && invoice.status !== 'open') continue;
    update(world, 'invoice.updated', invoice, {
      ...invoice,
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
    });
  }
  const ended = store.put('subscription', {
    ...subscription,
    status: 'canceled',
    canceled_at: subscription.canceled_at ?? now,
    ended_at: now,
    cancellation_details: { ...subscription.cancellation_details, reason: subscription.cancellation_details.reason ?? reason, ...details },
  });
  emit(world, 'customer.subscription.deleted', ended);
  return ended;
}

/** What is over for good: nothing happens to it by itself, and little can be changed. */
export function isOver({ status }: Subscription): boolean {
  return status === 'canceled' || status === 'incomplete_expired';
}
