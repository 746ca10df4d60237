import { z } from 'zod';
import type { Secret } from '../../config/secret.js';
import { badRequest } from '../http/refusal.js';
import type { WebhookReceiver } from '../webhooks.js';
import { verifySignature } from './signature.js';

/** What is read of a prediction that Replicate sends. What became of it is fetched from the API, and not taken from here. */
const prediction = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,200}$/), status: z.string().regex(/^[a-z_]{1,50}$/) });

export interface ReplicateWebhookOptions {
  /** The present secret, and the one before where there is one. */
  readonly secrets: readonly Secret[];
  /** The job that the called address names, where it is proven that we wrote it. */
  readonly jobOf: (query: URLSearchParams) => string | null;
  readonly receive: (event: {
    readonly eventId: string;
    readonly predictionId: string;
    readonly status: string;
    readonly jobId: string | null;
  }) => Promise<void>;
  readonly now: () => Date;
}

/** Receives what Replicate tells of predictions. */
export function createReplicateReceiver({ secrets, jobOf, receive, now }: ReplicateWebhookOptions): WebhookReceiver {
  return async (delivery) => {
    const eventId = verifySignature(delivery, secrets, now());
    const { id: predictionId, status } = parse(delivery.body);
    await receive({ eventId, predictionId, status, jobId: jobOf(delivery.query) });
  };
}

function parse(body: string): z.infer<typeof prediction> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw badRequest('The delivery is no JSON.');
  }
  const parsed = prediction.safeParse(value);
  if (!parsed.success) throw badRequest('The delivery is no prediction.');
  return parsed.data;
}
