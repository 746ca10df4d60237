import { demoProfiles } from '../../config/demo-profiles.js';
import { listPlans, planById } from '../../config/plans.js';
import type { RuntimeConfiguration } from '../../config/runtime.js';
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

/** What one of the people pays for at the payment provider. */
export interface DemoSubscriber {
  readonly profileId: string;
  readonly email: string;
  readonly name: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly priceId: string;
  readonly renewedDaysAgo: number;
}

/** One on a small plan, and the administrator on a large one. */
const plansOf: Readonly<Record<string, string>> = { 'demo@roomfeed.test': 'starter', 'admin@roomfeed.test': 'advanced' };

/** Those who pay, as far as the plans are there. A stand-in for the payment provider knows them, too. */
export function demoSubscribers(configuration: RuntimeConfiguration): readonly DemoSubscriber[] {
  return demoProfiles.flatMap(({ id: profileId, email, name }) => {
    const priceId = planById(configuration, plansOf[email] ?? 'free')?.priceId ?? null;
    const word = email.split('@')[0] ?? '';
    if (priceId === null) return [];
    return [{ profileId, email, name, customerId: `cus_roomfeed_${word}`, subscriptionId: `sub_roomfeed_${word}`, priceId, renewedDaysAgo }];
  });
}

/** The people and what they pay for. */
export function planPeople({ configuration, nextId, ago }: DemoSetting): DemoPeople {
  const since = ago(historyDays);
  const subscribedAt = ago(subscribedDaysAgo);
  const subscribers = demoSubscribers(configuration);
  return {
    since,
    profiles: demoProfiles.map(({ id, email, name, role }): SeedRow<'profiles'> => {
      const pays = subscribers.find(({ profileId }) => profileId === id);
      return {
        id,
        email,
        name,
        role,
        customer_id: pays?.customerId ?? null,
        price_id: pays?.priceId ?? null,
        subscription_id: pays?.subscriptionId ?? null,
        subscription_status: pays ? 'active' : null,
        subscription_event_at: pays ? ago(renewedDaysAgo) : null,
        current_period_start: pays ? ago(renewedDaysAgo) : null,
        current_period_end: pays ? ago(-renewsInDays) : null,
        has_access: pays !== undefined,
        created_at: since,
      };
    }),
    planChanges: subscribers.map(({ profileId, priceId }) => ({
      id: nextId(),
      owner_id: profileId,
      price_id: priceId,
      effective_at: subscribedAt,
      recorded_at: subscribedAt,
    })),
    planVersions: listPlans(configuration).map((plan) => ({
      id: nextId(),
      plan_id: plan.id,
      monthly_limit: plan.monthlyGenerations,
      effective_at: since,
    })),
  };
}
