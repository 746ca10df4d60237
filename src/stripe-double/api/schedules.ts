import { z } from 'zod';
import { endSubscription, isOver } from '../endings.js';
import { invalidRequest, missing, unsupported } from '../errors.js';
import { update } from '../events.js';
import { count, expand, flag, listOf, metadata, moments, isWithin, paging, text, timestamp, wholeNumber } from '../parameters.js';
import type { SchedulePhase, Subscription, SubscriptionSchedule } from '../records.js';
import { currentPhase, enterNextPhase, enterPhase, releaseSchedule, scheduleFrom, toPhase } from '../schedules.js';
import { changing, endTrial, subscriptionById } from '../subscription-changes.js';
import { addIntervals, recurrenceOf } from '../periods.js';
import { defaultProration, type World } from '../world.js';
import { findRecurringPrice, findSubscription } from './find.js';
import { mergeMetadata } from './metadata.js';
import { pageOf } from './page.js';
import { asRecord, route, type Route } from './route.js';
import { prorationBehavior } from './subscription-update.js';

const moment = z.union([z.literal('now'), timestamp]);
const endBehavior = z.enum(['release', 'cancel', 'none', 'renew'], { error: 'Invalid end_behavior: must be one of cancel or release' });

const phase = z.strictObject({
  items: listOf(z.strictObject({ price: text, quantity: count.optional() })),
  start_date: moment.optional(),
  end_date: moment.optional(),
  duration: z
    .strictObject({
      interval: z.enum(['day', 'week', 'month', 'year'], { error: 'Invalid interval: must be one of day, month, week, or year' }),
      interval_count: wholeNumber.refine((value) => value > 0, { error: 'This value must be greater than or equal to 1.' }).optional(),
    })
    .optional(),
  automatic_tax: z.strictObject({ enabled: z.literal('false') }).optional(),
  collection_method: z.literal('charge_automatically').optional(),
  metadata: metadata.optional(),
  proration_behavior: prorationBehavior.optional(),
  trial_end: timestamp.optional(),
});

type SentPhase = z.infer<typeof phase>;

const creation = z.strictObject({
  ...expand,
  from_subscription: text.optional(),
  customer: text.optional(),
  end_behavior: endBehavior.optional(),
  metadata: metadata.optional(),
  phases: z.unknown().optional(),
  start_date: moment.optional(),
});

const changes = z.strictObject({
  ...expand,
  end_behavior: endBehavior.optional(),
  metadata: metadata.optional(),
  phases: listOf(phase).optional(),
  proration_behavior: prorationBehavior.optional(),
});

export const scheduleRoutes: readonly Route[] = [
  route('POST', '/v1/subscription_schedules', creation, (world, sent) => {
    if (sent.from_subscription === undefined) throw unsupported('schedules that are not made from a subscription', 'from_subscription');
    for (const name of ['customer', 'end_behavior', 'phases', 'start_date'] as const) {
      if (sent[name] !== undefined) throw invalidRequest(`You cannot set \`${name}\` if \`from_subscription\` is set.`, { param: name });
    }
    const subscription = findSubscription(world, sent.from_subscription, 'from_subscription');
    if (subscription.schedule !== null) {
      throw invalidRequest(`You cannot migrate a subscription that is already attached to a schedule: \`${subscription.schedule}\`.`);
    }
    if (isOver(subscription) || subscription.status === 'incomplete') {
      throw invalidRequest(`You cannot migrate a subscription that is currently in the \`${subscription.status}\` status.`);
    }
    return asRecord(scheduleFrom(world, subscription, mergeMetadata({}, sent.metadata)));
  }),
  route('GET', '/v1/subscription_schedules', z.strictObject({ ...paging, customer: text.optional(), created: moments.optional() }), ({ store }, sent) => {
    const wanted = store
      .list('subscription_schedule')
      .filter(({ customer, created }) => (sent.customer ?? customer) === customer && isWithin(created, sent.created));
    return pageOf(wanted, sent, '/v1/subscription_schedules', 'subscription_schedule');
  }),
  route('GET', '/v1/subscription_schedules/:id', z.strictObject(expand), (world, _, id) => asRecord(findSchedule(world, id))),
  route('POST', '/v1/subscription_schedules/:id', changes, (world, sent, id) => {
    const schedule = findSchedule(world, id);
    const subscription = refuseOver(world, schedule, 'update', 'updated');
    changing(world, subscription.id, (present) => changeSchedule(world, schedule, present, sent));
    return asRecord(findSchedule(world, id));
  }),
  route('POST', '/v1/subscription_schedules/:id/release', z.strictObject({ ...expand, preserve_cancel_date: flag.optional() }), (world, sent, id) => {
    const schedule = findSchedule(world, id);
    const subscription = refuseOver(world, schedule, 'release', 'released');
    changing(world, subscription.id, () => releaseSchedule(world, schedule, { keepsCancelDate: sent.preserve_cancel_date ?? false }));
    return asRecord(findSchedule(world, id));
  }),
  route('POST', '/v1/subscription_schedules/:id/cancel', z.strictObject({ ...expand, invoice_now: flag.optional(), prorate: flag.optional() }), (world, _, id) => {
    const subscription = refuseOver(world, findSchedule(world, id), 'cancel', 'canceled');
    endSubscription(world, subscription, 'cancellation_requested');
    return asRecord(findSchedule(world, id));
  }),
];

function changeSchedule(world: World, before: SubscriptionSchedule, subscription: Subscription, sent: z.infer<typeof changes>): void {
  const { store, clock } = world;
  if (sent.end_behavior === 'none' || sent.end_behavior === 'renew') throw unsupported(`end_behavior=${sent.end_behavior}`, 'end_behavior');
  const endsWith = sent.end_behavior ?? before.end_behavior;
  const phases = sent.phases === undefined ? before.phases : readPhases(world, before, sent.phases);
  const now = clock.now();
  const current = phases.find(({ start_date: start }) => start === before.current_phase?.start_date);
  const changed = update(world, 'subscription_schedule.updated', before, {
    ...before,
    end_behavior: endsWith,
    metadata: mergeMetadata(before.metadata, sent.metadata),
    phases,
    current_phase: current === undefined ? before.current_phase : { start_date: current.start_date, end_date: current.end_date },
  });
  const end = endsWith === 'cancel' ? (phases.at(-1)?.end_date ?? null) : null;
  const hadEnd = before.end_behavior === 'cancel';
  const scheduled = store.put('subscription', {
    ...subscription,
    ...(end !== null ? { cancel_at: end } : hadEnd ? { cancel_at: null, cancel_at_period_end: false, canceled_at: null } : {}),
  });
  if (current !== undefined && JSON.stringify(current.items) !== JSON.stringify(currentPhase(before)?.items)) {
    enterPhase(world, scheduled, current, sent.proration_behavior ?? defaultProration);
  }
  // A phase says everything anew: of a trial that it does not name nothing is left.
  const going = subscriptionById(world, subscription.id);
  if (going.status === 'trialing' && current !== undefined && current.trial_end === null) endTrial(world, going, 'allow_incomplete');
  if (changed.current_phase !== null && changed.current_phase.end_date <= now) enterNextPhase(world, changed);
}

/** What was sent as the phases of a schedule that has begun: the present one and those after it. @throws ApiError */
function readPhases(world: World, schedule: SubscriptionSchedule, sent: readonly SentPhase[]): SchedulePhase[] {
  const now = world.clock.now();
  const read = (value: 'now' | number | undefined): number | undefined => (value === 'now' ? now : value);
  const [first] = sent;
  if (first === undefined) throw invalidRequest('You must specify at least one phase.', { param: 'phases' });
  if (first.start_date === undefined) {
    throw invalidRequest('The subscription schedule update is missing at least one phase with a `start_date` to anchor end dates to.', { param: 'phases' });
  }
  const phases: SchedulePhase[] = [];
  for (const [index, each] of sent.entries()) {
    const param = `phases[${index}]`;
    const items = each.items.map(({ price, quantity = 1 }, at) => ({ price: findRecurringPrice(world, price, `${param}[items][${at}][price]`), quantity }));
    const [item] = items;
    if (item === undefined) throw invalidRequest(`Missing required param: ${param}[items].`, { code: 'parameter_missing', param: `${param}[items]` });
    const start = phases.at(-1)?.end_date ?? read(first.start_date) ?? now;
    const given = read(each.start_date);
    if (given !== undefined && given !== start) {
      throw invalidRequest('The start date of a phase must be the end date of the phase before it.', { param: `${param}[start_date]` });
    }
    if (each.end_date !== undefined && each.duration !== undefined) {
      throw invalidRequest('You cannot set both `end_date` and `duration`.', { code: 'parameters_exclusive', param });
    }
    const { interval, interval_count } = recurrenceOf(item.price);
    const isLast = index === sent.length - 1;
    const end =
      read(each.end_date) ??
      read(sent[index + 1]?.start_date) ??
      (each.duration
        ? addIntervals(start, each.duration.interval, each.duration.interval_count ?? 1)
        : isLast
          ? addIntervals(start, interval, interval_count)
          : undefined);
    if (end === undefined) throw invalidRequest('Every phase but the last needs an `end_date` or a `duration`.', { param });
    const isPresent = start === schedule.current_phase?.start_date;
    if (each.trial_end !== undefined && !(isPresent && each.trial_end === currentPhase(schedule)?.trial_end)) {
      throw unsupported('a trial in a phase but the one that is going on', `${param}[trial_end]`);
    }
    if (end <= start) throw invalidRequest('The end date of a phase must be after its start date.', { param: `${param}[end_date]` });
    phases.push(
      toPhase({
        start,
        end,
        items,
        metadata: mergeMetadata({}, each.metadata),
        proration: each.proration_behavior ?? 'create_prorations',
        trialEnd: each.trial_end ?? null,
      }),
    );
  }
  const present = schedule.current_phase;
  if (present !== null && !phases.some(({ start_date }) => start_date === present.start_date)) {
    throw invalidRequest('You can not modify the start date of the current phase.', { param: 'phases[0][start_date]' });
  }
  return phases;
}

function findSchedule({ store }: World, id: string): SubscriptionSchedule {
  const schedule = store.get('subscription_schedule', id);
  if (schedule === null) throw missing('subscription_schedule', id);
  return schedule;
}

/** The subscription of a schedule that goes on. @throws ApiError */
function refuseOver(world: World, schedule: SubscriptionSchedule, verb: string, done: string): Subscription {
  if ((schedule.status === 'active' || schedule.status === 'not_started') && schedule.subscription !== null) {
    return subscriptionById(world, schedule.subscription);
  }
  throw invalidRequest(
    `You cannot ${verb} a subscription schedule that is currently in the \`${schedule.status}\` status. It must be in \`not_started\`, \`active\` status to be ${done}.`,
  );
}
