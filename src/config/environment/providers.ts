import { Secret } from '../secret.js';
import { safeUrl, secret } from '../values.js';
import type { VariableName, Variables } from '../variables.js';

export interface StripeSettings {
  readonly secretKey: Secret;
  readonly webhookSecret: Secret;
  /** The one before a change; what it signed is taken as well. */
  readonly previousWebhookSecret: Secret | null;
  readonly apiBase: string;
}

export interface ReplicateSettings {
  readonly apiToken: Secret;
  readonly webhookSecret: Secret;
  /** The one before a change; what it signed is taken as well. */
  readonly previousWebhookSecret: Secret | null;
  readonly apiBase: string;
}

export function parseProviders(variables: Variables): {
  readonly stripe: StripeSettings | null;
  readonly replicate: ReplicateSettings | null;
} {
  const stripe = {
    secretKey: read(variables, 'STRIPE_SECRET_KEY'),
    webhookSecret: read(variables, 'STRIPE_WEBHOOK_SECRET'),
    previousWebhookSecret: variables.read('STRIPE_WEBHOOK_PREVIOUS_SECRET', secret),
    apiBase: variables.read('STRIPE_API_BASE', safeUrl) ?? 'https://api.stripe.com',
  };
  const replicate = {
    apiToken: read(variables, 'REPLICATE_API_TOKEN'),
    webhookSecret: read(variables, 'REPLICATE_WEBHOOK_SECRET'),
    previousWebhookSecret: variables.read('REPLICATE_WEBHOOK_PREVIOUS_SECRET', secret),
    apiBase: variables.read('REPLICATE_API_BASE', safeUrl) ?? 'https://api.replicate.com',
  };
  return {
    stripe: isOn(
      variables,
      ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
      ['STRIPE_WEBHOOK_PREVIOUS_SECRET', 'STRIPE_API_BASE'],
    )
      ? stripe
      : null,
    replicate: isOn(
      variables,
      ['REPLICATE_API_TOKEN', 'REPLICATE_WEBHOOK_SECRET'],
      ['REPLICATE_WEBHOOK_PREVIOUS_SECRET', 'REPLICATE_API_BASE'],
    )
      ? replicate
      : null,
  };
}

function read(variables: Variables, name: VariableName): Secret {
  return variables.read(name, secret) ?? new Secret('');
}

/** All of a provider's variables, or none: a provider that can be called but not heard would leave jobs and payments open. */
function isOn(variables: Variables, required: readonly VariableName[], optional: readonly VariableName[]): boolean {
  const given = [...required, ...optional].filter((name) => variables.has(name));
  if (given.length === 0) return false;
  for (const name of required) {
    if (!variables.has(name))
      variables.fault(name, `is missing beside ${given.join(' and ')}; give it, or take all out`);
  }
  return true;
}
