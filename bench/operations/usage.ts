import type { Person } from '../people.ts';
import { dataOf, document, graphql, instant, type Case, type Operation } from './operation.ts';

/** The month as all systems answer it. */
interface UsageAnswer {
  readonly periodStart: string;
  readonly plan: string;
  readonly monthlyLimit: number;
  readonly used: number;
  readonly remaining: number;
  readonly byMode: readonly ModeCount[];
}

interface ModeCount {
  readonly mode: string;
  readonly count: number;
}

const roomfeed = document(`
  query Usage { viewer { usage { periodStart plan { id } monthlyLimit used remaining byMode { mode count } } } }
`);

const postgraphile = document('query Usage { viewerUsage { periodStart plan monthlyLimit used remaining byMode } }');

const prisma = roomfeed;

interface Relay extends Omit<UsageAnswer, 'plan'> {
  readonly plan: { readonly id: string };
}

/** Key by key, since PostgreSQL's json and ours may have them in different orders. */
const readModes = (modes: readonly ModeCount[]): ModeCount[] =>
  modes.map(({ mode, count }) => ({ mode: mode.toLowerCase(), count }));

function readRelay(body: unknown): UsageAnswer {
  const { periodStart, plan, byMode, ...figures } = dataOf<{ viewer: { usage: Relay } }>(body).viewer.usage;
  return { periodStart: instant(periodStart), plan: plan.id, ...figures, byMode: readModes(byMode) };
}

export const usage: Operation = {
  name: 'usage',
  title: "This month's usage with plan, rest and counts by mode",
  writes: false,
  pageSize: 1,
  comparedPages: 1,
  forms: {
    roomfeed: { request: () => graphql(roomfeed, {}), read: (body) => ({ answer: readRelay(body) }) },
    postgraphile: {
      request: () => graphql(postgraphile, {}),
      read(body) {
        const { periodStart, byMode, ...figures } = dataOf<{ viewerUsage: UsageAnswer }>(body).viewerUsage;
        return { answer: { periodStart: instant(periodStart), ...figures, byMode: readModes(byMode) } };
      },
    },
    prisma: { request: () => graphql(prisma, {}), read: (body) => ({ answer: readRelay(body) }) },
    limit: { request: () => ({ path: '/usage', body: {} }), read: (body) => ({ answer: body }) },
  },
};

export async function usageCases(_superuser: unknown, people: readonly Person[]): Promise<readonly Case[]> {
  return people.map((person) => ({ person }));
}
