import { z } from 'zod';
import { parseUrl } from '../config/parse-url.js';
import { type ApiError, invalidRequest } from './errors.js';
import type { FormTree } from './form.js';

/** The kinds of parameters, as they are read from a form. */

export const text = z.string().min(1).max(5_000);

/** The empty text takes a value away. */
export const clearableText = z.string().max(5_000);

export const wholeNumber = z
  .string()
  .regex(/^-?\d{1,13}$/, { error: ({ input }) => `Invalid integer: ${String(input)}` })
  .transform(Number);

export const count = wholeNumber.refine((value) => value >= 0, { error: 'This value must be greater than or equal to 0.' });

export const timestamp = wholeNumber.refine((value) => value > 0 && value < 10_000_000_000, { error: 'Invalid timestamp.' });

export const flag = z
  .enum(['true', 'false'], { error: ({ input }) => `Invalid boolean: ${String(input)}` })
  .transform((value) => value === 'true');

export const webAddress = z
  .string()
  .max(5_000)
  .refine((value) => ['http:', 'https:'].includes(parseUrl(value)?.protocol ?? ''), { error: 'Not a valid URL' });

const MAX_ENTRIES = 50;

/** Names and values; the empty text as a value takes its name away, and as the whole all of them. */
export const metadata = z.union([
  z.literal(''),
  z
    .record(z.string().min(1).max(40), z.string().max(500))
    .refine((entries) => Object.keys(entries).length <= MAX_ENTRIES, { error: `Metadata takes at most ${MAX_ENTRIES} keys.` }),
]);

export type MetadataParameter = z.infer<typeof metadata>;

/** An object whose names are numbers, as a list. */
export function listOf<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess(
    (value) =>
      typeof value === 'object' && value !== null && Object.keys(value).every((key) => /^\d{1,4}$/.test(key))
        ? Object.entries(value).sort(([one], [other]) => Number(one) - Number(other)).map(([, item]) => item as unknown)
        : value,
    z.array(schema).max(100),
  );
}

export const expand = { expand: listOf(text).optional() };

/** What every list takes. */
export const paging = {
  ...expand,
  limit: wholeNumber.refine((value) => value >= 1 && value <= 100, { error: 'This value must be between 1 and 100.' }).optional(),
  starting_after: text.optional(),
  ending_before: text.optional(),
};

const range = z.strictObject({
  gt: timestamp.optional(),
  gte: timestamp.optional(),
  lt: timestamp.optional(),
  lte: timestamp.optional(),
});

/** A moment, or a range of them. */
export const moments = z.union([timestamp, range]);

export function isWithin(moment: number, wanted: z.infer<typeof moments> | undefined): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'number') return moment === wanted;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = wanted;
  return moment > gt && moment >= gte && moment < lt && moment <= lte;
}

/** @throws ApiError that names the first parameter that is wrong, in Stripe's words. */
export function readParameters<Schema extends z.ZodType>(schema: Schema, form: FormTree): z.infer<Schema> {
  const read = schema.safeParse(form);
  if (read.success) return read.data;
  const { issues } = read.error;
  throw faultOf(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0], form);
}

function faultOf(issue: z.core.$ZodIssue | undefined, form: FormTree): ApiError {
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys') {
    const param = nameOf([...path, issue.keys[0] ?? '']);
    return invalidRequest(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const param = nameOf(path);
  if (valueAt(form, path) === undefined) {
    return invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  if (issue?.code === 'too_small' && issue.origin === 'string') {
    const words = `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset.`;
    return invalidRequest(words, { code: 'parameter_invalid_empty', param });
  }
  const message = issue?.message ?? 'Invalid request';
  return invalidRequest(message, { code: message.startsWith('Invalid integer') ? 'parameter_invalid_integer' : 'parameter_invalid', param });
}

const nameOf = (path: readonly PropertyKey[]): string =>
  path.map((name, depth) => (depth === 0 ? String(name) : `[${String(name)}]`)).join('');

function valueAt(form: FormTree, path: readonly PropertyKey[]): unknown {
  let value: unknown = form;
  for (const name of path) value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[name] : undefined;
  return value;
}
