import type { Mode } from '../../config/runtime.js';
import { createRandom, type Random } from '../../generation/drawing/random.js';
import { uuidAt } from './ids.js';

const day = 24 * 60 * 60_000;
const historyDays = 730;

/** One person of a large seed. All of it follows from the seed and the position. */
export interface ScalePerson {
  readonly id: string;
  readonly planChangeId: string;
  readonly email: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly collectionIds: readonly string[];
  readonly collectionNames: readonly string[];
  /** How many renders they have. */
  readonly renders: number;
}

export interface ScaleJob {
  readonly id: string;
  readonly debitId: string;
  readonly refundId: string | null;
  readonly renderId: string | null;
  readonly variantIds: readonly string[];
  readonly variants: number;
  readonly mode: Mode;
  readonly roomType: string;
  readonly style: string;
  readonly prompt: string | null;
  readonly status: 'succeeded' | 'failed';
  readonly coverVariant: number;
  /** Bit 0: a favorite; bit n: in the person's n-th collection. */
  readonly filed: number;
  readonly createdAt: Date;
  readonly completedAt: Date;
}

export interface ScaleOptions {
  readonly profiles: number;
  readonly renders: number;
  readonly seed: number;
  /** Nothing is made later. */
  readonly now: Date;
}

const collectionNames = ['Ideas for the house', 'Kitchen', 'To show the builder', 'Beach', 'Bedrooms', 'One day', 'Mum and Dad'];
const firstNames = ['Ava', 'Jack', 'Mia', 'Noah', 'Isla', 'Leo', 'Zoe', 'Kirra', 'Tom', 'Priya', 'Minh', 'Grace'];
const features = [
  'a big window',
  'warm timber',
  'pale linen',
  'a place to read',
  'plants',
  'brass details',
  'more storage',
  'a view of the garden',
  'soft evening light',
  'room for the kids',
];
const modes: readonly Mode[] = ['redesign', 'redesign', 'redesign', 'staging', 'imagine', 'imagine', 'compose'];

/** The first id of a seed: where it exists, the seed has run. */
export const markerId = (seed: number): string => personId(seed, 0);

const personId = (seed: number, position: number): string =>
  uuidAt(0x0197a0000000 + position, createRandom('scale', seed, 'person', position));

/**
 * The people. The first has a twelfth of all renders, for feeds with thousands of pages; the others share the rest, the
 * busiest with some four times as many as the quietest.
 */
export function planPeople({ profiles, renders, seed, now }: ScaleOptions): ScalePerson[] {
  const random = createRandom('scale', seed, 'people');
  const weights = Array.from({ length: profiles }, () => random.between(0.4, 1.6));
  const ofFirst = profiles === 1 ? renders : Math.floor(renders / 12);
  const others = weights.slice(1).reduce((sum, weight) => sum + weight, 0);
  let given = 0;
  let weighed = 0;
  return weights.map((weight, position): ScalePerson => {
    let count = ofFirst;
    if (position > 0) {
      // The rounded running total, so that the counts add up.
      weighed += weight;
      const upTo = Math.round(((renders - ofFirst) * weighed) / others);
      count = upTo - given;
      given = upTo;
    }
    const createdAt = new Date(now.getTime() - random.between(position === 0 ? 720 : 90, historyDays) * day);
    const name = random.pick(firstNames);
    return {
      id: personId(seed, position),
      planChangeId: uuidAt(createdAt.getTime(), random),
      email: `${name.toLowerCase()}.${position}.seed${seed}@roomfeed.test`,
      name,
      createdAt,
      collectionIds: Array.from({ length: 3 }, () => uuidAt(createdAt.getTime(), random)),
      collectionNames: random.shuffle(collectionNames).slice(0, 3),
      renders: count,
    };
  });
}

/** A person's jobs, oldest first: one for each render, and one in fifty more that failed. */
export function planJobs(
  { seed, now }: ScaleOptions,
  person: ScalePerson,
  presets: { readonly roomTypes: readonly string[]; readonly styles: readonly string[] },
): ScaleJob[] {
  const random = createRandom('scale', seed, 'jobs', person.id);
  const from = person.createdAt.getTime() + 300_000;
  const to = now.getTime() - 120_000;
  const times = Array.from({ length: person.renders }, () => Math.floor(random.between(from, to))).sort((a, b) => a - b);
  const jobs: ScaleJob[] = [];
  times.forEach((time, i) => {
    // Some finish in the very same millisecond, as batches do: an order by time alone would not be one.
    if (i > 0 && random.chance(0.15)) times[i] = times[i - 1] ?? time;
    const at = times[i] ?? time;
    if (random.chance(0.02)) jobs.push(planJob(random, at - 90_000, presets, false));
    jobs.push(planJob(random, at, presets, true));
  });
  return jobs;
}

function planJob(
  random: Random,
  at: number,
  presets: { readonly roomTypes: readonly string[]; readonly styles: readonly string[] },
  succeeds: boolean,
): ScaleJob {
  const roomType = random.pick(presets.roomTypes);
  const style = random.pick(presets.styles);
  const variants = random.chance(0.05) ? 2 : 3;
  const filed = succeeds ? [0.08, 0.05, 0.04, 0.03].reduce((bits, share, bit) => bits | (random.chance(share) ? 1 << bit : 0), 0) : 0;
  const prompt = random.chance(0.15)
    ? null
    : `${style.replaceAll('_', ' ')} ${roomType.replaceAll('_', ' ')} with ${random.pick(features)} and ${random.pick(features)}`;
  return {
    id: uuidAt(at, random),
    debitId: uuidAt(at, random),
    refundId: succeeds ? null : uuidAt(at, random),
    renderId: succeeds ? uuidAt(at, random) : null,
    variantIds: succeeds ? Array.from({ length: variants }, () => uuidAt(at, random)) : [],
    variants,
    mode: random.pick(modes),
    roomType,
    style,
    prompt,
    status: succeeds ? 'succeeded' : 'failed',
    coverVariant: random.chance(0.8) ? 0 : 1,
    filed,
    createdAt: new Date(at - 40_000),
    completedAt: new Date(at),
  };
}
