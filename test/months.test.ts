import fc from 'fast-check';
import { monthOf, monthOfPeriod } from '../src/domain/months.js';

it.each([
  ['an instant in a month', '2026-11-17T08:09:10.011Z', '2026-11-01', '2026-12-01'],
  ['the first instant of a month', '2026-11-01T00:00:00.000Z', '2026-11-01', '2026-12-01'],
  ['the last instant of a month', '2026-11-30T23:59:59.999Z', '2026-11-01', '2026-12-01'],
  ['the last instant of a year', '2026-12-31T23:59:59.999Z', '2026-12-01', '2027-01-01'],
  ['a leap day', '2024-02-29T23:59:59.999Z', '2024-02-01', '2024-03-01'],
  ['the last day of February in a common year', '2023-02-28T12:00:00.000Z', '2023-02-01', '2023-03-01'],
  ['the last day of February in a year that is no leap year by its century', '2100-02-28T23:59:59.999Z', '2100-02-01', '2100-03-01'],
  ['an instant that is in another month elsewhere', '2026-10-31T23:30:00.000-02:00', '2026-11-01', '2026-12-01'],
  ['a year of two digits', '0099-06-15T00:00:00.000Z', '0099-06-01', '0099-07-01'],
])('finds the UTC month of %s', (_what, instant, period, next) => {
  expect(monthOf(new Date(instant))).toEqual({
    period,
    start: new Date(`${period}T00:00:00.000Z`),
    end: new Date(`${next}T00:00:00.000Z`),
  });
});

it('gives each instant to exactly one month, which its period names', () => {
  const instants = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  fc.assert(
    fc.property(instants, (instant) => {
      const month = monthOf(instant);
      expect(month.start <= instant && instant < month.end).toBe(true);
      expect(monthOfPeriod(month.period)).toEqual(month);
      expect(monthOf(new Date(month.start.getTime() - 1)).end).toEqual(month.start);
      expect(monthOf(new Date(month.end.getTime() - 1)).period).toBe(month.period);
    }),
  );
});

it.each([
  ['another day', '2026-11-02'],
  ['a month 0', '2026-00-01'],
  ['a month 13', '2026-13-01'],
  ['a month alone', '2026-11'],
  ['a time', '2026-11-01T00:00:00Z'],
  ['spaces', ' 2026-11-01'],
  ['a line break', '2026-11-01\n'],
  ['a year of five digits', '12026-11-01'],
  // PostgreSQL has no such year.
  ['the year 0', '0000-01-01'],
  ['nothing', ''],
])('reads no period from %s', (_what, text) => {
  expect(monthOfPeriod(text)).toBeNull();
});
