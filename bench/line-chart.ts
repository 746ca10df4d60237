import { text } from './chart.ts';

/** Values along one side of a panel. */
export interface Axis {
  readonly title: string;
  /** log: where a value is a factor of the one before; the axis then begins at the smallest. linear: begins at 0. */
  readonly kind: 'linear' | 'log';
  /** Which values are named. Default: round ones. */
  readonly ticks?: readonly number[];
}

export interface Line {
  readonly name: string;
  readonly axis: 'left' | 'right';
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One chart: lines over one horizontal axis, by one or two vertical ones. */
export interface Panel {
  readonly title: string;
  readonly across: Axis;
  readonly left: Axis;
  readonly right?: Axis;
  readonly lines: readonly Line[];
}

export interface LineChart {
  readonly title: string;
  readonly caption: string;
  /** Panels beside one another. */
  readonly columns: number;
  readonly panels: readonly Panel[];
}

const left = ['#0b6e4f', '#6fbf9b'];
const right = ['#b9803a', '#3b6fb6'];
const size = { width: 900, top: 44, panel: 250, inner: { left: 56, right: 52, top: 62, bottom: 44 } };

/** Line charts in one picture, as SVG. */
export function lineChartOf({ title, caption, columns, panels }: LineChart): string {
  const width = size.width / columns;
  const rows = Math.ceil(panels.length / columns);
  const height = size.top + rows * size.panel + 28;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img" aria-label="${attribute(title)}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#24292f}.small{font-size:10.5px;fill:#57606a}.strong{font-weight:600}' +
      '.title{font-size:14px;font-weight:600}.grid{stroke:#d8dee4}.line{fill:none;stroke-width:1.8}</style>',
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(size.inner.left, 24, title, 'class="title"'),
    ...panels.map((panel, place) => {
      const x = (place % columns) * width;
      const y = size.top + Math.floor(place / columns) * size.panel;
      return `<g transform="translate(${x} ${y})">\n${panelOf(panel, width)}\n</g>`;
    }),
    text(size.inner.left, height - 12, caption, 'class="small"'),
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, across, left: leftAxis, right: rightAxis, lines }: Panel, width: number): string {
  const box = { x: size.inner.left, y: size.inner.top, right: width - size.inner.right, bottom: size.panel - size.inner.bottom };
  const valuesOf = (side: Line['axis']): number[] => lines.filter(({ axis }) => axis === side).flatMap(({ points }) => points.map(([, y]) => y));
  const x = scaleOf(across, lines.flatMap(({ points }) => points.map(([at]) => at)), [box.x, box.right], across.kind === 'linear');
  const y = { left: scaleOf(leftAxis, valuesOf('left'), [box.bottom, box.y]), right: scaleOf(rightAxis ?? leftAxis, valuesOf('right'), [box.bottom, box.y]) };
  const parts = [text(box.x, 14, title, 'class="strong"')];
  for (const tick of y.left.ticks) {
    parts.push(`<line x1="${box.x}" y1="${y.left.at(tick).toFixed(1)}" x2="${box.right}" y2="${y.left.at(tick).toFixed(1)}" class="grid"/>`);
    parts.push(text(box.x - 6, y.left.at(tick) + 4, short(tick), 'class="small" text-anchor="end"'));
  }
  if (rightAxis) {
    for (const tick of y.right.ticks) parts.push(text(box.right + 6, y.right.at(tick) + 4, short(tick), 'class="small"'));
    parts.push(text(box.right, box.y - 10, rightAxis.title, 'class="small" text-anchor="end"'));
  }
  parts.push(text(box.x, box.y - 10, leftAxis.title, 'class="small"'));
  for (const tick of x.ticks) parts.push(text(x.at(tick), box.bottom + 15, short(tick), 'class="small" text-anchor="middle"'));
  parts.push(text((box.x + box.right) / 2, box.bottom + 31, across.title, 'class="small" text-anchor="middle"'));
  const used = { left: 0, right: 0 };
  let legend = box.x;
  for (const { name, axis, points } of lines) {
    const colour = (axis === 'left' ? left : right)[used[axis]++] ?? '#8a8f98';
    const dashes = axis === 'right' ? ' stroke-dasharray="5 3"' : '';
    const places = points.map(([at, value]) => [x.at(at).toFixed(1), y[axis].at(value).toFixed(1)] as const);
    parts.push(`<polyline points="${places.map((place) => place.join(',')).join(' ')}" class="line" stroke="${colour}"${dashes}/>`);
    // Where there are many, the line says it all.
    if (places.length <= 20) parts.push(...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.6" fill="${colour}"/>`));
    parts.push(`<line x1="${legend}" y1="30" x2="${legend + 18}" y2="30" class="line" stroke="${colour}"${dashes}/>`);
    parts.push(text(legend + 23, 34, name, 'class="small"'));
    legend += 40 + name.length * 6;
  }
  return parts.join('\n');
}

/** Where a value stands between two edges of the panel, and which values are named there. */
function scaleOf(
  { kind, ticks }: Axis,
  values: readonly number[],
  [from, to]: readonly [number, number],
  exact = false,
): { at(value: number): number; readonly ticks: readonly number[] } {
  const highest = Math.max(...values, 0);
  if (kind === 'linear') {
    const step = stepFor(highest);
    const top = exact ? highest || 1 : Math.max(step, Math.ceil(highest / step) * step);
    const round = Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
    return { at: (value) => from + (value / top) * (to - from), ticks: ticks ?? round };
  }
  const lowest = Math.min(...values.filter((value) => value > 0), highest || 1);
  const [low, high] = [Math.log10(lowest), Math.log10(Math.max(highest, lowest * 1.01))];
  const decades = Array.from({ length: 12 }, (_, index) => 10 ** (index - 3)).filter((value) => value >= lowest && value <= highest);
  return {
    at: (value) => from + ((Math.log10(Math.max(value, lowest)) - low) / (high - low)) * (to - from),
    ticks: ticks ?? decades,
  };
}

/** A round step that leaves four to eight of them. */
function stepFor(top: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(top, 1e-9) / 4));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => top / step <= 6) ?? power * 10;
}

/** 2,000,000 as 2M: there is no room for more. */
function short(value: number): string {
  const plain = (number: number): string => String(Math.round(number * 100) / 100);
  if (value >= 1_000_000) return `${plain(value / 1_000_000)}M`;
  return value >= 10_000 ? `${plain(value / 1_000)}k` : plain(value);
}

const attribute = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
