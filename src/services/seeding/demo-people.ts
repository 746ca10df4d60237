import { demoProfiles } from '../../config/demo-profiles.js';
import { listPlans, planById } from '../../config/plans.js';
import type { SeedRow } from '../../database/seed/tables.js';
import type { DemoSetting } from './demo-setting.js';

/** Before the oldest render. */
const historyDays = 100;
const subscribedDaysAgo = 80;
const renewedDaysAgo = 20;
const renewsInDays = 11;

export interface DemoPeople {
  readonly profiles: readonly SeedRow<'profiles'>[];
  readonly planChanges: readonly SeedRow<'plan_changes'>[];
  /** The plans' limits from the beginning on, for statements of the past. */
  readonly planVersions: readonly SeedRow<'plan_versions'>[];
  readonly since: Date;
}

/** The people and what they pay for: one on a small plan, one on none, and the administrator on a large one. */
export function planPeople({ configuration, people, nextId, ago }: DemoSetting): DemoPeople {
  const since = ago(historyDays);
  const subscribedAt = ago(subscribedDaysAgo);
  const priceOf = (id: string): string | null => {
    const plan = id === people.demo ? 'starter' : id === people.admin ? 'advanced' : 'free';
    return planById(configuration, plan)?.priceId ?? null;
  };
  return {
    since,
    profiles: demoProfiles.map(({ id, email, name, role }): SeedRow<'profiles'> => {
      const priceId = priceOf(id);
      const pays = priceId !== null;
      return {
        id,
        email,
        name,
        role,
        customer_id: pays ? `cus_roomfeed_${role === 'admin' ? role : 'demo'}` : null,
        price_id: priceId,
        subscription_id: pays ? `sub_roomfeed_${role === 'admin' ? role : 'demo'}` : null,
        subscription_status: pays ? 'active' : null,
        subscription_event_at: pays ? ago(renewedDaysAgo) : null,
        current_period_start: pays ? ago(renewedDaysAgo) : null,
        current_period_end: pays ? ago(-renewsInDays) : null,
        has_access: pays,
        created_at: since,
      };
    }),
    planChanges: demoProfiles.flatMap(({ id }) => {
      const priceId = priceOf(id);
      if (priceId === null) return [];
      return [{ id: nextId(), owner_id: id, price_id: priceId, effective_at: subscribedAt, recorded_at: subscribedAt }];
    }),
    planVersions: listPlans(configuration).map((plan) => ({
      id: nextId(),
      plan_id: plan.id,
      monthly_limit: plan.monthlyGenerations,
      effective_at: since,
    })),
  };
}
