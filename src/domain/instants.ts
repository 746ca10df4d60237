const dayMilliseconds = 86_400_000;
const digits = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

/** The day that was written last: rows of a page are mostly of a few days. */
let lastDay = NaN;
let lastDayText = '';

/**
 * What `toISOString` gives, in a third of its time: nearly every row that is answered has an instant.
 *
 * @throws RangeError where the date is invalid.
 */
export function isoText(date: Date): string {
  const time = date.getTime();
  const day = Math.floor(time / dayMilliseconds);
  if (day !== lastDay) {
    const text = date.toISOString();
    // Years below 0 and above 9999 have six digits and a sign.
    if (text.length !== 24) return text;
    lastDay = day;
    lastDayText = text.slice(0, 11);
  }
  const milliseconds = time - day * dayMilliseconds;
  const seconds = Math.floor(milliseconds / 1_000);
  const minutes = Math.floor(seconds / 60);
  const rest = milliseconds % 1_000;
  return (
    `${lastDayText}${digits[Math.floor(minutes / 60)]}:${digits[minutes % 60]}:${digits[seconds % 60]}.` +
    `${Math.floor(rest / 100)}${digits[rest % 100]}Z`
  );
}
