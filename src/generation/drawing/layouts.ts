import { lighten } from './colour.js';
import { bath, shower, toilet, towelRail, vanity } from './furniture/bathroom.js';
import { bed, bedside } from './furniture/bedroom.js';
import { artWall, bowl, framedArt, mirror, rug, vase } from './furniture/decor.js';
import { bench, benchThings, fridge, hood, island, openShelves, splashback, wallCabinets } from './furniture/kitchen.js';
import { floorLamp, pendant, tableLamp, wallLight } from './furniture/lamps.js';
import { barbecue, fireBowl, pergola, planter } from './furniture/outdoor.js';
import { plant } from './furniture/plants.js';
import { armchair, chair, officeChair, pouf, sofa, stool } from './furniture/seating.js';
import { bookcase, desk, mediaUnit, moodBoard, sideboard, wallShelf, wardrobe } from './furniture/storage.js';
import { coffeeTable, setting, sideTable, table } from './furniture/tables.js';
import type { Palette } from './palettes.js';
import type { Random } from './random.js';
import type { Scene } from './scene.js';
import type { Opening } from './shell.js';

/** What a layout is given: the room, its look, and which way round it is laid out. */
export interface Room {
  readonly scene: Scene;
  readonly palette: Palette;
  /** Differs between variants of one room: art, plants, lamps. */
  readonly random: Random;
  /** 1 or -1: the side of the window; everything else follows. */
  readonly side: 1 | -1;
  /** Half of the room's width, metres. */
  readonly half: number;
}

export interface Layout {
  readonly wet?: boolean;
  readonly outdoors?: boolean;
  /** Default true. */
  readonly curtains?: boolean;
  /** The window; `plan` belongs to the building and is the same for all looks of one room. */
  window(plan: Random, side: 1 | -1, half: number): Opening;
  furnish(room: Room): void;
}

/** From `from` to `to` measured on the window's side; mirrored for the other. */
const opening = (side: 1 | -1, from: number, to: number, y0: number, y1: number): Opening => ({
  x0: Math.min(side * from, side * to),
  x1: Math.max(side * from, side * to),
  y0,
  y1,
});

const livingRoom: Layout = {
  window: (plan, side, half) => opening(side, 0.22, half - plan.between(0.35, 0.55), plan.pick([0.06, 0.5]), 2.25),
  furnish({ scene, palette, random, side, half }) {
    const s = -side;
    const width = Math.min(half + 0.05, half > 2.6 ? 2.5 : 2);
    const middle = s * (half - width / 2 - (half > 2.6 ? 0.75 : 0.22));
    const wide = half > 2.4;
    if (random.chance(0.62)) {
      rug(scene, random, palette, s * half * 0.22, 1.35, Math.min(2.6, half * 1.25), 1.5);
      artWall(scene, random, palette, middle, 1.62, width * 0.9);
      sofa(scene, random, palette, { x: middle, z: 0.08, width, colour: palette.sofa });
      coffeeTable(scene, random, palette, middle * 0.72, 1.5, 1);
      armchair(scene, random, palette, { x: side * half * 0.56, z: 0.95, turn: -side * 0.85 });
      plant(scene, random, palette, side * (half - 0.3), 0.32, random.between(1.3, 1.75));
      if (wide) {
        floorLamp(scene, random, palette, s * (half - 0.35), 0.4);
        sideTable(scene, palette, middle + side * (width / 2 + 0.32), 0.42, (top) => tableLamp(scene, random, palette, middle + side * (width / 2 + 0.32), top, 0.42));
        pouf(scene, side * half * 0.2, 1.9, palette.throwColour);
      } else {
        floorLamp(scene, random, palette, middle + side * (width / 2 + 0.22), 0.24);
      }
    } else {
      const unit = Math.min(1.9, half * 0.84);
      rug(scene, random, palette, 0, 1.4, Math.min(2.5, half * 1.15), 1.6);
      mediaUnit(scene, random, palette, s * (half - unit / 2 - 0.45), unit);
      if (palette.decor > 0.5 && wide) bookcase(scene, random, palette, s > 0 ? 0.05 : -0.75, 0.7, 1.9);
      sofa(scene, random, palette, { x: side * (half - 0.02), z: 0.5, width: 1.95, colour: palette.sofa, faces: side > 0 ? 'left' : 'right' });
      coffeeTable(scene, random, palette, side * 0.12, 1.45, 0.9);
      armchair(scene, random, palette, { x: s * half * 0.66, z: 1.35, turn: side * 1.05 });
      plant(scene, random, palette, s * (half - 0.24), 0.28, random.between(1.2, 1.6));
      floorLamp(scene, random, palette, side * (half - 0.26), 0.24);
    }
    if (palette.pendants.length > 0 && palette.ceilingKind !== 'coffers') pendant(scene, random, palette, 0, 2.02, 1.25, 1.15);
  },
};

const kitchen: Layout = {
  curtains: false,
  window: (plan, side, half) => opening(side, plan.between(-0.15, 0.1), Math.min(half - 0.7, 1.45), 1.08, 2.1),
  furnish({ scene, palette, random, side, half }) {
    const s = -side;
    const tall = half > 1.7;
    const window = { a: side * 0.05, b: side * Math.min(half - 0.7, 1.45) };
    const end = s * (half - (tall ? 0.82 : 0.05));
    const x0 = Math.min(end, side * (half - 0.02));
    const x1 = Math.max(end, side * (half - 0.02));
    const cook = s * Math.min(half * 0.42, 1.15);
    const sink = (window.a + window.b) / 2;
    if (tall) fridge(scene, palette, s > 0 ? half - 0.8 : -half + 0.04);
    splashback(scene, random, palette, x0, x1, 0.9, 1.08);
    splashback(scene, random, palette, Math.min(end, s * 0.2), Math.max(end, s * 0.2), 1.08, 1.62);
    bench(scene, random, palette, x0, x1, { oven: cook, sink });
    hood(scene, palette, cook);
    const shelves = palette.decor > 0.65;
    const inner: [number, number] = s > 0 ? [0.22, cook - 0.4] : [cook + 0.4, -0.22];
    const outer: [number, number] = s > 0 ? [cook + 0.4, end] : [end, cook - 0.4];
    for (const [a, b] of [inner, outer]) {
      if (shelves) openShelves(scene, random, palette, a, b);
      else wallCabinets(scene, palette, a, b);
    }
    const rest: [number, number] = side > 0 ? [Math.min(half - 0.6, 1.6), half - 0.05] : [-half + 0.05, Math.max(-half + 0.6, -1.6)];
    wallCabinets(scene, palette, rest[0], rest[1]);
    benchThings(scene, random, palette, Math.min(cook + s * 0.35, end), Math.max(cook + s * 0.35, end));
    benchThings(scene, random, palette, Math.min(side * 1.5, side * (half - 0.1)), Math.max(side * 1.5, side * (half - 0.1)));
    const width = Math.min(2.3, half * 1.08);
    island(scene, random, palette, 0, 1.55, width);
    const seats = width > 1.9 ? 3 : 2;
    for (let i = 0; i < seats; i += 1) stool(scene, palette, (i - (seats - 1) / 2) * (width / seats), 2.12);
    const kind = random.pick(palette.pendants);
    if (kind === 'bar') pendant(scene, random, palette, 0, 1.86, 1.5, 1.1, 'bar');
    else for (let i = 0; i < seats; i += 1) pendant(scene, random, palette, (i - (seats - 1) / 2) * (width / seats), 1.84, 1.5, 0.85, kind);
  },
};

const bedroom: Layout = {
  window: (plan, side, half) => opening(side, half - plan.between(1.25, 1.4), half - 0.3, plan.pick([0.1, 0.62]), 2.2),
  furnish({ scene, palette, random, side, half }) {
    const wide = half > 2.4;
    const width = half < 1.8 ? 1.4 : 1.65;
    const middle = wide ? -side * 0.35 : -side * Math.min(0.32, half - width / 2 - 0.5);
    rug(scene, random, palette, middle, 1.75, Math.min(3, width + 1.05), 1.5);
    bed(scene, random, palette, middle, width);
    for (const dir of [-1, 1]) bedside(scene, random, palette, middle + dir * (width / 2 + 0.32));
    if (random.chance(0.55)) artWall(scene, random, palette, middle, 1.78, width * 0.95);
    else mirror(scene, palette, middle, 1.8, 0.72, 0.72, 'round');
    if (wide) {
      wardrobe(scene, palette, side > 0 ? -half + 0.04 : half - 1.24, 1.2);
      armchair(scene, random, palette, { x: side * (half - 0.75), z: 0.95, turn: -side * 0.8 });
      floorLamp(scene, random, palette, side * (half - 0.22), 0.42);
    }
    plant(scene, random, palette, side * (half - (wide ? 1.5 : 0.3)), wide ? 0.25 : 0.7, random.between(1.1, 1.5));
    if (palette.decor > 0.4 && palette.ceilingKind !== 'coffers') pendant(scene, random, palette, middle, 2.14, 1, 1.15);
    if (!wide) pouf(scene, -side * half * 0.62, 2.05, palette.seat);
  },
};

const bathroom: Layout = {
  wet: true,
  curtains: false,
  window: (plan, side, half) => opening(side, 0.28, Math.min(half - 0.3, 0.28 + plan.between(1.15, 1.4)), 1.02, 2.14),
  furnish({ scene, palette, random, side, half }) {
    const s = -side;
    const width = Math.min(1.6, half - 0.3);
    const wide = half > 2.4;
    const middle = s * (wide ? half * 0.42 : half - width / 2 - 0.12);
    if (wide) shower(scene, random, palette, s > 0 ? half - 1.05 : -half, 1.05);
    vanity(scene, random, palette, middle, width);
    const shape = random.pick(['round', 'arch', 'square'] as const);
    const basins = width > 1.3 ? [-0.26, 0.26] : [0];
    if (shape === 'square') mirror(scene, palette, middle, 1.6, width * 0.9, 0.8, shape, true);
    else for (const part of basins) mirror(scene, palette, middle + part * width, 1.62, 0.56, shape === 'round' ? 0.56 : 0.86, shape, true);
    wallLight(scene, palette, middle - width * 0.56, 1.72);
    wallLight(scene, palette, middle + width * 0.56, 1.72);
    bath(scene, random, palette, side * (half - 0.95), 0.75, Math.min(1.65, half * 0.86));
    if (wide) toilet(scene, side * 0.1);
    towelRail(scene, palette, side * (wide ? half - 0.4 : 0.02), 1.28);
    rug(scene, random, { ...palette, rug: { ...palette.rug, kinds: ['stripes', 'plain', 'border'] } }, middle * 0.7, 1.25, 1.1, 0.6);
    plant(scene, random, palette, side * (half - 0.24), 0.24, random.between(1.2, 1.5));
    stoolWithTowels({ scene, palette, random, side, half });
  },
};

function stoolWithTowels({ scene, palette, random, side, half }: Room): void {
  const x = side * Math.min(0.2, half * 0.1);
  sideTable(scene, palette, x + side * 0.02, 1.3, (top) => {
    if (random.chance(0.5)) vase(scene, random, palette, x, top, 1.3, 0.9);
    else bowl(scene, random, { ...palette, pot: [palette.stone] }, x, top, 1.3, 0.12);
  });
}

const diningRoom: Layout = {
  window: (plan, side, half) => opening(side, 0.2, half - plan.between(0.3, 0.5), plan.pick([0.06, 0.55]), 2.25),
  furnish({ scene, palette, random, side, half }) {
    const s = -side;
    const cabinet = Math.min(1.7, half - 0.35);
    const middle = s * (half - cabinet / 2 - 0.2);
    sideboard(scene, random, palette, middle, cabinet);
    if (random.chance(0.6)) artWall(scene, random, palette, middle, 1.68, cabinet * 0.95);
    else mirror(scene, palette, middle, 1.7, 0.78, 0.78, 'round');
    const round = half < 1.8 || random.chance(0.3);
    const w = round ? 1.2 : Math.min(2.3, half * 1.02);
    const z = 1.45;
    rug(scene, random, palette, 0, z, w + 1.1, 1.7);
    table(scene, palette, 0, z, w, round ? w : 0.92, round);
    setting(scene, palette, 0, z, w * (round ? 0.62 : 0.92), round ? 0.8 : 0.92);
    scene.place(z + 0.002, () => {
      vase(scene, random, palette, 0.04, 0.74, z, 1.25);
      bowl(scene, random, palette, -w * 0.24, 0.74, z + 0.02, 0.12);
    });
    const seats = round ? 2 : w > 1.9 ? 3 : 2;
    for (let i = 0; i < seats; i += 1) {
      const x = (i - (seats - 1) / 2) * ((w * (round ? 1.15 : 0.98)) / seats);
      const inward = round ? Math.sign(x) * 0.5 : 0;
      chair(scene, palette, { x, z: z - 0.6, turn: random.between(-0.12, 0.12) - inward }, palette.seat);
      chair(scene, palette, { x: x * 1.05, z: z + 0.66, turn: Math.PI + random.between(-0.16, 0.16) + inward }, palette.seat);
    }
    if (!round) for (const dir of [-1, 1]) chair(scene, palette, { x: dir * (w / 2 + 0.28), z, turn: -dir * (Math.PI / 2) + 0.06 }, palette.seat);
    const kind = random.pick(palette.pendants);
    if (kind === 'bar' || w < 1.5) pendant(scene, random, palette, 0, 1.7, z, 1.35, kind);
    else for (const dx of [-0.28, 0.28]) pendant(scene, random, palette, dx * w, 1.74, z, 1.05, kind);
    plant(scene, random, palette, side * (half - 0.28), 0.32, random.between(1.3, 1.8));
  },
};

const homeOffice: Layout = {
  window: (plan, side, half) => opening(side, half - plan.between(1.5, 1.7), half - 0.28, plan.pick([0.55, 0.1]), 2.2),
  furnish({ scene, palette, random, side, half }) {
    const s = -side;
    const width = Math.min(1.7, half);
    const wide = half > 2.4;
    const shelf = wide ? 1.1 : Math.min(0.85, half * 0.42);
    bookcase(scene, random, palette, s > 0 ? half - shelf - 0.04 : -half + 0.04, shelf);
    const middle = s * (half - shelf - 0.25 - width / 2);
    rug(scene, random, palette, middle, 1.35, Math.min(2.3, half * 1.2), 1.3);
    desk(scene, random, palette, middle, width);
    if (random.chance(0.5)) moodBoard(scene, random, palette, middle - s * width * 0.06, 1.85, Math.min(1.1, width * 0.7), 0.62);
    else wallShelf(scene, random, palette, middle, 1.72, Math.min(1.2, width * 0.8));
    officeChair(scene, palette, { x: middle + s * 0.12, z: 1.2, turn: random.between(-0.5, 0.5) });
    if (wide) {
      armchair(scene, random, palette, { x: side * (half - 0.85), z: 1.05, turn: -side * 0.8 });
      floorLamp(scene, random, palette, side * (half - 0.25), 0.5);
      sideTable(scene, palette, side * (half - 1.5), 0.75, (top) => vase(scene, random, palette, side * (half - 1.5), top, 0.75, 0.9));
    }
    plant(scene, random, palette, side * (half - (wide ? 1.95 : 0.32)), wide ? 0.24 : 0.6, random.between(1.1, 1.5));
    if (palette.decor > 0.35) pendant(scene, random, palette, 0, 2.08, 1.1, 1);
  },
};

const alfresco: Layout = {
  outdoors: true,
  window: (_plan, side, half) => opening(side, -half, half, 0, 2.5),
  furnish({ scene, palette, random, side, half }) {
    const s = -side;
    const cabinet = Math.min(1.9, half * 0.95);
    pergola(scene, palette);
    planter(scene, random, palette, Math.min(side * half, s * (half - cabinet - 0.2)), Math.max(side * half, s * (half - cabinet - 0.2)));
    barbecue(scene, random, palette, s > 0 ? half - cabinet - 0.05 : -half + 0.05, cabinet);
    const rugged: Palette = { ...palette, rug: { ...palette.rug, kinds: ['stripes', 'border', 'plain', 'diamonds'] } };
    if (random.chance(0.5)) {
      const w = Math.min(2.1, half * 0.98);
      const z = 1.55;
      rug(scene, random, rugged, side * 0.1, z, w + 1, 1.6);
      table(scene, palette, side * 0.1, z, w, 0.9);
      setting(scene, palette, side * 0.1, z, w * 0.92, 0.9);
      scene.place(z + 0.002, () => {
        vase(scene, random, palette, side * 0.1, 0.74, z, 1.1);
        bowl(scene, random, palette, side * 0.1 + 0.4, 0.74, z, 0.13);
      });
      const seats = w > 1.8 ? 3 : 2;
      for (let i = 0; i < seats; i += 1) {
        const x = side * 0.1 + (i - (seats - 1) / 2) * (w / seats);
        chair(scene, palette, { x, z: z - 0.6, turn: random.between(-0.1, 0.1) }, palette.seat);
        chair(scene, palette, { x, z: z + 0.66, turn: Math.PI + random.between(-0.15, 0.15) }, palette.seat);
      }
    } else {
      rug(scene, random, rugged, side * 0.25, 1.45, Math.min(2.7, half * 1.35), 1.5);
      sofa(scene, random, palette, { x: side * (half * 0.5), z: 0.42, width: Math.min(1.8, half), colour: lighten(palette.sofa, 0.06) });
      coffeeTable(scene, random, palette, side * half * 0.4, 1.75, 0.95);
      armchair(scene, random, palette, { x: s * half * 0.42, z: 1.35, turn: side * 0.9 });
      if (half > 1.8) fireBowl(scene, palette, s * half * 0.56, 2.1);
    }
    plant(scene, random, palette, side * (half - 0.3), 0.5, random.between(1.3, 1.7), random.pick(['palm', 'olive', 'monstera', 'snake']));
    plant(scene, random, palette, s * (half * 0.72), 0.95, random.between(0.8, 1.1), random.pick(['olive', 'snake', 'monstera']));
  },
};

const grannyFlat: Layout = {
  window: (plan, side, half) => opening(side, 0.1, half - plan.between(0.35, 0.5), 0.95, 2.2),
  furnish({ scene, palette, random, side, half }) {
    const s = -side;
    const run = Math.min(1.9, half - 0.15);
    const x0 = s > 0 ? half - run - 0.02 : -half + 0.02;
    const x1 = x0 + run;
    splashback(scene, random, palette, x0, x1, 0.9, 1.4);
    bench(scene, random, palette, x0, x1, { sink: x0 + run * 0.3, oven: x0 + run * 0.74 });
    openShelves(scene, random, palette, x0 + 0.05, x0 + run * 0.52);
    wallCabinets(scene, palette, x0 + run * 0.56, x1, 1.42, 2.1);
    benchThings(scene, random, palette, x0 + run * 0.42, x0 + run * 0.58);
    const width = Math.min(1.85, half - 0.2);
    sofa(scene, random, palette, { x: side * (half - width / 2 - 0.12), z: 0.08, width, colour: palette.sofa });
    rug(scene, random, palette, side * half * 0.42, 1.35, Math.min(2.2, half * 1.05), 1.2);
    coffeeTable(scene, random, palette, side * half * 0.48, 1.42, 0.72);
    const z = 1.5;
    const x = s * half * 0.5;
    table(scene, palette, x, z, 0.78, 0.78, true);
    scene.place(z + 0.002, () => vase(scene, random, palette, x, 0.74, z, 1));
    chair(scene, palette, { x: x + s * 0.02, z: z - 0.52, turn: 0.1 }, palette.seat);
    chair(scene, palette, { x: x + side * 0.52, z: z + 0.12, turn: side * -1.45 }, palette.seat);
    pendant(scene, random, palette, x, 1.82, z, 1.05);
    plant(scene, random, palette, side * (half - 0.22), 0.9, random.between(1.1, 1.4));
    if (half > 2.4) floorLamp(scene, random, palette, side * 0.15, 0.35);
    else framedArt(scene, random, palette, s * 0.02, 1.7, 0.26, 0.36);
  },
};

const layouts: Readonly<Record<string, Layout>> = {
  living_room: livingRoom,
  kitchen,
  bedroom,
  bathroom,
  dining_room: diningRoom,
  home_office: homeOffice,
  alfresco,
  granny_flat: grannyFlat,
};

/** The room type's layout; an unknown or missing one is furnished as a living room, which suits most. */
export const layoutFor = (roomType: string | null): Layout =>
  roomType !== null && Object.hasOwn(layouts, roomType) ? (layouts[roomType] ?? livingRoom) : livingRoom;
