/** What the text protocol says of a timestamptz in UTC (2026-11-22 08:15:30.12+00), as JSON has it. */
export function toIso(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`;
}
