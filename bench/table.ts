import type { Summary } from './summary.ts';

const columns: readonly (readonly [title: string, value: (summary: Summary) => string])[] = [
  ['system', ({ system }) => system],
  ['operations/s', ({ throughput }) => number(throughput)],
  ['from – to', ({ slowest, fastest }) => `${number(slowest)} – ${number(fastest)}`],
  ['× PostGraphile', ({ timesPostgraphile }) => optional(timesPostgraphile, 2)],
  ['of the limit', ({ shareOfLimit }) => optional(shareOfLimit, 2)],
  ['p50 ms', ({ p50 }) => p50.toFixed(1)],
  ['p99 ms', ({ p99 }) => p99.toFixed(1)],
  ['node CPU ms', ({ nodeCpu }) => optional(nodeCpu, 2)],
  ['database CPU ms', ({ databaseCpu }) => optional(databaseCpu, 2)],
  ['statements', ({ statements }) => optional(statements, 1)],
  ['bytes', ({ bytes }) => (bytes === null ? '–' : number(bytes))],
];

/** One table a number of connections, as Markdown that reads well in a terminal too. */
export function tableOf(summaries: readonly Summary[]): string {
  return alignTable([columns.map(([title]) => title), ...summaries.map((one) => columns.map(([, value]) => value(one)))]);
}

/** Markdown of a head and its rows: the first column begins at the left, the others, which are numbers, end at the right. */
export function alignTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [row(lines[0] ?? []), rule, ...lines.slice(1).map(row)].join('\n');
}

export const number = (value: number): string => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-AU'));
export const optional = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits));
