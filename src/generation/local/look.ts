import { hours as drawnHours, overcast } from '../drawing/daylight.js';
import type { Palette } from '../drawing/palettes.js';
import { createRandom } from '../drawing/random.js';
import type { Daylight } from '../drawing/scene.js';
import { labOf, mixLab, type Lab } from './oklab.js';
import type { Region, Role } from './regions.js';

/** What a photo is to look like: a colour for each region, and the light over all. */
export interface Look {
  /** The colour that a region moves to, in the order of `regions`; null leaves it as it is. */
  readonly targets: readonly (Lab | null)[];
  /** How far towards the targets, 0 to 1. */
  readonly strength: number;
  readonly light: Light;
}

export interface Light {
  /** Towards yellow (+) or blue (-), of OKLab's b. */
  readonly warmth: number;
  /** 0 to 1: how much brighter it is where the daylight comes in. */
  readonly glow: number;
  /** Of the whole picture's lightness. */
  readonly exposure: number;
  /** 0 to 1. */
  readonly contrast: number;
  /** 0 to 1: how dark the corners are. */
  readonly vignette: number;
  /** Of lightness, at most. */
  readonly grain: number;
}

/** Morning, late afternoon and noon, with the same hour for what is drawn into a photo. */
const hours: readonly (Light & { readonly daylight: Daylight | undefined })[] = [
  { daylight: drawnHours[0], warmth: 0.004, glow: 0.5, exposure: 0, contrast: 0.3, vignette: 0.16, grain: 0.006 },
  { daylight: drawnHours[2], warmth: 0.02, glow: 0.7, exposure: -0.02, contrast: 0.36, vignette: 0.26, grain: 0.007 },
  { daylight: drawnHours[1], warmth: -0.004, glow: 0.35, exposure: 0.006, contrast: 0.26, vignette: 0.12, grain: 0.006 },
];

/** How a style is photographed, beside its colours. */
const characters: Readonly<Record<string, Partial<Light>>> = {
  industrial: { contrast: 0.4, grain: 0.012, vignette: 0.2 },
  midcentury: { contrast: 0.42, grain: 0.012 },
  minimal: { contrast: 0.22, grain: 0.003, vignette: 0.08 },
  scandi: { contrast: 0.26, grain: 0.004, vignette: 0.1 },
  japandi: { contrast: 0.3, grain: 0.008 },
};

/** The hour of a variant: another one for each, in an order that is the job's own. */
function hourOf(jobId: string, variant: number): (typeof hours)[number] {
  const order = createRandom('hours', jobId).shuffle(hours);
  const hour = order[variant % order.length];
  if (!hour) throw new RangeError('There are hours, and a variant is counted from 0.');
  return hour;
}

/** A variant's daylight, for what is drawn into its photo. */
export const daylightOf = (jobId: string, variant: number): Daylight => hourOf(jobId, variant).daylight ?? overcast;

const lightOf = (jobId: string, style: string | null, variant: number): Light => ({
  ...hourOf(jobId, variant),
  ...(style !== null && Object.hasOwn(characters, style) ? characters[style] : {}),
});

interface VariantKey {
  readonly jobId: string;
  readonly style: string | null;
  readonly variant: number;
}

/** A style's look for a photo's regions. Variants differ in strength, in which accent goes where, and in the hour. */
export function lookOfPalette(
  regions: readonly Region[],
  palette: Palette,
  { jobId, style, variant }: VariantKey,
): Look {
  const random = createRandom('look', jobId, style ?? '', variant);
  const colours = coloursOf(palette, random.shuffle(palette.accents), variant);
  return {
    targets: targetsFor(regions, colours),
    strength: [0.92, 1, 0.82][variant % 3] ?? 1,
    light: lightOf(jobId, style, variant),
  };
}

type Colours = Readonly<Record<Exclude<Role, 'kept'>, readonly Lab[]>>;

function coloursOf(palette: Palette, accents: readonly string[], variant: number): Colours {
  const wall = labOf(palette.wall);
  const all = (...colours: readonly string[]): Lab[] => colours.map(labOf);
  return {
    // The second variant is bolder: its walls are on the way to the feature wall's colour.
    wall: [variant % 3 === 1 ? mixLab(wall, labOf(palette.feature), 0.6) : wall],
    floor: all(palette.floor.colour),
    ceiling: all(palette.ceiling),
    wood: all(palette.wood, palette.woodDark),
    textile: variant % 3 === 2 ? all(palette.seat, palette.sofa, palette.bedding) : all(palette.sofa, palette.seat, palette.curtain.colour),
    accent: all(palette.throwColour, ...accents),
    leaf: all(palette.leaf),
    dark: all(palette.metal, palette.woodDark),
    light: all(palette.trim),
  };
}

/**
 * The look of one photo for another: a region takes the colour of its like, and where there is none, of the nearest
 * among those that a style would give.
 */
export function lookOfPhoto(
  regions: readonly Region[],
  from: readonly Region[],
  palette: Palette,
  { jobId, style, variant }: VariantKey,
): Look {
  const { targets: fallback } = lookOfPalette(regions, palette, { jobId, style, variant });
  const bySize = [...from].sort((one, other) => other.share - one.share);
  const of = (...roles: readonly Role[]): Region[] => bySize.filter(({ role }) => roles.includes(role));
  const colourful = of('accent', 'wood', 'leaf', 'textile');
  const turn = variant % Math.max(1, colourful.length);
  const rotated = [...colourful.slice(turn), ...colourful.slice(0, turn)];
  const colours: Partial<Record<Role, readonly Lab[]>> = {
    wall: of('wall').slice(0, 1),
    floor: of('floor').slice(0, 1),
    ceiling: of('ceiling', 'light').slice(0, 1),
    wood: of('wood', 'floor'),
    textile: rotated,
    accent: rotated,
    dark: of('dark'),
    light: of('light', 'ceiling'),
  };
  const targets = targetsFor(regions, colours).map((target, i) => {
    const other = fallback[i] ?? null;
    if (target === null) return style === null ? null : other;
    return style === null || other === null ? target : mixLab(target, other, 0.35);
  });
  return { targets, strength: [0.9, 1, 0.75][variant % 3] ?? 1, light: lightOf(jobId, style, variant) };
}

const hueDistance = (one: Lab, other: Lab): number => Math.hypot(one.a - other.a, one.b - other.b);

/** Below this, two regions of one role are one thing in light and in shadow: of OKLab's a and b, and of the height. */
const sameThing = { chroma: 0.022, y: 0.14 } as const;

/**
 * Deals each role's colours to its regions, the largest first. Parts of one thing get one colour, and most of the
 * difference between its light and its shadow.
 */
function targetsFor(regions: readonly Region[], colours: Partial<Readonly<Record<Role, readonly Lab[]>>>): (Lab | null)[] {
  const dealt = new Map<Role, { readonly region: Region; readonly colour: Lab }[]>();
  const targets: (Lab | null)[] = regions.map(() => null);
  const bySize = regions.map((region, i) => ({ region, i })).sort((one, other) => other.region.share - one.region.share);
  for (const { region, i } of bySize) {
    const choices = colours[region.role];
    if (!choices || choices.length === 0) continue;
    const before = dealt.get(region.role) ?? [];
    const isSurface = choices.length === 1;
    const same = before.find(
      ({ region: other }) =>
        isSurface ||
        hueDistance(other, region) < sameThing.chroma / 2 ||
        (hueDistance(other, region) < sameThing.chroma && Math.abs(other.y - region.y) < sameThing.y),
    );
    if (same) {
      targets[i] = { ...same.colour, l: Math.min(0.97, same.colour.l * (region.l / same.region.l) ** 0.75) };
      continue;
    }
    const colour = choices[before.length % choices.length];
    if (!colour) continue;
    // Leaves are lit from behind as often as not, and stay as light as they are.
    targets[i] = region.role === 'leaf' ? { ...colour, l: region.l } : colour;
    dealt.set(region.role, [...before, { region, colour }]);
  }
  return targets;
}
