/** A UTC calendar month, the period of every quota. */
export interface Month {
  /** Its first day, as the database's `date` columns hold it: YYYY-MM-01. */
  readonly period: string;
  readonly start: Date;
  /** The next month's first instant; the month ends before it. */
  readonly end: Date;
}

/** The UTC calendar month that holds an instant. */
export function monthOf(instant: Date): Month {
  return monthAt(instant.getUTCFullYear(), instant.getUTCMonth());
}

/** There is no year 0 in PostgreSQL's calendar. */
const periodPattern = /^(?!0000)(\d{4})-(0[1-9]|1[0-2])-01$/;

/** The month of a period such as 2026-11-01, or null where the text is none. */
export function monthOfPeriod(period: string): Month | null {
  const match = periodPattern.exec(period);
  return match ? monthAt(Number(match[1]), Number(match[2]) - 1) : null;
}

function monthAt(year: number, month: number): Month {
  const start = utc(year, month);
  return { period: start.toISOString().slice(0, 10), start, end: utc(year, month + 1) };
}

/** `Date.UTC` reads the years 0 to 99 as 1900 to 1999. */
function utc(year: number, month: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 1);
  return date;
}
