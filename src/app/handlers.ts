import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.js';
import { jobOfCallback } from '../generation/replicate/callback.js';
import { createAssetsHandler } from '../server/assets.js';
import { createUploadHandler } from '../server/uploads.js';
import { createWebhooksHandler, type WebhookReceiver } from '../server/webhooks.js';
import { createReplicateReceiver } from '../server/webhooks/replicate.js';
import type { GenerationBackground } from '../services/generation/background.js';
import { createSignedUrlVerifier } from '../storage/signed-urls.js';
import type { Storage } from '../storage/storage.js';
import { createUploadFormVerifier } from '../storage/upload-forms.js';

interface HandlerOptions {
  readonly configuration: Configuration;
  readonly log: Logger;
}

/** What answers `/assets`, for a store that has no addresses of its own. */
export function createAssets({ configuration, log }: HandlerOptions, storage: Storage, now: () => Date) {
  const settings = configuration.environment.storage;
  if (settings.kind === 's3') throw new Error('STORAGE_URL: this version keeps pictures in files only; give a file: address.');
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

/** What answers `/uploads`, for a store that takes no forms itself. */
export function createUploads({ configuration: { environment, runtime } }: HandlerOptions, storage: Storage, now: () => Date) {
  const settings = environment.storage;
  if (settings.kind === 's3') throw new Error('STORAGE_URL: this version keeps pictures in files only; give a file: address.');
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
export function createWebhooks({ configuration }: HandlerOptions, generation: GenerationBackground, now: () => Date) {
  const { replicate } = configuration.environment;
  const receivers = new Map<string, WebhookReceiver>();
  if (replicate) {
    const { webhookSecret, previousWebhookSecret } = replicate;
    const secrets = previousWebhookSecret ? [webhookSecret, previousWebhookSecret] : [webhookSecret];
    const jobOf = (query: URLSearchParams) => jobOfCallback(query, secrets);
    receivers.set('replicate', createReplicateReceiver({ secrets, jobOf, receive: generation.receive, now }));
  }
  return createWebhooksHandler(receivers);
}
