import type { ReplicateSettings } from '../config/environment/providers.js';
import type { RuntimeConfiguration } from '../config/runtime.js';
import type { GenerationProvider, Prediction } from './provider.js';
import { isRefusal, outputsOf, type PredictionAnswer, progressOf } from './replicate/answer.js';
import { createReplicateApi, ReplicateRefusal } from './replicate/api.js';
import { callbackUrl } from './replicate/callback.js';
import { inputOf, referenceOf } from './replicate/input.js';
import { createOutputs } from './replicate/outputs.js';

/** How long anything may take, in milliseconds. */
export interface ReplicateTimeouts {
  readonly call: number;
  /** For one photo. */
  readonly upload: number;
  /** For one output. */
  readonly download: number;
}

export interface ReplicateProviderOptions {
  readonly settings: ReplicateSettings;
  readonly runtime: Pick<RuntimeConfiguration, 'replicate'>;
  /** Where the gateway can be called; without TLS nobody calls it. */
  readonly publicUrl: string;
  /** Told, in words without secrets and without anybody's own, what an operator must see to. */
  readonly onFault: (message: string) => void;
  readonly timeouts?: ReplicateTimeouts;
}

type Failed = Extract<Prediction, { status: 'failed' }>;

const failed: Failed = {
  status: 'failed',
  code: 'provider_failed',
  message: 'The generation failed at our supplier; it was not charged. Try again.',
};
const rejected: Failed = {
  status: 'failed',
  code: 'provider_rejected',
  message: 'This was refused by the image generator; it was not charged. Change the words or the photo and try again.',
};
const noPicture: Failed = {
  status: 'failed',
  code: 'provider_failed',
  message: 'What came back was no picture; it was not charged. Try again.',
};
const photoRefused: Failed = {
  status: 'failed',
  code: 'input_unreadable',
  message: 'A photo was not taken by the image generator; it was not charged. Try another photo.',
};

const defaultTimeouts: ReplicateTimeouts = { call: 15_000, upload: 60_000, download: 60_000 };
/** Three times what the largest picture of today's models takes. */
const maxOutputBytes = 25_000_000;

/**
 * Has rooms made by models at Replicate. A prediction is begun, described and canceled there; its webhook only says when
 * to look, and what is looked at is fetched from the API. Outputs vanish an hour after they were made, so they are fetched
 * with the description that names them.
 */
export function createReplicateProvider({
  settings,
  runtime,
  publicUrl,
  onFault,
  timeouts = defaultTimeouts,
}: ReplicateProviderOptions): GenerationProvider {
  const { apiToken: token, apiBase, webhookSecret } = settings;
  const api = createReplicateApi({ token, apiBase, timeouts, onFault });
  const fetchOutputs = createOutputs({ apiBase, timeoutMs: timeouts.download, maxBytes: maxOutputBytes, onFault });

  /** What `ask` comes to, or what a refusal of it means for the job. */
  async function unlessRefused<T>(ask: () => Promise<T>, meaning: (refusal: ReplicateRefusal) => Failed): Promise<T | Failed> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ReplicateRefusal)) throw error;
      return meaning(error);
    }
  }

  return {
    name: 'replicate',
    // Its webhook is faster; this is for where it does not arrive.
    lookAgainAfterMs: 5_000,

    async start({ jobId, mode, inputs, ...request }, signal) {
      const model = runtime.replicate.models[mode];
      const photos: string[] = [];
      for (const photo of inputs) {
        const bytes = await photo.read();
        const address = await unlessRefused(
          () => api.uploadPhoto(bytes, photo.contentType, signal),
          () => photoRefused,
        );
        if (typeof address !== 'string') return address;
        photos.push(address);
      }
      const made = await unlessRefused<PredictionAnswer | Failed>(
        () =>
          api.createPrediction(
            {
              reference: referenceOf(model),
              input: inputOf(model, request, photos),
              webhook: callbackUrl(publicUrl, jobId, webhookSecret),
            },
            signal,
          ),
        ({ status }) => {
          // It may be what somebody asked for; where it comes every time, it is the configured model or its parameters.
          onFault(`Replicate answered ${status} to a prediction by ${model.model}.`);
          return status === 400 || status === 422 ? rejected : failed;
        },
      );
      return 'id' in made ? { predictionId: made.id } : made;
    },

    async collect(predictionId, { variants }, { signal }): Promise<Prediction> {
      const found = await unlessRefused<PredictionAnswer | Failed>(
        () => api.getPrediction(predictionId, signal),
        () => failed,
      );
      if (!('id' in found)) return found;
      switch (found.status) {
        case 'succeeded': {
          const outputs = await fetchOutputs(outputsOf(found), variants, signal);
          return outputs.length > 0 ? { status: 'succeeded', outputs } : noPicture;
        }
        case 'failed':
          return isRefusal(found) ? rejected : failed;
        case 'canceled':
        case 'aborted':
          return { status: 'canceled' };
        default:
          return { status: 'working', progress: progressOf(found) };
      }
    },

    async cancel(predictionId) {
      await unlessRefused(
        () => api.cancelPrediction(predictionId),
        () => failed,
      );
    },
  };
}
