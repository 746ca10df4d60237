import { z } from 'zod';
import type { PlanConfiguration, ReplicateModel, RuntimeConfiguration } from './runtime.js';

/**
 * What the runtime configuration may hold. Bounds that the database shares are held to the database's: three variants
 * (a CHECK), sizes and counts of 32 bits.
 */

const MAX_INT = 2_147_483_647;

function count(min: number, max = MAX_INT): z.ZodType<number> {
  const problem = `must be a whole number from ${min} to ${max}`;
  return z.int(problem).min(min, problem).max(max, problem);
}

function words(max: number): z.ZodType<string> {
  const problem = `must be text of 1 to ${max} characters`;
  return z.string(problem).trim().min(1, problem).max(max, problem);
}

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values): z.ZodType<Values[number]> {
  return z.literal(values, { error: `must be one of ${values.join(', ')}` });
}

/** At least one, none twice. */
function listOf<Item>(item: z.ZodType<Item>, keyOf: (item: Item) => unknown = (value) => value): z.ZodType<Item[]> {
  return z
    .array(item, 'must be a list')
    .min(1, 'must name at least one')
    .refine((items) => new Set(items.map(keyOf)).size === items.length, 'must not name one twice');
}

const identifier = z
  .string('must be text')
  .regex(
    /^[a-z][a-z0-9_]{0,63}$/,
    'must be 1 to 64 lower-case letters, digits and underscores, and start with a letter',
  );

const preset = z.strictObject({ id: identifier, label: words(100) }, { error: wrongObject });

const plan: z.ZodType<PlanConfiguration> = z.strictObject(
  {
    id: identifier,
    label: words(100),
    priceId: z.union([z.null(), words(255)], 'must be the id of a price at Stripe, or null for free'),
    priceCents: count(0),
    currency: z.string('must be text').regex(/^[a-z]{3}$/, 'must be three lower-case letters, such as aud'),
    interval: z.union([z.null(), oneOf(['month', 'year'])], 'must be month or year, or null for free'),
    monthlyGenerations: count(0),
    maxConcurrentJobs: count(1, 100_000),
    features: z.array(words(200), 'must be a list'),
  },
  { error: wrongObject },
);

const parameter = z
  .string('must be text')
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be the name of a parameter of the model');
const parameterOrNull = z.union([z.null(), parameter], 'must be the name of a parameter of the model, or null');

const replicateModel: z.ZodType<ReplicateModel> = z.strictObject(
  {
    model: z
      .string('must be text')
      .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}(:[\w.-]{1,100})?$/, 'must be a model at Replicate: owner/name or owner/name:version'),
    parameters: z.strictObject(
      {
        prompt: parameter,
        photos: z.union(
          [z.null(), parameter, z.array(parameter).min(1)],
          'must be the name of a parameter of the model, a list of names, or null',
        ),
        variants: parameterOrNull,
        aspectRatio: parameterOrNull,
        quality: parameterOrNull,
      },
      { error: wrongObject },
    ),
    fixed: z.record(
      parameter,
      z.union([z.string(), z.number(), z.boolean()], 'must be text, a number, true or false'),
      'must be an object of parameters',
    ),
  },
  { error: wrongObject },
);

const mode = oneOf(['redesign', 'staging', 'compose', 'imagine']);
const aspectRatio = oneOf(['1:1', '3:2', '2:3']);
const quality = oneOf(['auto', 'low', 'medium', 'high']);

export const runtimeSchema: z.ZodType<RuntimeConfiguration> = z.strictObject(
  {
    modes: listOf(mode),
    roomTypes: listOf(preset, ({ id }) => id),
    styles: listOf(preset, ({ id }) => id),
    aspectRatios: listOf(aspectRatio),
    qualities: listOf(quality),
    defaults: z.strictObject({ mode, aspectRatio, quality, variants: count(1, 3) }, { error: wrongObject }),
    limits: z.strictObject(
      {
        maxVariants: count(1, 3),
        maxUploadBytes: count(1),
        maxUploadPixels: count(1, 250_000_000),
        acceptedContentTypes: listOf(oneOf(['image/jpeg', 'image/png', 'image/webp'])),
        maxPromptLength: count(1, 100_000),
        maxCollections: count(1, 100_000),
      },
      { error: wrongObject },
    ),
    uploads: z.strictObject({ expireMinutes: count(1, 10_080), maxPending: count(1, 10_000) }, { error: wrongObject }),
    // A picture may take an hour from its record to what refers to it: a grace must be longer.
    retention: z.strictObject(
      { unusedInputDays: count(1, 3_650), orphanGraceHours: count(2, 8_760) },
      { error: wrongObject },
    ),
    prompts: z.strictObject(
      {
        rejectedTerms: z
          .array(words(100).refine((term) => /[\p{L}\p{N}]/u.test(term), 'must hold a letter or a digit'), 'must be a list')
          .max(1_000, 'must name at most 1,000'),
      },
      { error: wrongObject },
    ),
    nearLimitPercent: count(1, 100),
    stuckAfterMinutes: z.strictObject(
      { processing: count(1, 10_080), starting: count(1, 10_080) },
      { error: wrongObject },
    ),
    archiveJobsAfterDays: count(1, 36_500),
    // Stripe delivers an event again for up to 30 days.
    webhookRecordsKeptDays: count(30, 36_500),
    signedUrls: z.strictObject({ windowSeconds: count(60, 43_200) }, { error: wrongObject }),
    cache: z.strictObject(
      { maxBytes: count(1_048_576), maxAgeSeconds: count(1, 3_600) },
      { error: wrongObject },
    ),
    graphql: z.strictObject(
      {
        maxBodyBytes: count(1_024, 100_000_000),
        maxTokens: count(1),
        maxDepth: count(1, 1_000),
        maxAliases: count(0),
        maxDirectives: count(0),
        maxRootFields: count(1),
        maxCost: count(1),
        requestTimeoutSeconds: count(1, 3_600),
      },
      { error: wrongObject },
    ),
    replicate: z.strictObject(
      {
        models: z.strictObject(
          { redesign: replicateModel, staging: replicateModel, compose: replicateModel, imagine: replicateModel },
          { error: wrongObject },
        ),
      },
      { error: wrongObject },
    ),
    subscriptions: z.strictObject(
      { maxPerPerson: count(1, 10_000), maxPerProcess: count(1, 1_000_000), pollSeconds: count(1, 300) },
      { error: wrongObject },
    ),
    plans: z.record(identifier, plan, 'must be an object of plans by their id'),
  },
  { error: wrongObject },
);

/** Words for an object that is none, or that holds keys nobody knows: those are most often misspelt ones. */
function wrongObject(issue: z.core.$ZodRawIssue): string {
  return issue.code === 'unrecognized_keys'
    ? `has ${issue.keys.map((key) => `"${key}"`).join(', ')}, which nothing reads; correct the name or take it out`
    : 'must be an object';
}
