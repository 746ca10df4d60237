import type { AspectRatio, Mode, Quality } from '../config/runtime.js';

/** A photo that a picture is made from, as it lies in the store: oriented, without metadata. */
export interface InputPhoto {
  readonly contentType: string;
  read(): Promise<Buffer>;
}

/** What is asked of a provider: one job. */
export interface GenerationRequest {
  readonly jobId: string;
  readonly mode: Mode;
  /** A preset's id, or null. */
  readonly roomType: string | null;
  /** A preset's id, or null. */
  readonly style: string | null;
  /** What the person wrote, or null. */
  readonly words: string | null;
  /** The whole instruction, made of mode, presets and words (prompts.ts). */
  readonly prompt: string;
  readonly aspectRatio: AspectRatio;
  readonly quality: Quality;
  /** How many pictures, 1 to 3. Fewer may come of it. */
  readonly variants: number;
  /** As many as the mode needs: none, one or two. */
  readonly inputs: readonly InputPhoto[];
}

/** What became of a prediction so far. */
export type Prediction =
  /** `progress` is from 0 to 1; null where the provider does not tell. */
  | { readonly status: 'working'; readonly progress: number | null }
  /** Encoded pictures, at least one and at most as many as were asked for, in their order; nobody has looked into them yet. */
  | { readonly status: 'succeeded'; readonly outputs: readonly Buffer[] }
  /** `message` is for the person who asked: nothing of a provider's own words. */
  | {
      readonly status: 'failed';
      readonly code: 'provider_failed' | 'provider_rejected' | 'input_unreadable';
      readonly message: string;
    }
  | { readonly status: 'canceled' };

/**
 * Makes pictures. Every call may be repeated, by another process too: a process that dies leaves its job to the next one.
 *
 * What passes by itself (time-outs, overload, the provider away) rejects with ProviderUnavailable and is tried again.
 * Everything else that goes wrong with one job is a failed prediction.
 */
export interface GenerationProvider {
  readonly name: string;
  /**
   * Begins, and returns the prediction's id, which is unique for all time. For a request that it will not take, what
   * failed. Repeated, it may begin another one: whoever calls keeps the first id that was kept.
   */
  start(
    request: GenerationRequest,
    signal: AbortSignal,
  ): Promise<{ readonly predictionId: string } | Extract<Prediction, { status: 'failed' }>>;
  /** What became of it; where the provider is this process, the work itself. `onProgress` is called with 0 to 1. */
  collect(
    predictionId: string,
    request: GenerationRequest,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: number) => Promise<void> },
  ): Promise<Prediction>;
  /** Asks it to stop. One that is over, or unknown, is no error. */
  cancel(predictionId: string): Promise<void>;
  /** How long to leave a working prediction alone, in milliseconds. */
  readonly lookAgainAfterMs: number;
}

/** The provider cannot be reached, or is too busy; it is worth another try. The message is for logs and holds no secret. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}
