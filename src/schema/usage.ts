import type { GraphQLResolveInfo } from 'graphql';
import { orders } from '../domain/keyset.js';
import { type Connection, type ConnectionArguments, toPage } from '../domain/page.js';
import type { RenderStatistics } from '../domain/renders.js';
import type {
  GenerationJob as GenerationJobModel,
  UsageEntry as UsageEntryModel,
} from '../generated/prisma/client.js';
import { checkGenerationAllowance, usageId, type UsageMonth } from '../services/usage.js';
import { builder } from './builder.js';
import type { GraphQLContext } from './context.js';
import { UsageKind, UserErrorCode } from './enums.js';
import { GenerationJob } from './generation-job.js';
import { connectionSelectionOf, reads, selectionOf } from './look-ahead.js';
import { partsBy } from './part-readers.js';
import { Plan } from './plan.js';
import { ModeCount } from './render.js';
import { bringsAll } from './statements.js';
import { Viewer } from './viewer.js';

const entryPart = partsBy<UsageEntryModel>((loaders, { id }) => ({ loader: loaders.partByUsageEntry, id }));
const job = entryPart<GenerationJobModel | null>('job');

export const UsageEntry = builder.prismaNode('UsageEntry', {
  description: 'One line of the ledger. The ledger is only ever added to.',
  id: { field: 'id' },
  fields: (t) => ({
    kind: t.field({ type: UsageKind, ...reads('kind'), description: 'What it stands for.', resolve: ({ kind }) => kind as 'generation_debit' }),
    amount: t.exposeInt('amount', { description: 'Generations, above 0; the kind says which way.' }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why, in an administrator\'s words or ours.' }),
    job: t.field({
      type: GenerationJob,
      nullable: true,
      ...job.needs,
      description: 'The generation that was charged or given back; null for a credit.',
      resolve: job.read,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
  }),
});

const usagePart = partsBy<UsageMonth>((loaders, { ownerId, month, asOf }) =>
  asOf === null
    ? { loader: loaders.partByUsageMonth, id: `${ownerId}/${month.period}` }
    : { loader: loaders.partByUsageStatement, id: `${ownerId}/${asOf.toISOString()}` },
);
const inFlight = usagePart<number>('inFlight');
const byMode = usagePart<RenderStatistics['byMode']>('byMode');
const entries = usagePart<Connection<UsageEntryModel>, ConnectionArguments>('entries', (args) => ({
  page: toPage(orders.usageEntries, args),
}));

/** What a submission would be told now; null also where the question has no sense: in a statement and in the past. */
async function blockedBy(usage: UsageMonth, args: object, context: GraphQLContext, info: GraphQLResolveInfo) {
  return usage.isPresent ? checkGenerationAllowance(usage, await inFlight.read(usage, args, context, info)) : null;
}

export const Usage = builder.node(builder.objectRef<UsageMonth>('Usage'), {
  description:
    'One UTC calendar month of your account. Without `asOf` the figures live; with it they are a statement, the same whenever it is asked for.',
  id: { resolve: usageId },
  fields: (t) => ({
    periodStart: t.field({ type: 'DateTime', description: 'The first instant of the month.', resolve: ({ month }) => month.start }),
    periodEnd: t.field({
      type: 'DateTime',
      description: 'The first instant of the next month; this one ends before it.',
      resolve: ({ month }) => month.end,
    }),
    plan: t.field({
      type: Plan,
      description: 'The plan in force: now, at the month\'s end where it is over, or at the statement\'s instant.',
      resolve: ({ plan }) => plan,
    }),
    monthlyLimit: t.exposeInt('monthlyLimit', { description: 'Generations that the plan has in the month.' }),
    debits: t.exposeInt('debits', { description: 'Generations charged.' }),
    refunds: t.exposeInt('refunds', { description: 'Generations given back.' }),
    credits: t.exposeInt('credits', { description: 'Generations granted by an administrator.' }),
    used: t.exposeInt('used', { description: 'debits - refunds' }),
    remaining: t.exposeInt('remaining', { description: 'max(0, monthlyLimit + credits - used)' }),
    percentUsed: t.exposeFloat('percentUsed', {
      description: '100 * used / (monthlyLimit + credits), and 100 where that is 0. It may pass 100.',
    }),
    isNearLimit: t.exposeBoolean('isNearLimit', { description: '80 % or more is used.' }),
    canGenerate: t.boolean({
      ...inFlight.needs,
      description: 'Whether a submission would be accepted now; false in a statement and in a month that is over.',
      resolve: async (usage, args, context, info) =>
        usage.isPresent && (await blockedBy(usage, args, context, info)) === null,
    }),
    blockedBy: t.field({
      type: UserErrorCode,
      nullable: true,
      ...inFlight.needs,
      description: 'Why a submission would be refused now; null where it would not, and in a statement.',
      resolve: blockedBy,
    }),
    byMode: t.field({
      type: [ModeCount],
      ...byMode.needs,
      description: '`used` by the mode of the generations, largest first.',
      resolve: byMode.read,
    }),
    entries: t.connection({
      type: UsageEntry,
      ...entries.needs,
      description: 'The ledger of the month, newest first.',
      resolve: entries.read,
    }),
  }),
});

builder.objectFields(Viewer, (t) => ({
  usage: t.field({
    type: Usage,
    ...bringsAll(),
    description: 'This month\'s usage.',
    args: {
      asOf: t.arg({
        type: 'DateTime',
        description: 'For a statement: the month that holds this instant, as it stood then. It may not lie in the future.',
      }),
    },
    resolve: (viewer, { asOf }, context, info) =>
      context.services.usage.getUsage(viewer, asOf ?? null, selectionOf(info, context)),
  }),
  usageHistory: t.connection({
    type: Usage,
    ...bringsAll(),
    description: 'Every month of your account, newest first; a month without entries too.',
    resolve: (viewer, page, context, info) =>
      context.services.usage.listUsageHistory(viewer, {
        page,
        selection: connectionSelectionOf(info, context, toPage(orders.usageHistory, page).backward),
      }),
  }),
}));
