import { darken, lighten, mix } from './colour.js';
import { ellipse, line, polygon, rect } from './shapes.js';
import { px, type Point } from './geometry.js';
import type { Scene } from './scene.js';
import type { ViewKind } from './palettes.js';
import type { Random } from './random.js';

/** What is seen outside, in pixels of the picture. */
interface Outlook {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A bumpy ridge from left to right, closed at the bottom. */
function ridge(random: Random, o: Outlook, y: number, height: number, steps: number, fill: string): string {
  const tops = Array.from({ length: steps + 1 }, (_, i) => ({
    x: o.x + (o.w * i) / steps,
    y: y - height * random.between(0.25, 1),
  }));
  const curve = tops
    .slice(1)
    .map((point, i) => {
      const before = tops[i] ?? point;
      return `Q${px(before.x)} ${px(before.y)} ${px((before.x + point.x) / 2)} ${px((before.y + point.y) / 2)}`;
    })
    .join('');
  const first = tops[0]?.y ?? y;
  return `<path d="M${px(o.x)} ${px(o.y + o.h)}L${px(o.x)} ${px(first)}${curve}L${px(o.x + o.w)} ${px(tops.at(-1)?.y ?? y)}L${px(o.x + o.w)} ${px(o.y + o.h)}Z" fill="${fill}"/>`;
}

/** Foliage as a heap of soft balls, darker below and lighter towards the sun. */
function foliage(random: Random, c: Point, w: number, h: number, leaf: string, count: number): string {
  const balls = Array.from({ length: count }, (_, i) => {
    const angle = random.between(0, Math.PI * 2);
    const reach = Math.sqrt(random.next()) * 0.62;
    const depth = i / count;
    const p = { x: c.x + Math.cos(angle) * reach * w * 0.5, y: c.y + Math.sin(angle) * reach * h * 0.5 - depth * h * 0.12 };
    const r = random.between(0.16, 0.28) * Math.min(w, h);
    return ellipse(p, r * 1.15, r, mix(darken(leaf, 0.3), lighten(leaf, 0.22), depth * 0.8 + random.between(0, 0.2)));
  });
  return balls.join('');
}

function gum(random: Random, foot: Point, height: number, leaf: string): string {
  const lean = random.between(-0.12, 0.12) * height;
  const top = { x: foot.x + lean, y: foot.y - height * 0.62 };
  const bark = random.pick(['#d9cfc2', '#c9bcae', '#e2d8cb']);
  const w = height * 0.035;
  const trunk = `<path d="M${px(foot.x - w)} ${px(foot.y)}Q${px(foot.x + lean * 0.2)} ${px(foot.y - height * 0.3)} ${px(top.x - w * 0.4)} ${px(top.y - height * 0.15)}L${px(top.x + w * 0.5)} ${px(top.y - height * 0.15)}Q${px(foot.x + lean * 0.3 + w)} ${px(foot.y - height * 0.3)} ${px(foot.x + w)} ${px(foot.y)}Z" fill="${bark}"/>`;
  const branch = (dx: number, dy: number): string =>
    line({ x: top.x - lean * 0.2, y: top.y + height * 0.14 }, { x: top.x + dx, y: top.y + dy }, bark, w * 0.8);
  const crown = (dx: number, dy: number, size: number): string =>
    foliage(random, { x: top.x + dx, y: top.y + dy }, height * 0.4 * size, height * 0.26 * size, leaf, 9);
  const h = height;
  return [
    trunk,
    branch(-h * 0.17, -h * 0.05),
    branch(h * 0.16, -h * 0.08),
    crown(-h * 0.18, -h * 0.08, 0.9),
    crown(h * 0.17, -h * 0.1, 0.9),
    crown(0, -h * 0.22, 1.1),
  ].join('');
}

function water(scene: Scene, random: Random, o: Outlook, y: number, colours: readonly [string, string]): string {
  const body = rect(o.x, y, o.w, o.y + o.h - y, scene.vertical([0, colours[0]], [1, colours[1]]));
  const sparkles = Array.from({ length: 16 }, () => {
    const down = random.next() ** 1.6;
    const w = o.w * random.between(0.03, 0.12) * (0.4 + down);
    const x = o.x + random.between(0, o.w);
    return rect(x, y + 2 + down * (o.y + o.h - y) * 0.8, w, Math.max(1, 2.4 * down), '#ffffff', 'fill-opacity=".38" rx="1"');
  });
  return body + sparkles.join('');
}

/**
 * The outside inside a rectangle of pixels: sky by the hour, and sea, garden, bush, city or harbour below it. The sea's
 * horizon is at the viewer's eye, as it is in life.
 */
export function drawView(scene: Scene, random: Random, kind: ViewKind, o: Outlook, leaf: string): string {
  const { sky, sun } = scene.daylight;
  const eye = scene.at(0, scene.eyeY, 0).y;
  const horizon = Math.min(Math.max(eye, o.y + o.h * 0.3), o.y + o.h * 0.8);
  const outside = mix(leaf, sky[2], 0.12);
  const parts = [
    rect(o.x, o.y, o.w, o.h, scene.vertical([0, sky[0]], [0.45, sky[1]], [0.8, sky[2]], [1, sky[2]])),
    ellipse(
      { x: o.x + o.w * random.between(0.2, 0.8), y: horizon - o.h * 0.18 },
      o.w * 0.5,
      o.w * 0.5,
      scene.radial([0, sun, 0.85], [0.12, sun, 0.4], [1, sun, 0]),
    ),
  ];
  for (let i = 0; i < 3; i += 1) {
    const c = { x: o.x + o.w * random.next(), y: o.y + o.h * random.between(0.05, 0.3) };
    const w = o.w * random.between(0.1, 0.24);
    for (const [dx, dy, size] of [[0, 0, 1], [-0.5, 0.1, 0.7], [0.55, 0.08, 0.75]] as const) {
      const p = { x: c.x + dx * w, y: c.y + dy * w };
      parts.push(ellipse(p, w * 0.6 * size, w * 0.16 * size, '#ffffff', 'fill-opacity=".45"'));
    }
  }
  const tint = (colour: string, amount: number): string => mix(colour, sky[2], amount);
  if (kind === 'ocean') {
    const deep = mix('#2b7f9e', sky[1], 0.2);
    parts.push(ridge(random, { ...o, w: o.w * 0.45, x: o.x + (random.chance(0.5) ? 0 : o.w * 0.55) }, horizon + 2, o.h * 0.09, 4, tint('#5d7f74', 0.3)));
    parts.push(water(scene, random, o, horizon, [deep, mix('#8fd0cf', sky[2], 0.15)]));
    const sail = { x: o.x + o.w * random.between(0.15, 0.85), y: horizon + o.h * 0.015 };
    const s = o.h * 0.055;
    parts.push(polygon([{ x: sail.x, y: sail.y - s * 1.7 }, { x: sail.x + s * 0.8, y: sail.y }, { x: sail.x, y: sail.y }], '#ffffff'));
    const beach = o.y + o.h * 0.86;
    parts.push(ridge(random, o, beach + o.h * 0.03, o.h * 0.05, 5, '#ffffff'));
    parts.push(ridge(random, o, beach + o.h * 0.06, o.h * 0.05, 4, tint('#ead3a6', 0.1)));
  } else if (kind === 'harbour') {
    parts.push(ridge(random, o, horizon, o.h * 0.06, 8, tint('#6d8a86', 0.45)));
    const arch = o.h * 0.24;
    const left = o.x + o.w * 0.16;
    const right = o.x + o.w * 0.84;
    const steel = tint('#5b6770', 0.2);
    const deck = horizon - arch * 0.22;
    const top = (dy: number): string =>
      `<path d="M${px(left)} ${px(horizon)}Q${px((left + right) / 2)} ${px(horizon - arch * 2 + dy)} ${px(right)} ${px(horizon)}" fill="none" stroke="${steel}" stroke-width="${px(o.h * 0.012)}"/>`;
    parts.push(top(0), top(arch * 0.34), line({ x: o.x, y: deck }, { x: o.x + o.w, y: deck }, steel, o.h * 0.014));
    for (let i = 1; i < 14; i += 1) {
      const part = i / 14;
      const x = left + (right - left) * part;
      const height = 4 * part * (1 - part) * arch;
      parts.push(line({ x, y: horizon - height }, { x, y: Math.min(deck, horizon) }, steel, 1));
    }
    for (const x of [left, right]) parts.push(rect(x - o.w * 0.018, deck - o.h * 0.08, o.w * 0.036, o.h * 0.13, tint('#a89c8c', 0.2)));
    parts.push(water(scene, random, o, horizon, [mix('#3a7590', sky[1], 0.2), mix('#6ba6b5', sky[2], 0.2)]));
  } else if (kind === 'city') {
    for (const [depth, base] of [[0.5, 0.55], [0.22, 0.38]] as const) {
      for (let x = o.x - 4; x < o.x + o.w; ) {
        const w = o.w * random.between(0.07, 0.15);
        const h = o.h * base * random.between(0.45, 1.1);
        const colour = tint(random.pick(['#5b6a78', '#7b8791', '#8d7f76', '#4d5a66']), depth);
        parts.push(rect(x, o.y + o.h - h, w, h, scene.horizontal([0, lighten(colour, 0.08)], [1, darken(colour, 0.08)])));
        const pane = w / 6;
        for (let row = 0; row < Math.min(12, h / (pane * 2)); row += 1) {
          for (let column = 0; column < 3; column += 1) {
            if (!random.chance(0.5)) continue;
            const lit = scene.daylight.lamps > 0.5 ? '#ffe2a0' : lighten(colour, 0.3);
            parts.push(rect(x + pane * (0.9 + column * 1.6), o.y + o.h - h + pane * (1 + row * 1.8), pane, pane, lit, 'fill-opacity=".8"'));
          }
        }
        x += w * random.between(0.9, 1.15);
      }
    }
  } else {
    const bush = kind === 'bush';
    parts.push(ridge(random, o, horizon + o.h * 0.02, o.h * 0.16, 6, tint('#6f8fa0', 0.4)));
    parts.push(ridge(random, o, horizon + o.h * 0.08, o.h * 0.13, 7, tint('#6d8f72', 0.3)));
    parts.push(rect(o.x, horizon + o.h * 0.08, o.w, o.h, scene.vertical([0, tint(bush ? '#a9a866' : '#8fb565', 0.1)], [1, bush ? '#b39a5c' : '#6f9a4d'])));
    const trees = bush ? 4 : 2;
    for (let i = 0; i < trees; i += 1) {
      const foot = { x: o.x + o.w * ((i + random.between(0.15, 0.85)) / trees), y: o.y + o.h * random.between(0.72, 0.9) };
      parts.push(gum(random, foot, Math.min(o.h, o.w * 1.2) * random.between(0.6, 0.85), bush ? mix(outside, '#8a9a6a', 0.4) : outside));
    }
    const hedge = Math.ceil((o.w / o.h) * 5);
    for (let i = 0; i < hedge; i += 1) {
      const c = { x: o.x + (o.w * (i + 0.5)) / hedge, y: o.y + o.h * random.between(0.9, 0.97) };
      parts.push(foliage(random, c, o.h * 0.32, o.h * random.between(0.2, 0.34), bush ? '#8d9b62' : outside, 8));
    }
    if (!bush) {
      for (let i = 0; i < hedge * 4; i += 1) {
        const c = { x: o.x + o.w * random.next(), y: o.y + o.h * random.between(0.84, 0.98) };
        parts.push(ellipse(c, o.h * 0.011, o.h * 0.011, random.pick(['#ffffff', '#f3b5c0', '#f4d36a', '#cdb7ea'])));
      }
    }
  }
  return parts.join('');
}
