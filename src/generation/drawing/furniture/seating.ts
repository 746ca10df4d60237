import { darken, ink, lighten, mix } from '../colour.js';
import type { Palette } from '../palettes.js';
import type { Random } from '../random.js';
import { px, type Point } from '../geometry.js';
import type { Scene } from '../scene.js';
import {
  block,
  blocks,
  boxShadow,
  cylinder,
  ellipse,
  floorShadow,
  footprint,
  line,
  polygon,
  prism,
  roundShadow,
  type Box,
  type Stand,
} from '../shapes.js';

/** A loose cushion that leans on a back: a puffed square of `size` metres, tilted a little. */
export function cushion(scene: Scene, random: Random, foot: Point, size: number, colour: string): void {
  const h = size / 2;
  const tilt = random.between(-14, 14);
  const paint = scene.radial([0, lighten(colour, 0.2)], [0.7, colour], [1, darken(colour, 0.22)]);
  const shape = `M${px(-h)} ${px(-h)}Q0 ${px(-h * 0.78)} ${px(h)} ${px(-h)}Q${px(h * 0.8)} 0 ${px(h)} ${px(h)}Q0 ${px(h * 0.86)} ${px(-h)} ${px(h)}Q${px(-h * 0.8)} 0 ${px(-h)} ${px(-h)}Z`;
  const mark = ink(colour, 0.32);
  const pattern = random.whole(0, 4);
  const lines =
    pattern === 0
      ? [-0.5, -0.17, 0.17, 0.5]
          .map((part) => line({ x: part * size, y: -h * 0.85 }, { x: part * size, y: h * 0.85 }, mark, size * 0.05, 'stroke-opacity=".6"'))
          .join('')
      : pattern === 1
        ? [0.3, 0.55].map((r) => `<circle r="${px(h * r)}" fill="none" stroke="${mark}" stroke-opacity=".55" stroke-width="${px(size * 0.045)}"/>`).join('')
        : pattern === 2
          ? polygon([{ x: 0, y: -h * 0.6 }, { x: h * 0.6, y: 0 }, { x: 0, y: h * 0.6 }, { x: -h * 0.6, y: 0 }], 'none', ` stroke="${mark}" stroke-opacity=".6" stroke-width="${px(size * 0.05)}"`)
          : '';
  scene.draw(
    `<g transform="translate(${px(foot.x)} ${px(foot.y - h * 0.92)}) rotate(${px(tilt)})"><path d="${shape}" transform="translate(${px(size * 0.04)} ${px(size * 0.05)})" fill="#1d1410" fill-opacity=".2"/><path d="${shape}" fill="${paint}"/>${lines}</g>`,
  );
}

/** A knitted throw over an edge: from a point on the seat down the front. */
export function blanket(scene: Scene, x: number, w: number, y1: number, y0: number, z0: number, z1: number, colour: string): void {
  const top = [scene.at(x, y1, z0), scene.at(x + w, y1, z0), scene.at(x + w * 1.04, y1, z1), scene.at(x - w * 0.04, y1, z1)];
  scene.draw(polygon(top, lighten(colour, 0.14)));
  const a = scene.at(x - w * 0.04, y1, z1);
  const b = scene.at(x + w * 1.04, y0, z1);
  const paint = scene.vertical([0, lighten(colour, 0.06)], [1, darken(colour, 0.18)]);
  scene.draw(
    `<path d="M${px(a.x)} ${px(a.y)}L${px(b.x)} ${px(a.y)}Q${px(b.x + 2)} ${px((a.y + b.y) / 2)} ${px(b.x - 1)} ${px(b.y)}L${px(a.x + 2)} ${px(b.y - 2)}Q${px(a.x - 2)} ${px((a.y + b.y) / 2)} ${px(a.x)} ${px(a.y)}Z" fill="${paint}"/>`,
  );
  const step = (b.x - a.x) / 9;
  for (let i = 0; i <= 9; i += 1) {
    const at = a.x + i * step;
    scene.draw(line({ x: at, y: b.y - 2 }, { x: at, y: b.y + (b.y - a.y) * 0.14 }, lighten(colour, 0.1), step * 0.3));
  }
  for (const part of [0.3, 0.6, 0.85]) {
    const y = a.y + (b.y - a.y) * part;
    scene.draw(line({ x: a.x + 1, y }, { x: b.x - 1, y }, ink(colour, 0.25), 1.4, 'stroke-opacity=".5"'));
  }
}

export interface SofaOptions {
  /** Middle. */
  readonly x: number;
  /** Its back's depth. */
  readonly z: number;
  readonly width: number;
  readonly colour: string;
  /** Which way one looks when sitting on it. */
  readonly faces?: 'viewer' | 'left' | 'right';
}

/** A sofa; along a side wall (`faces` left or right) it is the same sofa, turned by a quarter. */
export function sofa(scene: Scene, random: Random, palette: Palette, options: SofaOptions): void {
  const { x, z, width, colour, faces = 'viewer' } = options;
  const depth = 0.92;
  const low = palette.legs === 'block' ? 0.05 : 0.14;
  const arm = palette.finish === 'slats' ? 0.12 : 0.18;
  const back = palette.legs === 'block' ? 0.7 : 0.8;
  // Local: a from 0 to width along the sofa, b from 0 (back) to depth (front).
  const box = (a0: number, a1: number, y0: number, y1: number, b0: number, b1: number): Box => {
    if (faces === 'viewer') return { x0: x - width / 2 + a0, x1: x - width / 2 + a1, y0, y1, z0: z + b0, z1: z + b1 };
    return faces === 'right'
      ? { x0: x + b0, x1: x + b1, y0, y1, z0: z + a0, z1: z + a1 }
      : { x0: x - b1, x1: x - b0, y0, y1, z0: z + a0, z1: z + a1 };
  };
  const seats = width > 1.9 ? 3 : 2;
  const inner = (width - 2 * arm) / seats;
  boxShadow(scene, box(0, width, 0, 0.1, 0, depth), 0.42);
  scene.place(faces === 'viewer' ? z + 0.45 : z + width / 2, () => {
    for (const a of [0.06, width - 0.12]) {
      for (const b of [0.06, depth - 0.12]) block(scene, box(a, a + 0.06, 0, low, b, b + 0.06), palette.legs === 'metal' ? palette.metal : palette.wood);
    }
    const frame = [
      { box: box(0, width, low, back, 0, 0.2), colour: darken(colour, 0.05), radius: 0.07 },
      { box: box(0, arm, low, 0.6, 0.04, depth), colour, radius: 0.07 },
      { box: box(width - arm, width, low, 0.6, 0.04, depth), colour, radius: 0.07 },
    ];
    const seatParts = Array.from({ length: seats }, (_, i) => {
      const a = arm + i * inner;
      return [
        { box: box(a + 0.005, a + inner - 0.005, 0.29, 0.44, 0.16, depth + 0.01), colour: lighten(colour, 0.05), radius: 0.05 },
        { box: box(a + 0.01, a + inner - 0.01, 0.42, back + 0.07, 0.16, 0.34), colour: lighten(colour, 0.03), radius: 0.08 },
      ];
    }).flat();
    const base = { box: box(arm, width - arm, low, 0.3, 0.1, depth - 0.02), colour: darken(colour, 0.1), radius: 0.02 };
    if (faces === 'viewer') {
      blocks(scene, frame);
      const backs = seatParts.filter((_, i) => i % 2 === 1);
      blocks(scene, backs);
      scene.draw(shadeUnder(scene, box(arm, width - arm, 0.44, 0.44, 0.16, 0.5)));
      blocks(scene, [base, ...seatParts.filter((_, i) => i % 2 === 0)]);
    } else {
      // Seen from its end: the back and the far arm first, the near arm last.
      const [backFrame, nearArm, farArm] = faces === 'right' ? [frame[0], frame[2], frame[1]] : [frame[0], frame[2], frame[1]];
      blocks(scene, [backFrame, farArm].filter((part) => part !== undefined));
      blocks(scene, seatParts.filter((_, i) => i % 2 === 1));
      blocks(scene, [base, ...seatParts.filter((_, i) => i % 2 === 0)]);
      blocks(scene, [nearArm].filter((part) => part !== undefined));
    }
    if (faces === 'viewer') {
      const cushions = random.shuffle(palette.accents);
      const count = palette.decor > 0.5 ? (seats > 2 ? 4 : 3) : 2;
      const spots = count === 4 ? [0.12, 0.26, 0.78, 0.9] : count === 3 ? [0.16, 0.32, 0.86] : [0.17, 0.85];
      spots.forEach((spot, i) => {
        const p = scene.at(x - width / 2 + arm + (width - 2 * arm) * spot, 0.45, z + 0.44);
        cushion(scene, random, p, scene.scale(z + 0.44) * random.between(0.38, 0.45), cushions[i % cushions.length] ?? palette.throwColour);
      });
      if (palette.decor > 0.3) {
        const at = random.chance(0.5) ? x - width / 2 + arm + inner * 0.18 : x + width / 2 - arm - inner * 0.75;
        blanket(scene, at, inner * 0.5, 0.445, 0.16, z + 0.4, z + depth + 0.015, palette.throwColour);
      }
    } else {
      palette.accents.slice(0, 2).forEach((accent, i) => {
        const b = box(0, 0, 0.45, 0.45, 0.42, 0.42);
        const p = scene.at(b.x0, 0.44, z + width * (i === 0 ? 0.3 : 0.66));
        cushion(scene, random, p, scene.scale(z + width * 0.5) * 0.4, accent);
      });
    }
  });
}

/** A soft dark band where a cushion meets what it lies on. */
const shadeUnder = (scene: Scene, b: Box): string =>
  polygon(
    [scene.at(b.x0, b.y0, b.z0), scene.at(b.x1, b.y0, b.z0), scene.at(b.x1, b.y0, b.z1), scene.at(b.x0, b.y0, b.z1)],
    '#1d1410',
    ' fill-opacity=".25"',
  );

function legsOf(scene: Scene, palette: Palette, stand: Stand, w: number, d: number, height: number, thick = 0.035): void {
  const spots = [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ] as const;
  const colour = palette.legs === 'metal' ? palette.metal : palette.woodDark;
  for (const [sx, sz] of spots) {
    prism(scene, footprint(stand, thick, thick, sx * (w / 2 - thick), sz * (d / 2 - thick)), 0, height, colour);
  }
}

/** A lounge chair on a wooden frame, turned as the room wants it. */
export function armchair(scene: Scene, random: Random, palette: Palette, stand: Stand, colour = palette.seat): void {
  const w = 0.74;
  const d = 0.76;
  floorShadow(scene, footprint(stand, w, d), 0.36);
  scene.place(stand.z, () => {
    legsOf(scene, palette, stand, w, d, 0.3, 0.045);
    const parts = [
      { dx: 0, dz: -d / 2 + 0.09, w, d: 0.18, y0: 0.28, y1: 0.86, colour: darken(colour, 0.04) },
      { dx: -w / 2 + 0.05, dz: 0.02, w: 0.1, d: d * 0.86, y0: 0.26, y1: 0.58, colour: palette.legs === 'tapered' ? palette.wood : darken(colour, 0.06) },
      { dx: w / 2 - 0.05, dz: 0.02, w: 0.1, d: d * 0.86, y0: 0.26, y1: 0.58, colour: palette.legs === 'tapered' ? palette.wood : darken(colour, 0.06) },
      { dx: 0, dz: 0.06, w: w - 0.2, d: d - 0.14, y0: 0.26, y1: 0.45, colour: lighten(colour, 0.05) },
    ];
    parts
      .map((part) => ({ ...part, depth: stand.z - part.dx * Math.sin(stand.turn) + part.dz * Math.cos(stand.turn) }))
      .sort((a, b) => a.depth - b.depth)
      .forEach((part) => prism(scene, footprint(stand, part.w, part.d, part.dx, part.dz), part.y0, part.y1, part.colour));
    if (Math.cos(stand.turn) > 0.2) {
      const lean = footprint(stand, 0.01, 0.01, 0, -0.1)[0];
      if (lean !== undefined) {
        cushion(scene, random, scene.at(lean.x, 0.44, lean.z), scene.scale(lean.z) * 0.38, random.pick(palette.accents));
      }
    }
  });
}

/** A dining or desk chair with an open back. */
export function chair(scene: Scene, palette: Palette, stand: Stand, colour: string): void {
  const w = 0.44;
  const d = 0.46;
  floorShadow(scene, footprint(stand, w, d), 0.3, 0.1);
  scene.place(stand.z, () => {
    const back = (): void => {
      for (const side of [-1, 1]) {
        prism(scene, footprint(stand, 0.03, 0.03, side * (w / 2 - 0.03), -d / 2 + 0.02), 0.44, 0.84, palette.legs === 'metal' ? palette.metal : palette.wood);
      }
      prism(scene, footprint(stand, w, 0.05, 0, -d / 2 + 0.02), 0.58, 0.88, colour);
    };
    legsOf(scene, palette, stand, w, d, 0.42);
    const facing = Math.cos(stand.turn) > 0;
    if (facing) back();
    prism(scene, footprint(stand, w, d), 0.42, 0.47, palette.legs === 'tapered' ? palette.wood : colour);
    prism(scene, footprint(stand, w * 0.9, d * 0.88), 0.46, 0.5, lighten(colour, 0.06));
    if (!facing) back();
  });
}

/** A swivel chair seen from behind or from the side. */
export function officeChair(scene: Scene, palette: Palette, stand: Stand): void {
  const { x, z } = stand;
  roundShadow(scene, x, z, 0.3);
  scene.place(z, () => {
    for (let i = 0; i < 5; i += 1) {
      const angle = (i / 5) * Math.PI * 2 + 0.3;
      const foot = scene.at(x + 0.28 * Math.cos(angle), 0.05, z + 0.28 * Math.sin(angle));
      scene.draw(line(scene.at(x, 0.12, z), foot, palette.metal, scene.scale(z) * 0.03));
      scene.draw(ellipse(foot, scene.scale(z) * 0.03, scene.scale(z) * 0.03, darken(palette.metal, 0.3)));
    }
    cylinder(scene, x, z, 0.1, 0.42, 0.025, palette.metal);
    prism(scene, footprint(stand, 0.5, 0.48), 0.42, 0.5, palette.seat);
    const back = footprint({ ...stand }, 0.46, 0.06, 0, 0.24);
    prism(scene, back, 0.56, 0.98, darken(palette.seat, 0.03));
    const middle = scene.at(x, 0.52, z + 0.24);
    scene.draw(line(middle, scene.at(x, 0.6, z + 0.24), palette.metal, scene.scale(z) * 0.05));
  });
}

/** A kitchen stool before the island. */
export function stool(scene: Scene, palette: Palette, x: number, z: number): void {
  roundShadow(scene, x, z, 0.18, 0.28);
  scene.place(z, () => {
    const w = scene.scale(z) * 0.028;
    const colour = palette.legs === 'metal' ? palette.metal : palette.woodDark;
    for (const [dx, dz] of [[-0.16, -0.13], [0.16, -0.13], [-0.18, 0.15], [0.18, 0.15]] as const) {
      scene.draw(line(scene.at(x + dx * 0.7, 0.64, z + dz * 0.7), scene.at(x + dx, 0, z + dz), colour, w));
    }
    scene.draw(line(scene.at(x - 0.17, 0.25, z + 0.14), scene.at(x + 0.17, 0.25, z + 0.14), colour, w * 0.8));
    cylinder(scene, x, z, 0.63, 0.7, 0.19, palette.decor > 0.6 ? palette.seat : palette.wood);
  });
}

/** A cube or drum to put the feet on. */
export function pouf(scene: Scene, x: number, z: number, colour: string): void {
  roundShadow(scene, x, z, 0.26);
  scene.place(z, () => {
    cylinder(scene, x, z, 0, 0.36, 0.27, colour);
    const top = scene.at(x, 0.36, z);
    for (let i = 0; i < 8; i += 1) {
      const angle = (i / 8) * Math.PI * 2;
      scene.draw(line(top, scene.at(x + 0.25 * Math.cos(angle), 0.36, z + 0.25 * Math.sin(angle)), mix(colour, '#3a2c20', 0.3), 1.2, 'stroke-opacity=".6"'));
    }
  });
}
