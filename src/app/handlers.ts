import type { Logger } from 'pino';
import { readStripeEvent } from '../billing/stripe/events.js';
import { createStripeVerifier } from '../billing/stripe/signature.js';
import type { Configuration } from '../config/configuration.js';
import { jobOfCallback } from '../generation/replicate/callback.js';
import { type AssetsHandler, createAssetsHandler } from '../server/assets.js';
import { elsewhere, refuse } from '../server/assets/refusals.js';
import { HttpRefusal } from '../server/http/refusal.js';
import { createUploadHandler, type UploadHandler } from '../server/uploads.js';
import { createWebhooksHandler, type WebhookReceiver } from '../server/webhooks.js';
import { createStripeReceiver } from '../server/webhooks/stripe.js';
import { createReplicateReceiver } from '../server/webhooks/replicate.js';
import type { BillingEvents } from '../services/billing/events.js';
import type { GenerationBackground } from '../services/generation/background.js';
import { createSignedUrlVerifier } from '../storage/signed-urls.js';
import type { Storage } from '../storage/storage.js';
import { createUploadFormVerifier } from '../storage/upload-forms.js';

interface HandlerOptions {
  readonly configuration: Configuration;
  readonly log: Logger;
}

/** What answers `/assets`: with pictures, where the store has no addresses of its own. */
export function createAssets({ configuration, log }: HandlerOptions, storage: Storage, now: () => Date): AssetsHandler {
  const settings = configuration.environment.storage;
  if (settings.kind === 's3') return async (_request, response) => refuse(response, elsewhere);
  const previous = settings.previousSigningSecret?.reveal();
  const verify = createSignedUrlVerifier({
    signingSecret: settings.signingSecret.reveal(),
    previousSigningSecrets: previous === undefined ? [] : [previous],
    now,
  });
  return createAssetsHandler({
    storage,
    verify,
    now,
    reportError: (error) => log.error({ err: error }, 'an asset could not be sent'),
  });
}

/** What answers `/uploads`: it takes photos, where the store takes no forms itself. */
export function createUploads(
  { configuration: { environment, runtime } }: HandlerOptions,
  storage: Storage,
  now: () => Date,
): UploadHandler {
  const settings = environment.storage;
  if (settings.kind === 's3') return () => Promise.reject(postedElsewhere());
  const previous = settings.previousSigningSecret?.reveal();
  const verify = createUploadFormVerifier({
    signingSecret: settings.signingSecret.reveal(),
    previousSigningSecrets: previous === undefined ? [] : [previous],
    now,
  });
  return createUploadHandler({
    storage,
    verify,
    maxFileBytes: runtime.limits.maxUploadBytes,
    corsOrigins: environment.corsOrigins,
  });
}

/** What answers `/webhooks`, for the providers that are configured. */
export function createWebhooks(
  { configuration }: HandlerOptions,
  {
    generation,
    billing,
    now,
  }: { readonly generation: GenerationBackground; readonly billing: BillingEvents | null; readonly now: () => Date },
) {
  const { replicate, stripe } = configuration.environment;
  const receivers = new Map<string, WebhookReceiver>();
  if (replicate) {
    const { webhookSecret, previousWebhookSecret } = replicate;
    const secrets = previousWebhookSecret ? [webhookSecret, previousWebhookSecret] : [webhookSecret];
    const jobOf = (query: URLSearchParams) => jobOfCallback(query, secrets);
    receivers.set('replicate', createReplicateReceiver({ secrets, jobOf, receive: generation.receive, now }));
  }
  if (stripe && billing) {
    const { webhookSecret, previousWebhookSecret } = stripe;
    const secrets = previousWebhookSecret ? [webhookSecret, previousWebhookSecret] : [webhookSecret];
    const verify = createStripeVerifier(secrets, now);
    receivers.set('stripe', createStripeReceiver({ verify, read: readStripeEvent, receive: billing.receive }));
  }
  return createWebhooksHandler(receivers);
}

function postedElsewhere(): HttpRefusal {
  return new HttpRefusal(404, 'NOT_FOUND', 'Photos go to the store itself: post the form of createUpload to the url that came with it.');
}
