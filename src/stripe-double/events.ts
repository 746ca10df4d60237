import type { ApiRecord, StoredEvent } from './records.js';
import { newId } from './store.js';
import { shown } from './versions.js';
import type { World } from './world.js';

type Shape = Readonly<Record<string, unknown>>;

/** Writes an event down. It is delivered when what it is part of is done. `before`: what an update took the place of. */
export function emit<Record extends ApiRecord>(world: World, type: string, record: Record, before?: Record): StoredEvent {
  const { store, clock, rules } = world;
  const request = world.request();
  const object = shown(store, record, rules.eventVersion);
  const previous = before === undefined ? undefined : previousAttributes(shown(store, before, rules.eventVersion), object);
  return store.put('event', {
    id: newId('evt_1'),
    object: 'event',
    api_version: rules.eventVersion,
    created: clock.now(),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: request?.id ?? null, idempotency_key: request?.idempotencyKey ?? null },
    type,
    double: { status: rules.isHolding() ? 'held' : 'pending', attempts: 0, nextAttemptAt: 0, lastAnswer: null },
  });
}

/** Puts a changed record in place and tells of it, where anything is different. */
export function update<Record extends ApiRecord>(world: World, type: string, before: Record, after: Record): Record {
  world.store.put(after.object, after);
  const { store, rules } = world;
  const changed = previousAttributes(shown(store, before, rules.eventVersion), shown(store, after, rules.eventVersion));
  if (Object.keys(changed).length > 0) emit(world, type, after, before);
  return after;
}

/** Of two shapes the old values of what differs: of objects only the names that do, of lists the whole. */
function previousAttributes(before: Shape, after: Shape): Shape {
  const previous: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]];
    if (isSame(was, is)) continue;
    previous[name] = isObject(was) && isObject(is) ? previousAttributes(was, is) : (was ?? null);
  }
  return previous;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const isObject = (value: unknown): value is Shape => typeof value === 'object' && value !== null && !Array.isArray(value);
