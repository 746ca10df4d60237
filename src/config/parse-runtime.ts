import type { z } from 'zod';
import { inputsOfMode } from './modes.js';
import { overlay } from './overlay.js';
import { runtimeDefaults } from './runtime-defaults.js';
import { runtimeSchema } from './runtime-schema.js';
import type { PlanConfiguration, RuntimeConfiguration } from './runtime.js';

export type ParsedRuntime =
  | { readonly runtime: RuntimeConfiguration; readonly problems: readonly [] }
  | { readonly runtime: null; readonly problems: readonly string[] };

/**
 * Lays `file` (the parsed JSON of `ROOMFEED_CONFIG`, or `{}`) over the defaults and checks the whole. Objects merge,
 * lists are replaced, a plan that is null is taken out, and a plan's id is its key. Each problem is one line that
 * begins with the path of the value.
 */
export function parseRuntime(file: unknown): ParsedRuntime {
  const parsed = runtimeSchema.safeParse(withPlanIds(overlay(runtimeDefaults, file)));
  if (!parsed.success) return { runtime: null, problems: parsed.error.issues.map(problemOf) };
  const problems = contradictionsIn(parsed.data);
  if (problems.length > 0) return { runtime: null, problems };
  return { runtime: deepFreeze({ ...parsed.data, plans: cheapestFirst(parsed.data.plans) }), problems: [] };
}

/** `plans` with null entries gone, and ids filled in from the keys. Whatever has another shape is the schema's to refuse. */
function withPlanIds(merged: unknown): unknown {
  if (!isRecord(merged) || !isRecord(merged['plans'])) return merged;
  const plans = Object.entries(merged['plans'])
    .filter(([, plan]) => plan !== null)
    .map(([id, plan]) => [id, isRecord(plan) ? { id, ...plan } : plan] as const);
  return { ...merged, plans: Object.fromEntries(plans) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problemOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.length === 0 ? 'the file' : issue.path.map(String).join('.');
  // A key that is refused carries its reason one level down.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return `${path} ${message}`;
}

/** What no single value shows: values that contradict one another. */
function contradictionsIn(runtime: RuntimeConfiguration): string[] {
  const { defaults, limits } = runtime;
  const problems: string[] = [];
  const mustOffer = (path: string, offered: readonly string[], value: string): void => {
    if (!offered.includes(value)) problems.push(`defaults.${path} must be one of ${offered.join(', ')}`);
  };
  mustOffer('mode', runtime.modes, defaults.mode);
  mustOffer('aspectRatio', runtime.aspectRatios, defaults.aspectRatio);
  mustOffer('quality', runtime.qualities, defaults.quality);
  if (defaults.variants > limits.maxVariants) {
    problems.push(`defaults.variants must be at most limits.maxVariants (${limits.maxVariants})`);
  }
  return [...problems, ...modelContradictionsIn(runtime), ...planContradictionsIn(runtime.plans)];
}

function modelContradictionsIn({ modes, replicate }: RuntimeConfiguration): string[] {
  return modes.flatMap((mode) => {
    const { photos } = replicate.models[mode].parameters;
    const taken = typeof photos === 'string' ? Infinity : (photos?.length ?? 0);
    const needed = inputsOfMode[mode];
    return taken >= needed ? [] : [`replicate.models.${mode}.parameters.photos must take what the mode starts from: ${needed} photos`];
  });
}

function planContradictionsIn(plans: Readonly<Record<string, PlanConfiguration>>): string[] {
  const problems: string[] = [];
  const planByPrice = new Map<string, string>();
  if (!Object.hasOwn(plans, 'free'))
    problems.push('plans.free must exist: it is the plan of everyone who pays for none');
  for (const [key, plan] of Object.entries(plans)) {
    const { id, priceId } = plan;
    if (id !== key) problems.push(`plans.${key}.id must be "${key}", as its key, or be left out`);
    if (key === 'free') {
      if (priceId !== null || plan.priceCents !== 0 || plan.interval !== null) {
        problems.push('plans.free must cost nothing: priceId null, priceCents 0, interval null');
      }
      continue;
    }
    if (plan.interval === null) problems.push(`plans.${key}.interval must be month or year`);
    if (priceId === null) {
      problems.push(`plans.${key}.priceId must name a price at Stripe: without one nobody can have the plan`);
      continue;
    }
    const other = planByPrice.get(priceId);
    if (other !== undefined) problems.push(`plans.${key}.priceId is also that of plans.${other}; each needs its own`);
    planByPrice.set(priceId, key);
  }
  return problems;
}

function cheapestFirst(
  plans: Readonly<Record<string, PlanConfiguration>>,
): Readonly<Record<string, PlanConfiguration>> {
  const centsAMonth = ({ priceCents, interval }: PlanConfiguration): number =>
    interval === 'year' ? priceCents / 12 : priceCents;
  const sorted = Object.entries(plans).sort(([, a], [, b]) => centsAMonth(a) - centsAMonth(b));
  // A plan that costs nothing beside `free` must not come before it.
  return Object.fromEntries(sorted.sort(([a], [b]) => Number(b === 'free') - Number(a === 'free')));
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
