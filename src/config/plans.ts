import type { PlanConfiguration, RuntimeConfiguration } from './runtime.js';

type Plans = Pick<RuntimeConfiguration, 'plans'>;

/** Every plan, cheapest first, `free` at the head. */
export function listPlans({ plans }: Plans): readonly PlanConfiguration[] {
  return Object.values(plans);
}

/** Null where no plan has the id. */
export function planById({ plans }: Plans, id: string): PlanConfiguration | null {
  return Object.hasOwn(plans, id) ? (plans[id] ?? null) : null;
}

/** The plan of everyone who pays for none. The parser guarantees it. */
export function freePlan(configuration: Plans): PlanConfiguration {
  const plan = planById(configuration, 'free');
  if (plan === null) throw new Error('The configuration has no plan "free".');
  return plan;
}

/**
 * The plan that a price at Stripe stands for. No price is `free`; so is a price that no plan names, and then `known` is
 * false: nobody is served what nobody can price, and the data checks report the profile.
 */
export function planOfPriceId(
  configuration: Plans,
  priceId: string | null,
): { readonly plan: PlanConfiguration; readonly known: boolean } {
  if (priceId === null) return { plan: freePlan(configuration), known: true };
  const plan = listPlans(configuration).find((candidate) => candidate.priceId === priceId);
  return plan === undefined ? { plan: freePlan(configuration), known: false } : { plan, known: true };
}

/** The plans that allow more generations a month than this one, cheapest first. */
export function upgradesFrom(configuration: Plans, plan: PlanConfiguration): readonly PlanConfiguration[] {
  return listPlans(configuration).filter(({ monthlyGenerations }) => monthlyGenerations > plan.monthlyGenerations);
}
