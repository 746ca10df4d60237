import { listPlans } from '../../../config/plans.js';
import { isLive } from '../../../domain/billing.js';
import { billingStates, defaultFavorites, erasedAccounts, uploads, webhookEvents } from '../../../repositories/data-checks/accounts.js';
import { ago, type DataCheck, hours, minutes } from './check.js';
import { settleName } from './named-pictures.js';
import { pagedCheck } from './paged-check.js';

/** Every status that a subscription has at Stripe. */
const statuses = ['active', 'trialing', 'past_due', 'canceled', 'unpaid', 'incomplete', 'incomplete_expired', 'paused'];

/** Providers deliver again within this time, and so do we. */
const processedWithinMs = 15 * minutes;
/** An erasure waits for the forms of uploads to be over, and tries again what failed. */
const erasedWithinMs = 24 * hours;

const orNone = (value: unknown): string => (typeof value === 'string' ? value : 'none');

/** Accounts, what they pay for, and what comes in for them. */
export const accountChecks: readonly DataCheck[] = [
  pagedCheck({
    name: 'default_favorites',
    description: 'Every account has exactly one collection that is its default favorites.',
    sources: () => [{ page: defaultFavorites }],
    kinds: {
      default_favorites_missing: {
        severity: 'warning',
        describe: () => 'The account has no default favorites.',
        action: 'Make them.',
        repair: 'make_favorites',
      },
      default_favorites_repeated: {
        severity: 'warning',
        describe: ({ detail }) => `The account has ${String(detail['count'])} default favorites.`,
        action: 'Move their renders into the oldest one, and delete the others.',
      },
    },
  }),
  pagedCheck({
    name: 'billing_states',
    description: 'Prices are those of plans; who has access has a subscription that gives it; and the newest plan change is the price in force.',
    sources: ({ runtime }) => [
      { page: billingStates, values: [listPlans(runtime).flatMap(({ priceId }) => priceId ?? []), statuses.filter(isLive)] },
    ],
    kinds: {
      price_unknown: {
        severity: 'warning',
        describe: ({ detail }) => `No plan has the price ${(detail['prices'] as readonly string[]).join(', ')}, which counts as free.`,
        action: 'Give a plan of the configuration this price, or move the subscription to a price that one has.',
      },
      access_differs: {
        severity: 'critical',
        describe: ({ detail }) =>
          `The account has ${detail['hasAccess'] === true ? 'access' : 'no access'}; its subscription (${orNone(detail['status'])}) says otherwise.`,
        action: 'Compare it with the subscription at Stripe, and send its last event again from there.',
      },
      plan_change_differs: {
        severity: 'critical',
        describe: ({ detail }) =>
          `The price in force is ${orNone(detail['inForce'])}; the newest plan change says ${orNone(detail['recorded'])}.`,
        action: 'Compare both with the subscription at Stripe, and send its last event again from there.',
      },
    },
  }),
  pagedCheck({
    name: 'erased_accounts',
    description: 'An account that was deleted has no name, is erased within a day, and has nothing left once its erasure is complete.',
    sources: ({ at }) => [{ page: erasedAccounts, values: [ago(at, erasedWithinMs)] }],
    kinds: {
      erased_account_has_a_name: {
        severity: 'critical',
        describe: () => 'The account was deleted, and its profile still has something personal, or is not closed.',
        action: 'Find out what wrote it at once, and take it away.',
      },
      erasure_overdue: {
        severity: 'critical',
        describe: () => 'The account was deleted more than a day ago, and its erasure is not complete.',
        action: 'Look in the log for what it waits for: the store, a payment provider that is away or switched off, or a worker.',
      },
      erasure_incomplete: {
        severity: 'critical',
        describe: ({ detail }) => `The account's erasure counts as complete; rows of it are left in ${(detail['tables'] as readonly string[]).join(', ')}.`,
        action: 'Find out what wrote them, and set erasure_completed_at to null: the next pass erases the rest.',
      },
    },
  }),
  pagedCheck({
    name: 'uploads',
    description: 'An upload waits for its photo at its own place, and afterwards names the photo that was kept.',
    sources: () => [{ page: uploads }],
    settle: settleName,
    kinds: {
      upload_state_impossible: {
        severity: 'warning',
        describe: ({ detail }) => `The upload is ${String(detail['state'])}, and has what none in that state has.`,
        action: 'Find out what wrote it, and correct the row.',
      },
      upload_path_wrong: {
        severity: 'critical',
        describe: ({ detail }) => `The upload is ${String(detail['state'])}, and names a place that is not its own.`,
        action: 'Find out what wrote it at once, because a generation may be made of another\'s photo; correct the row.',
      },
      size_differs: {
        severity: 'warning',
        describe: ({ detail }) => `The upload says that its photo has ${String(detail['byteSize'])} bytes; it has ${String(detail['recorded'])}.`,
        action: 'Find out what wrote it, and correct the row.',
      },
    },
  }),
  pagedCheck({
    name: 'webhook_events',
    description: 'What a provider told is processed within a quarter of an hour. Of all accounts only: an event belongs to nobody.',
    sources: ({ at }) => [{ page: webhookEvents, values: [ago(at, processedWithinMs)] }],
    // One of a prediction that no job has calls for nothing that could be done.
    settle: (fault) => Promise.resolve({ ...fault, isRepairable: fault.detail['jobId'] !== null }),
    kinds: {
      billing_event_unprocessed: {
        severity: 'warning',
        describe: ({ detail }) => `An event of Stripe's (${String(detail['type'])}) is not processed after ${String(detail['attempts'])} tries.`,
        action: 'Look at its "error", and whether Stripe can be reached: it is tried again by itself.',
      },
      generation_event_unprocessed: {
        severity: 'warning',
        describe: ({ detail }) => `An event of the provider ${String(detail['provider'])} is not processed after ${String(detail['attempts'])} tries.`,
        action: 'Have its job looked at; what became of it is asked of the provider.',
        repair: 'process_event',
      },
    },
  }),
];
