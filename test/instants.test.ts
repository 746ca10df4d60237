import fc from 'fast-check';
import { isoText } from '../src/domain/instants.js';

describe('the text of an instant', () => {
  it.each([
    '0001-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.000Z',
    '2024-02-29T12:34:56.007Z',
    '2026-11-30T23:59:59.999Z',
    '2026-12-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '-000001-06-01T01:02:03.004Z',
    '+010000-01-01T00:00:00.000Z',
  ])('is what Date has, as for %s', (text) => {
    expect(isoText(new Date(text))).toBe(text);
  });

  it('is what Date has, for days in any order', () => {
    const instants = fc.array(fc.date({ noInvalidDate: true }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(instants, (dates) => expect(dates.map(isoText)).toEqual(dates.map((date) => date.toISOString()))));
  });

  it('does not exist for an invalid date', () => {
    expect(() => isoText(new Date(NaN))).toThrow(RangeError);
    // Also where the day before it was a good one.
    isoText(new Date(0));
    expect(() => isoText(new Date(NaN))).toThrow(RangeError);
  });
});
