import type { Interval, Price } from './records.js';

const fixedSeconds: Partial<Readonly<Record<Interval, number>>> = { day: 86_400, week: 604_800 };

/**
 * `anchor` and `count` intervals, in UTC. A day that a month does not have is its last one: a subscription of the 31st is
 * renewed on 28 February, and on 31 March again, because every end is counted from the anchor.
 */
export function addIntervals(anchor: number, interval: Interval, count: number): number {
  const seconds = fixedSeconds[interval];
  if (seconds !== undefined) return anchor + seconds * count;
  const date = new Date(anchor * 1_000);
  const months = date.getUTCMonth() + count * (interval === 'year' ? 12 : 1);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const sinceMidnight = anchor - Math.floor(anchor / 86_400) * 86_400;
  return Date.UTC(date.getUTCFullYear(), months, Math.min(date.getUTCDate(), lastDay)) / 1_000 + sinceMidnight;
}

/** The first end of a period after `moment`, of those that the anchor gives. */
export function nextPeriodEnd(anchor: number, price: Price, moment: number): number {
  const { interval, interval_count: step } = recurrenceOf(price);
  if (moment < anchor) return anchor;
  let periods = 1;
  let end = addIntervals(anchor, interval, step);
  while (end <= moment) end = addIntervals(anchor, interval, step * ++periods);
  return end;
}

/** @throws Error for a price that is paid once: none such gets into a subscription. */
export function recurrenceOf(price: Price): { readonly interval: Interval; readonly interval_count: number } {
  if (price.recurring === null) throw new Error(`${price.id} does not recur.`);
  return price.recurring;
}

export function hasSameInterval(one: Price, other: Price): boolean {
  const [first, second] = [recurrenceOf(one), recurrenceOf(other)];
  return first.interval === second.interval && first.interval_count === second.interval_count;
}

/** Such as "23 Nov 2026". */
export function dayOf(moment: number): string {
  return new Date(moment * 1_000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
}
