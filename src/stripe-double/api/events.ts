import { z } from 'zod';
import { missing } from '../errors.js';
import { expand, isWithin, listOf, moments, paging, text } from '../parameters.js';
import { DAY } from '../world.js';
import { pageOf } from './page.js';
import { route, type Route } from './route.js';

/** So far back Stripe's API tells of events. */
const SHOWN_DAYS = 30;

export const eventRoutes: readonly Route[] = [
  route('GET', '/v1/events', z.strictObject({ ...paging, type: text.optional(), types: listOf(text).optional(), created: moments.optional() }), ({ store, clock }, sent) => {
    const since = clock.now() - SHOWN_DAYS * DAY;
    const wanted = store
      .list('event')
      .filter(
        ({ type, created }) =>
          created >= since &&
          (sent.type ?? type) === type &&
          (sent.types === undefined || sent.types.includes(type)) &&
          isWithin(created, sent.created),
      );
    return pageOf(wanted, sent, '/v1/events', 'event');
  }),
  route('GET', '/v1/events/:id', z.strictObject(expand), ({ store }, _, id) => {
    const event = store.get('event', id);
    if (event === null) throw missing('event', id);
    return { record: event };
  }),
];
