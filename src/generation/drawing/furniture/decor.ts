import { darken, ink, lighten, mix } from '../colour.js';
import type { ArtKind, Palette } from '../palettes.js';
import type { Random } from '../random.js';
import { path, px, type Point } from '../geometry.js';
import type { Scene } from '../scene.js';
import { block, ellipse, lathe, line, polygon, rect, wallShadow } from '../shapes.js';

/** A vase with a few stems of eucalyptus or dried grass. Stands at height y. */
export function vase(scene: Scene, random: Random, palette: Palette, x: number, y: number, z: number, size = 1): void {
  const s = scene.scale(z) * size;
  const mouth = scene.at(x, y + 0.22 * size, z);
  const dry = palette.plants.includes('pampas') && random.chance(0.6);
  const stems = random.whole(4, 6);
  for (let i = 0; i < stems; i += 1) {
    const lean = (i / (stems - 1) - 0.5) * 1.1 + random.between(-0.1, 0.1);
    const tip = { x: mouth.x + lean * s * 0.26, y: mouth.y - s * random.between(0.2, 0.34) };
    const stem = dry ? '#b99a6d' : darken(palette.leaf, 0.15);
    scene.draw(line(mouth, tip, stem, Math.max(1, s * 0.008)));
    for (let k = 1; k <= 5; k += 1) {
      const at = { x: mouth.x + (tip.x - mouth.x) * (k / 5), y: mouth.y + (tip.y - mouth.y) * (k / 5) };
      const r = s * (dry ? 0.022 : 0.03);
      const colour = dry ? lighten('#d8bf95', random.between(0, 0.4)) : mix(palette.leaf, '#a9c4b0', random.between(0.1, 0.6));
      const turn = random.between(-50, 50) + (k % 2 ? 40 : -40);
      scene.draw(
        `<ellipse rx="${px(r * 0.55)}" ry="${px(r * 1.15)}" fill="${colour}" transform="translate(${px(at.x)} ${px(at.y)}) rotate(${px(turn)})"/>`,
      );
    }
  }
  const colour = random.pick([...palette.pot, palette.stone]);
  const shapes = [
    [[0, 0.05], [0.08, 0.085], [0.16, 0.045], [0.22, 0.04]],
    [[0, 0.06], [0.1, 0.07], [0.22, 0.05]],
    [[0, 0.04], [0.05, 0.09], [0.13, 0.08], [0.2, 0.025], [0.22, 0.03]],
  ] as const;
  lathe(scene, x, z, random.pick(shapes).map(([h, r]) => [y + h * size, r * size] as const), colour, true);
}

export function bowl(scene: Scene, random: Random, palette: Palette, x: number, y: number, z: number, radius: number): void {
  const fruit = random.pick(['#e9c93f', '#d9793a', '#8fae4c']);
  const colour = random.pick(palette.pot);
  lathe(scene, x, z, [[y, radius * 0.45], [y + radius * 0.35, radius * 0.85], [y + radius * 0.62, radius]], colour, true);
  const s = scene.scale(z) * radius;
  for (const [dx, dy] of [[-0.45, 0.68], [0.42, 0.66], [0, 0.86], [-0.1, 0.62]] as const) {
    const c = scene.at(x + dx * radius, y + dy * radius, z);
    scene.draw(ellipse(c, s * 0.34, s * 0.33, scene.radial([0, lighten(fruit, 0.45)], [0.6, fruit], [1, darken(fruit, 0.25)])));
  }
}

export function candle(scene: Scene, palette: Palette, x: number, y: number, z: number): void {
  lathe(scene, x, z, [[y, 0.035], [y + 0.09, 0.035]], lighten(palette.stone, 0.3));
  const wick = scene.at(x, y + 0.11, z);
  const s = scene.scale(z);
  scene.draw(ellipse(wick, s * 0.008, s * 0.018, '#ffcf6b'));
  scene.glow(wick, s * 0.22, 0.6);
}

/** Two or three books lying on each other. */
export function books(scene: Scene, random: Random, palette: Palette, x: number, y: number, z: number): void {
  let at = y;
  for (let i = 0; i < random.whole(2, 3); i += 1) {
    const w = random.between(0.22, 0.3) - i * 0.02;
    const h = random.between(0.022, 0.035);
    block(scene, { x0: x - w / 2, x1: x + w / 2, y0: at, y1: at + h, z0: z - 0.1, z1: z + 0.1 }, random.pick([...palette.accents, '#f2ede4']));
    at += h;
  }
}

/** A row of upright books, w metres wide, in a plane that faces the viewer. */
export function bookRow(scene: Scene, random: Random, palette: Palette, x: number, y: number, z: number, w: number): void {
  const s = scene.scale(z);
  let at = x;
  while (at < x + w - 0.03) {
    const thick = random.between(0.022, 0.05);
    const high = random.between(0.17, 0.25);
    const p = scene.at(at, y + high, z);
    const colour = mix(random.pick([...palette.accents, '#efe7da', palette.woodDark]), '#c9b79f', 0.15);
    scene.draw(rect(p.x, p.y, thick * s, high * s, scene.horizontal([0, lighten(colour, 0.1)], [1, darken(colour, 0.2)]), 'rx="1"'));
    if (random.chance(0.5)) scene.draw(rect(p.x + 1, p.y + high * s * 0.16, thick * s - 2, 1.6, ink(colour, 0.4)));
    at += thick + 0.003;
  }
}

/** A picture's content in a rectangle of pixels. */
function artwork(random: Random, kind: ArtKind, palette: Palette, x: number, y: number, w: number, h: number): string {
  const colours = random.shuffle(palette.accents);
  const tone = (i: number): string => colours[i % colours.length] ?? palette.throwColour;
  const paper = mix('#f7f1e6', palette.wall, 0.2);
  const parts: string[] = [rect(x, y, w, h, paper)];
  const cx = x + w / 2;
  if (kind === 'arches') {
    for (let i = 0; i < 4; i += 1) {
      const r = w * (0.4 - i * 0.09);
      parts.push(`<path d="M${px(cx - r)} ${px(y + h)}V${px(y + h * 0.48)}A${px(r)} ${px(r)} 0 0 1 ${px(cx + r)} ${px(y + h * 0.48)}V${px(y + h)}Z" fill="${i % 2 ? paper : tone(i)}"/>`);
    }
  } else if (kind === 'seascape') {
    const sea = ['#bfdbe3', '#8fbccb', '#5c98b3', '#3d7595', '#e8d6b0'];
    sea.forEach((colour, i) => {
      const top = y + h * (0.32 + i * 0.14);
      parts.push(`<path d="M${px(x)} ${px(top)}Q${px(x + w * 0.3)} ${px(top - h * 0.05)} ${px(cx)} ${px(top + h * 0.01)}T${px(x + w)} ${px(top - h * 0.01)}V${px(y + h)}H${px(x)}Z" fill="${colour}"/>`);
    });
    parts.push(ellipse({ x: x + w * 0.7, y: y + h * 0.18 }, w * 0.08, w * 0.08, '#f1d79a'));
  } else if (kind === 'botanical') {
    const green = darken(palette.leaf, 0.1);
    parts.push(line({ x: cx, y: y + h * 0.92 }, { x: cx + w * 0.05, y: y + h * 0.14 }, green, w * 0.014));
    for (let i = 0; i < 9; i += 1) {
      const side = i % 2 ? 1 : -1;
      const at = { x: cx + w * 0.03, y: y + h * (0.18 + i * 0.075) };
      parts.push(`<path d="M0 0Q${px(side * w * 0.14)} ${px(-h * 0.1)} ${px(side * w * 0.3)} ${px(-h * 0.03)}Q${px(side * w * 0.14)} ${px(h * 0.04)} 0 0Z" fill="${mix(palette.leaf, tone(1), (i % 3) * 0.16)}" transform="translate(${px(at.x)} ${px(at.y)})"/>`);
    }
  } else if (kind === 'blobs') {
    for (let i = 0; i < 5; i += 1) {
      const c = { x: x + w * random.between(0.22, 0.78), y: y + h * random.between(0.2, 0.8) };
      parts.push(`<ellipse rx="${px(w * random.between(0.1, 0.26))}" ry="${px(h * random.between(0.08, 0.2))}" fill="${tone(i)}" fill-opacity=".9" transform="translate(${px(c.x)} ${px(c.y)}) rotate(${px(random.between(0, 90))})"/>`);
    }
    parts.push(line({ x: x + w * 0.2, y: y + h * 0.82 }, { x: x + w * 0.8, y: y + h * 0.22 }, '#2d2825', w * 0.015));
  } else if (kind === 'sunset') {
    parts.push(rect(x, y, w, h, mix(tone(0), '#f6e2bd', 0.65)));
    parts.push(ellipse({ x: cx, y: y + h * 0.52 }, w * 0.26, w * 0.26, tone(0)));
    [0.58, 0.7, 0.82].forEach((part, i) => {
      parts.push(`<path d="M${px(x)} ${px(y + h * part)}Q${px(x + w * 0.35)} ${px(y + h * (part - 0.1))} ${px(cx + w * 0.1)} ${px(y + h * part)}T${px(x + w)} ${px(y + h * (part - 0.03))}V${px(y + h)}H${px(x)}Z" fill="${mix(tone(1 + i), darken(tone(0), 0.3), 0.25 * i)}"/>`);
    });
  } else if (kind === 'dunes') {
    for (let i = 0; i < 5; i += 1) {
      const part = 0.3 + i * 0.15;
      const bend = (i % 2 ? 1 : -1) * h * 0.08;
      parts.push(`<path d="M${px(x)} ${px(y + h * part)}C${px(x + w * 0.35)} ${px(y + h * part + bend)} ${px(x + w * 0.65)} ${px(y + h * part - bend)} ${px(x + w)} ${px(y + h * (part - 0.02))}V${px(y + h)}H${px(x)}Z" fill="${mix('#eadbc2', tone(0), i * 0.2)}"/>`);
    }
  } else if (kind === 'blocks') {
    const cells = [[0, 0, 0.6, 0.45], [0.6, 0, 0.4, 0.7], [0, 0.45, 0.35, 0.55], [0.35, 0.45, 0.25, 0.55], [0.6, 0.7, 0.4, 0.3]] as const;
    cells.forEach(([a, b, c, d], i) => parts.push(rect(x + w * a, y + h * b, w * c, h * d, i === 3 ? paper : tone(i), `stroke="${paper}" stroke-width="${px(w * 0.03)}"`)));
  } else {
    for (let i = 0; i < 4; i += 1) {
      const r = w * (0.12 + i * 0.08);
      parts.push(`<path d="M${px(cx - r)} ${px(y + h * 0.62)}C${px(cx - r)} ${px(y + h * 0.2)} ${px(cx + r)} ${px(y + h * (0.16 + i * 0.03))} ${px(cx + r * 0.9)} ${px(y + h * 0.7)}" fill="none" stroke="${i === 1 ? tone(0) : '#3a332e'}" stroke-width="${px(w * 0.014)}"/>`);
    }
    parts.push(ellipse({ x: cx, y: y + h * 0.66 }, w * 0.08, w * 0.08, tone(0)));
  }
  return parts.join('');
}

/** A framed picture on the back wall; x and y are its middle. */
export function framedArt(
  scene: Scene,
  random: Random,
  palette: Palette,
  x: number,
  y: number,
  w: number,
  h: number,
  /** Draws what is framed into a rectangle of pixels; by default one of the palette's kinds of art. */
  draw = (left: number, top: number, width: number, height: number): string =>
    artwork(random, random.pick(palette.art), palette, left, top, width, height),
): void {
  const a = scene.at(x - w / 2, y + h / 2, 0.03);
  const s = scene.scale(0.03);
  wallShadow(scene, x - w / 2, x + w / 2, y - h / 2, y + h / 2, 0.3);
  scene.place(0.03, () => {
    const frame = random.pick([palette.wood, palette.metal, '#f6f3ee', palette.woodDark]);
    const W = w * s;
    const H = h * s;
    const edge = Math.max(3, s * 0.022);
    const mat = Math.min(W, H) * random.pick([0.05, 0.12]);
    scene.draw(rect(a.x, a.y, W, H, scene.vertical([0, lighten(frame, 0.14)], [1, darken(frame, 0.2)])));
    scene.draw(rect(a.x + edge, a.y + edge, W - 2 * edge, H - 2 * edge, '#faf7f1'));
    const inset = edge + mat;
    const content = draw(a.x + inset, a.y + inset, W - 2 * inset, H - 2 * inset);
    const clip = scene.clip(rect(a.x + inset, a.y + inset, W - 2 * inset, H - 2 * inset, '#000'));
    scene.draw(`<g ${clip}>${content}</g>`);
    scene.draw(polygon([{ x: a.x, y: a.y }, { x: a.x + W * 0.45, y: a.y }, { x: a.x + W * 0.1, y: a.y + H }, { x: a.x, y: a.y + H }], '#ffffff', ' fill-opacity=".07"'));
  });
}

/** One large picture, a pair, or three in a row, as the width allows. */
export function artWall(scene: Scene, random: Random, palette: Palette, x: number, y: number, width: number): void {
  if (width < 0.3) return;
  const kind = random.whole(0, 2);
  if (kind === 0 || width < 0.9) {
    const w = Math.min(width * 0.8, 1.15);
    framedArt(scene, random, palette, x, y, w, Math.min(w * 0.75, 0.82));
  } else if (kind === 1) {
    const w = Math.min(width * 0.38, 0.52);
    for (const dx of [-0.56, 0.56]) framedArt(scene, random, palette, x + dx * w * 1.05, y, w, Math.min(0.78, w * 1.32));
  } else {
    const w = Math.min(width * 0.26, 0.42);
    for (const dx of [-1.16, 0, 1.16]) framedArt(scene, random, palette, x + dx * w, y, w, Math.min(0.62, w * 1.35));
  }
}

/** A mirror on the back wall that shows a calm echo of the room. */
export function mirror(scene: Scene, palette: Palette, x: number, y: number, w: number, h: number, shape: 'round' | 'arch' | 'square', glowing = false): void {
  if (shape === 'square') wallShadow(scene, x - w / 2, x + w / 2, y - h / 2, y + h / 2, 0.24);
  else {
    const lower = Array.from({ length: 20 }, (_, i) => (i / 20) * 2 * Math.PI);
    const dx = -scene.lightFrom * 0.04;
    scene.shadow(lower.map((angle) => scene.at(x + dx + (w / 2) * Math.cos(angle), y - 0.04 + (h / 2) * Math.sin(angle), 0)), 0.24);
  }
  scene.place(0.035, () => {
    const s = scene.scale(0.03);
    const c = scene.at(x, y, 0.03);
    const W = w * s;
    const H = h * s;
    const glass = scene.vertical([0, '#eef4f5'], [0.5, mix(palette.wall, '#c9d8dc', 0.5)], [1, mix(palette.wall, '#8f9c9f', 0.5)]);
    const stroke = `stroke="${palette.metal}" stroke-width="${px(s * 0.024)}"`;
    if (glowing) scene.glow(c, W * 0.9, 0.55);
    const outline =
      shape === 'round'
        ? `<ellipse cx="${px(c.x)}" cy="${px(c.y)}" rx="${px(W / 2)}" ry="${px(H / 2)}"`
        : shape === 'arch'
          ? `<path d="M${px(c.x - W / 2)} ${px(c.y + H / 2)}V${px(c.y - H / 2 + W / 2)}A${px(W / 2)} ${px(W / 2)} 0 0 1 ${px(c.x + W / 2)} ${px(c.y - H / 2 + W / 2)}V${px(c.y + H / 2)}Z"`
          : `<rect x="${px(c.x - W / 2)}" y="${px(c.y - H / 2)}" width="${px(W)}" height="${px(H)}" rx="4"`;
    scene.draw(`${outline} fill="${glass}" ${stroke}/>`);
    const clip = scene.clip(`${outline}/>`);
    const gleam = (dx: number, w2: number): string =>
      polygon([{ x: c.x + W * dx, y: c.y - H / 2 }, { x: c.x + W * (dx + w2), y: c.y - H / 2 }, { x: c.x + W * (dx + w2 - 0.5), y: c.y + H / 2 }, { x: c.x + W * (dx - 0.5), y: c.y + H / 2 }], '#ffffff', ' fill-opacity=".32"');
    scene.draw(`<g ${clip}>${gleam(0.1, 0.16)}${gleam(0.36, 0.06)}</g>`);
  });
}

/** The rug: a patch of the floor with a pattern that follows the perspective. */
export function rug(scene: Scene, random: Random, palette: Palette, x: number, z: number, w: number, d: number): void {
  const kind = random.pick(palette.rug.kinds);
  const { base, ink: mark } = palette.rug;
  const at = (u: number, v: number): Point => scene.at(x + (u * w) / 2, 0.012, z + (v * d) / 2);
  if (kind === 'round') {
    const r = Math.min(w / 2, d * 0.72);
    const ring = (part: number): Point[] =>
      Array.from({ length: 44 }, (_, i) => {
        const angle = (i / 44) * Math.PI * 2;
        return scene.at(x + r * part * Math.cos(angle), 0.012, z + r * part * Math.sin(angle) * (d / w > 0.6 ? 0.9 : 0.75));
      });
    [1, 0.94, 0.78, 0.7, 0.5, 0.42, 0.2].forEach((part, i) => {
      scene.draw(polygon(ring(part), i % 2 ? base : i === 0 ? darken(base, 0.12) : mix(base, mark, 0.55)));
    });
    return;
  }
  const area = (u0: number, v0: number, u1: number, v1: number, fill: string): void =>
    scene.draw(polygon([at(u0, v0), at(u1, v0), at(u1, v1), at(u0, v1)], fill));
  if (random.chance(0.6)) {
    for (let i = 0; i <= 40; i += 1) {
      const v = -1 + i / 20;
      for (const side of [-1, 1]) scene.draw(line(at(side, v), at(side * 1.035, v + random.between(-0.02, 0.02)), lighten(base, 0.1), 1.6));
    }
  }
  area(-1, -1, 1, 1, scene.vertical([0, darken(base, 0.08)], [1, lighten(base, 0.05)]));
  if (kind === 'stripes') {
    for (let i = 0; i < 9; i += 1) if (i % 2) area(-1, -1 + (i * 2) / 9, 1, -1 + ((i + (i % 4 === 1 ? 1 : 0.5)) * 2) / 9, mix(base, mark, 0.75));
  } else if (kind === 'border') {
    area(-0.94, -0.9, 0.94, 0.9, mix(base, mark, 0.75));
    area(-0.9, -0.84, 0.9, 0.84, base);
    area(-0.84, -0.74, 0.84, 0.74, mix(base, mark, 0.22));
  } else if (kind === 'diamonds') {
    const columns = 5;
    const rows = 4;
    for (let i = 0; i < columns; i += 1) {
      for (let k = 0; k < rows; k += 1) {
        const u = -1 + ((i + 0.5) * 2) / columns;
        const v = -1 + ((k + 0.5) * 2) / rows;
        const a = 0.92 / columns;
        const b = 0.92 / rows;
        scene.draw(`<path d="${path([at(u, v - b), at(u + a, v), at(u, v + b), at(u - a, v)])}" fill="none" stroke="${mark}" stroke-opacity=".75" stroke-width="2.4"/>`);
        scene.draw(polygon([at(u, v - b / 4), at(u + a / 4, v), at(u, v + b / 4), at(u - a / 4, v)], mix(base, mark, 0.6)));
      }
    }
  } else if (kind === 'shapes') {
    const cells = 4;
    for (let i = 0; i < cells; i += 1) {
      for (let k = 0; k < 3; k += 1) {
        const u0 = -0.94 + (i * 1.88) / cells;
        const v0 = -0.9 + k * 0.6;
        const colour = mix(random.pick(palette.accents), base, 0.28);
        if (random.chance(0.5)) area(u0, v0, u0 + 1.88 / cells - 0.04, v0 + 0.55, colour);
        else {
          const steps = Array.from({ length: 13 }, (_, n) => (n / 12) * Math.PI);
          scene.draw(polygon(steps.map((angle) => at(u0 + 0.22 + 0.22 * Math.cos(angle), v0 + 0.52 - 0.5 * Math.sin(angle))), colour));
        }
      }
    }
  } else {
    for (let i = 1; i < 14; i += 1) {
      const v = -1 + i / 7;
      scene.draw(line(at(-0.99, v), at(0.99, v), darken(base, 0.16), 1, 'stroke-opacity=".4"'));
    }
  }
}
