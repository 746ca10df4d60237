import { missing } from '../errors.js';
import type { Answer } from './route.js';

interface PageParameters {
  readonly limit?: number | undefined;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

type Listable = Extract<Answer, { page: unknown }>['page']['data'][number];

/** A page of records that are given in the order in which they were added: the newest come first, as Stripe has it. */
export function pageOf(records: readonly Listable[], parameters: PageParameters, url: string, noun: string): Answer {
  const { limit = 10, starting_after: after, ending_before: before } = parameters;
  const all = [...records].reverse();
  const indexOf = (id: string, param: string): number => {
    const index = all.findIndex((record) => record.id === id);
    if (index === -1) throw missing(noun, id, param);
    return index;
  };
  if (before !== undefined) {
    const end = indexOf(before, 'ending_before');
    const start = Math.max(end - limit, 0);
    return { page: { data: all.slice(start, end), has_more: start > 0, url } };
  }
  const start = after === undefined ? 0 : indexOf(after, 'starting_after') + 1;
  return { page: { data: all.slice(start, start + limit), has_more: all.length > start + limit, url } };
}
