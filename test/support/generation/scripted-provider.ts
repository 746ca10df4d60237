import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { type GenerationProvider, type Prediction, ProviderUnavailable } from '../../../src/generation/provider.js';

/** What comes of it when a provider is asked. */
export type Script =
  | 'works on'
  | 'succeeds'
  | 'fails'
  | 'refuses'
  | 'was canceled'
  | 'is away'
  | 'sends rubbish';

export const scripts: readonly Script[] = ['works on', 'succeeds', 'fails', 'refuses', 'was canceled', 'is away', 'sends rubbish'];

/** A provider that does as it is told, and remembers what it was asked. */
export interface ScriptedProvider extends GenerationProvider {
  /** Ids of predictions, in the order in which they began, with the job of each. */
  readonly started: { readonly predictionId: string; readonly jobId: string }[];
  /** Ids of predictions that were to be stopped. */
  readonly canceled: string[];
}

let picture: Promise<Buffer> | undefined;

/** The smallest picture that is one. */
export function tinyPicture(): Promise<Buffer> {
  return (picture ??= sharp({ create: { width: 8, height: 8, channels: 3, background: '#88aa99' } })
    .webp()
    .toBuffer());
}

/** A `lookAgainAfterMs` above 0 is a provider elsewhere: after it began it is left alone. */
export function createScriptedProvider(
  script: () => Script,
  { lookAgainAfterMs = 0, beforehand = async () => undefined }: {
    readonly lookAgainAfterMs?: number;
    /** Awaited before each answer of `start` and `collect`. */
    readonly beforehand?: () => Promise<void>;
  } = {},
): ScriptedProvider {
  const started: { predictionId: string; jobId: string }[] = [];
  const canceled: string[] = [];
  const failed = (code: 'provider_failed' | 'provider_rejected'): Extract<Prediction, { status: 'failed' }> => ({
    status: 'failed',
    code,
    message: 'Nothing came of it; it was not charged.',
  });
  return {
    name: 'scripted',
    lookAgainAfterMs,
    started,
    canceled,
    async start({ jobId, inputs }) {
      await beforehand();
      if (script() === 'is away') throw new ProviderUnavailable('The provider is away.');
      if (script() === 'refuses') return failed('provider_rejected');
      await Promise.all(inputs.map((input) => input.read()));
      const predictionId = randomUUID();
      started.push({ predictionId, jobId });
      return { predictionId };
    },
    async collect(_predictionId, { variants }): Promise<Prediction> {
      await beforehand();
      switch (script()) {
        case 'works on':
          return { status: 'working', progress: 0.5 };
        case 'succeeds':
          return { status: 'succeeded', outputs: await Promise.all(Array.from({ length: variants }, tinyPicture)) };
        case 'sends rubbish':
          return { status: 'succeeded', outputs: [Buffer.from('no picture')] };
        case 'was canceled':
          return { status: 'canceled' };
        case 'is away':
          throw new ProviderUnavailable('The provider is away.');
        case 'fails':
          return failed('provider_failed');
        case 'refuses':
          return failed('provider_rejected');
      }
    },
    cancel: async (predictionId) => void canceled.push(predictionId),
  };
}
