import { systemNames, type OperationName, type SystemName } from './command-line.mjs';
import type { Summary } from './summary.ts';

const colours: Readonly<Record<SystemName, string>> = {
  roomfeed: '#0b6e4f',
  'roomfeed-cache': '#6fbf9b',
  postgraphile: '#3b6fb6',
  'prisma-idiomatic': '#b9803a',
  limit: '#8a8f98',
};

const layout = { left: 132, right: 64, top: 78, bar: 13, gap: 2, group: 18, width: 900, panelGap: 56 };

/** Throughput as a multiple of PostGraphile's, by operation: a panel of bars for each number of connections, as SVG. */
export function chartOf(summaries: readonly Summary[], caption: string): string {
  const systems = systemNames.filter((name) => summaries.some(({ system }) => system === name));
  const connections = [...new Set(summaries.map((one) => one.connections))];
  const operations = [...new Set(summaries.map((one) => one.operation))];
  const panelWidth = (layout.width - layout.left - layout.right - (connections.length - 1) * layout.panelGap) / connections.length;
  const groupHeight = systems.length * (layout.bar + layout.gap) + layout.group;
  const bottom = layout.top + operations.length * groupHeight;
  const longest = Math.max(1, ...summaries.map(({ timesPostgraphile }) => timesPostgraphile ?? 0));
  const top = niceAbove(longest);
  const parts: string[] = [];

  systems.forEach((system, index) => {
    const x = layout.left + index * 142;
    parts.push(`<rect x="${x}" y="30" width="11" height="11" rx="2" fill="${colours[system]}"/>`);
    parts.push(text(x + 16, 40, system));
  });
  connections.forEach((count, panel) => {
    const x0 = layout.left + panel * (panelWidth + layout.panelGap);
    const scale = (value: number): number => (value / top) * panelWidth;
    parts.push(text(x0, layout.top - 16, `${count} connections`, 'class="strong"'));
    for (const tick of ticksTo(top)) {
      const x = x0 + scale(tick);
      parts.push(`<line x1="${x}" y1="${layout.top - 6}" x2="${x}" y2="${bottom}" class="${tick === 1 ? 'one' : 'grid'}"/>`);
      parts.push(text(x, bottom + 14, `${tick}×`, 'text-anchor="middle" class="small"'));
    }
    operations.forEach((operation, index) => {
      const y0 = layout.top + index * groupHeight;
      if (panel === 0) {
        parts.push(text(layout.left - 10, y0 + (groupHeight - layout.group) / 2 + 4, operation, 'text-anchor="end"'));
      }
      systems.forEach((system, place) => {
        const ratio = ratioOf(summaries, { operation, connections: count, system });
        if (ratio === null) return;
        const y = y0 + place * (layout.bar + layout.gap);
        parts.push(`<rect x="${x0}" y="${y}" width="${Math.max(1, scale(ratio)).toFixed(1)}" height="${layout.bar}" rx="1" fill="${colours[system]}"/>`);
        parts.push(text(x0 + scale(ratio) + 4, y + layout.bar - 3, ratio.toFixed(ratio < 0.1 ? 2 : 1), 'class="small"'));
      });
    });
  });
  const height = bottom + 48;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${layout.width} ${height}" width="${layout.width}" height="${height}" role="img" aria-label="Throughput as a multiple of PostGraphile's">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#24292f}.small{font-size:10.5px;fill:#57606a;paint-order:stroke;stroke:#fff;stroke-width:3px}.strong{font-weight:600}' +
      '.title{font-size:14px;font-weight:600}.grid{stroke:#d8dee4}.one{stroke:#57606a;stroke-dasharray:3 3}</style>',
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(layout.left, 20, 'Operations a second, PostGraphile = 1', 'class="title"'),
    ...parts,
    text(layout.left, height - 12, caption, 'class="small"'),
    '</svg>\n',
  ].join('\n');
}

function ratioOf(
  summaries: readonly Summary[],
  wanted: { readonly operation: OperationName; readonly connections: number; readonly system: SystemName },
): number | null {
  const found = summaries.find(
    ({ operation, connections, system }) =>
      operation === wanted.operation && connections === wanted.connections && system === wanted.system,
  );
  return found?.timesPostgraphile ?? null;
}

/** A round number that leaves room for the longest bar's own label. */
function niceAbove(value: number): number {
  const step = stepFor(value);
  return Math.ceil((value * 1.08) / step) * step;
}

const stepFor = (value: number): number => (value > 12 ? 4 : value > 6 ? 2 : 1);

function ticksTo(top: number): number[] {
  const step = stepFor(top);
  const ticks = Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
  return ticks.includes(1) ? ticks : [0, 1, ...ticks.slice(1)];
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped}</text>`;
}
