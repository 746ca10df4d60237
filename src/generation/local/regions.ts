import { chromaOf, hueOf, readLab, type Lab } from './oklab.js';
import { openPixels, type Pixels } from './photo.js';

/** What a region of a photo most likely is: by where it lies and which colour it has. */
export type Role = 'wall' | 'floor' | 'ceiling' | 'wood' | 'textile' | 'accent' | 'leaf' | 'dark' | 'light' | 'kept';

/** Parts of a photo of about one colour at about one height: a wall, a floor, the sofas. */
export interface Region extends Lab {
  /** Its middle, 0 at the top to 1 at the bottom. */
  readonly y: number;
  /** Its share of the picture, 0 to 1. */
  readonly share: number;
  readonly role: Role;
}

/** A rectangle as parts of the picture, 0 to 1. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Reading {
  readonly regions: readonly Region[];
  /** The photo without its grain and its small patterns: by this it is decided which region a pixel belongs to. */
  readonly calmed: Pixels;
  /** Where the daylight comes from, as parts of the picture: the middle of what is brightest. */
  readonly light: { readonly x: number; readonly y: number };
  /** Where the floor begins, as a part of the height from the top; null where it cannot be told. */
  readonly floorLine: number | null;
  /** The wall's calmest place, where a picture may hang; null where there is none. */
  readonly calm: Spot | null;
}

/** A photo is looked at this small: what is smaller is no wall and no floor. */
const side = 96;
const regionCount = 10;
const rounds = 12;

/** How much each of lightness, a, b and height tells pixels apart. Shadows are no other material, so lightness tells less. */
export const weights = { l: 0.75, ab: 2.6, y: 0.3 } as const;

/** Looks at a photo: which regions it has, where its light comes from, where its wall is empty. The same for the same photo. */
export async function readRegions(photo: Pixels): Promise<Reading> {
  const bytes = await openPixels(photo).resize(side, side, { fit: 'fill' }).blur(0.6).raw().toBuffer();
  const labs: (Lab & { y: number })[] = [];
  const lab = new Float64Array(3);
  for (let i = 0; i < side * side; i += 1) {
    readLab(bytes, i * 3, lab);
    labs.push({ l: lab[0] ?? 0, a: lab[1] ?? 0, b: lab[2] ?? 0, y: Math.floor(i / side) / (side - 1) });
  }
  const { centres, owners } = cluster(labs);
  const regions = nameRoles(centres, owners);
  const calmed = { ...photo, data: await openPixels(photo).median(5).raw().toBuffer() };
  return { regions, calmed, light: brightest(labs), floorLine: lineOf(owners, regions), calm: calmest(labs, owners, regions) };
}

type Sample = Lab & { readonly y: number };

/** How different two places are: squared, in the weighted space. */
export function apart(one: Sample, other: Sample): number {
  const l = (one.l - other.l) * weights.l;
  const a = (one.a - other.a) * weights.ab;
  const b = (one.b - other.b) * weights.ab;
  const y = (one.y - other.y) * weights.y;
  return l * l + a * a + b * b + y * y;
}

/** k-means that begins at the samples which are farthest apart: nothing is left to chance. */
function cluster(labs: readonly Sample[]): { centres: (Sample & { share: number })[]; owners: Uint8Array } {
  const first = labs[Math.floor(side * side * 0.35 + side / 2)] ?? labs[0];
  if (!first) throw new RangeError('A picture has pixels.');
  const centres: Sample[] = [first];
  while (centres.length < regionCount) {
    let farthest = first;
    let distance = -1;
    for (let i = 0; i < labs.length; i += 7) {
      const sample = labs[i] ?? first;
      const nearest = Math.min(...centres.map((centre) => apart(centre, sample)));
      if (nearest > distance) [farthest, distance] = [sample, nearest];
    }
    centres.push(farthest);
  }
  const owners = new Uint8Array(labs.length);
  let counts: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const sums = centres.map(() => ({ l: 0, a: 0, b: 0, y: 0, count: 0 }));
    labs.forEach((sample, i) => {
      let best = 0;
      let distance = Infinity;
      centres.forEach((centre, k) => {
        const d = apart(centre, sample);
        if (d < distance) [best, distance] = [k, d];
      });
      owners[i] = best;
      const sum = sums[best];
      if (!sum) return;
      sum.l += sample.l;
      sum.a += sample.a;
      sum.b += sample.b;
      sum.y += sample.y;
      sum.count += 1;
    });
    sums.forEach(({ l, a, b, y, count }, k) => {
      if (count > 0) centres[k] = { l: l / count, a: a / count, b: b / count, y: y / count };
    });
    counts = sums.map(({ count }) => count);
  }
  return { centres: centres.map((centre, k) => ({ ...centre, share: (counts[k] ?? 0) / labs.length })), owners };
}

/** The region that covers most of a band of the picture. */
function mostOf(owners: Uint8Array, from: number, to: number, allowed: (region: number) => boolean): number {
  const counts = new Map<number, number>();
  for (let i = Math.floor(from * side) * side; i < Math.floor(to * side) * side; i += 1) {
    const owner = owners[i] ?? 0;
    if (allowed(owner)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? -1;
}

function nameRoles(centres: readonly (Sample & { share: number })[], owners: Uint8Array): Region[] {
  const floor = mostOf(owners, 0.82, 1, () => true);
  // A wall is light rather than dark, and no garden behind a window.
  const wall = mostOf(owners, 0.15, 0.55, (k) => k !== floor && !isGrowing(centres[k]) && (centres[k]?.l ?? 0) < 0.97);
  const ceiling = mostOf(owners, 0, 0.1, (k) => k !== floor && k !== wall && (centres[k]?.y ?? 1) < 0.3);
  const shadeOf = (of: number, centre: Sample): boolean => {
    const other = centres[of];
    return other !== undefined && Math.hypot(centre.a - other.a, centre.b - other.b) < 0.02;
  };
  const edges = centres.map((_, k) => isAtEdge(owners, k));
  return centres.map((centre, k) => {
    const role = ((): Role => {
      if (k === floor) return 'floor';
      if (k === wall) return 'wall';
      if (k === ceiling) return 'ceiling';
      if (centre.l > 0.965) return 'kept';
      if (centre.y < 0.24 && chromaOf(centre) < 0.05) return 'ceiling';
      if (isGrowing(centre)) return 'leaf';
      // Sky in a window.
      if (centre.y < 0.55 && centre.l > 0.7 && hueOf(centre) > 200 && hueOf(centre) < 280 && chromaOf(centre) > 0.025) return 'kept';
      if (centre.y < 0.72 && shadeOf(wall, centre) && edges[k] === true) return 'wall';
      if (centre.y > 0.7 && (shadeOf(floor, centre) || (centre.y > 0.74 && centre.share < 0.07 && isShadowOn(centres[floor], centre)))) return 'floor';
      if (centre.l < 0.3) return 'dark';
      if (centre.y < 0.66 && centre.l > 0.45 && shadeOf(wall, centre)) return 'wall';
      if (chromaOf(centre) > 0.13) return 'accent';
      if (chromaOf(centre) > 0.045 && hueOf(centre) > 35 && hueOf(centre) < 95 && centre.l < 0.75) return 'wood';
      if (centre.l > 0.9) return 'light';
      return chromaOf(centre) > 0.075 ? 'accent' : 'textile';
    })();
    return { ...centre, role };
  });
}

/** Darker, and no more colourful: what lies under a sofa. */
function isShadowOn(floor: Lab | undefined, colour: Lab): boolean {
  return floor !== undefined && colour.l < floor.l * 0.75 && chromaOf(colour) <= chromaOf(floor) * 1.05;
}

/** Whether most of a region lies along the picture's left or right edge, as side walls do. */
function isAtEdge(owners: Uint8Array, region: number): boolean {
  let [all, outside] = [0, 0];
  owners.forEach((owner, i) => {
    if (owner !== region) return;
    const x = (i % side) / side;
    all += 1;
    if (x < 0.22 || x > 0.78) outside += 1;
  });
  return outside > all * 0.6;
}

/** Green, and enough of it. */
function isGrowing(colour: Lab | undefined): boolean {
  return colour !== undefined && hueOf(colour) > 105 && hueOf(colour) < 165 && chromaOf(colour) > 0.04;
}

/** The highest row below which most of the picture's middle is floor, all the way down. */
function lineOf(owners: Uint8Array, regions: readonly Region[]): number | null {
  const [from, to] = [Math.round(side * 0.2), Math.round(side * 0.8)];
  let row = side - 1;
  for (; row > side * 0.5; row -= 1) {
    let floor = 0;
    for (let x = from; x < to; x += 1) if (regions[owners[row * side + x] ?? 0]?.role === 'floor') floor += 1;
    if (floor < (to - from) * 0.5) break;
  }
  const line = (row + 1) / side;
  return line > 0.55 && line < 0.95 ? line : null;
}

/** The middle of the brightest pixels between ceiling and floor. */
function brightest(labs: readonly Sample[]): { x: number; y: number } {
  const first = Math.round(side * 0.2) * side;
  const between = labs.slice(first, Math.round(side * 0.7) * side);
  const limit = between.map(({ l }) => l).sort((one, other) => other - one)[Math.floor(between.length * 0.05)] ?? 1;
  let [x, y, count] = [0, 0, 0];
  between.forEach(({ l, y: height }, i) => {
    if (l < limit) return;
    x += (i % side) / (side - 1);
    y += height;
    count += 1;
  });
  return { x: x / count, y: y / count };
}

/** The place on the wall where least is to be seen: found with sums over rectangles (a summed-area table). */
function calmest(labs: readonly Sample[], owners: Uint8Array, regions: readonly Region[]): Spot | null {
  const sums = new Float64Array((side + 1) * (side + 1));
  const at = (x: number, y: number): Sample | undefined => labs[y * side + x];
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const here = at(x, y);
      const right = at(Math.min(side - 1, x + 1), y);
      const below = at(x, Math.min(side - 1, y + 1));
      const onWall = regions[owners[y * side + x] ?? 0]?.role === 'wall';
      const change = here && right && below && onWall ? Math.abs(here.l - right.l) + Math.abs(here.l - below.l) : 1;
      // An edge is worse than any shading.
      const unrest = change > 0.05 ? 0.5 : change;
      sums[(y + 1) * (side + 1) + x + 1] =
        unrest + (sums[y * (side + 1) + x + 1] ?? 0) + (sums[(y + 1) * (side + 1) + x] ?? 0) - (sums[y * (side + 1) + x] ?? 0);
    }
  }
  const sum = (x: number, y: number, w: number, h: number): number =>
    (sums[(y + h) * (side + 1) + x + w] ?? 0) - (sums[y * (side + 1) + x + w] ?? 0) -
    (sums[(y + h) * (side + 1) + x] ?? 0) + (sums[y * (side + 1) + x] ?? 0);
  for (const size of [0.3, 0.26, 0.22, 0.18]) {
    const w = Math.round(size * side);
    const h = Math.round(size * side);
    let best: { x: number; y: number; unrest: number } | null = null;
    for (let y = Math.round(side * 0.14); y + h < side * 0.6; y += 1) {
      for (let x = Math.round(side * 0.1); x + w < side * 0.9; x += 1) {
        const unrest = sum(x, y, w, h) / (w * h);
        if (best === null || unrest < best.unrest) best = { x, y, unrest };
      }
    }
    if (best !== null && best.unrest < 0.02) return { x: best.x / side, y: best.y / side, width: w / side, height: h / side };
  }
  return null;
}
