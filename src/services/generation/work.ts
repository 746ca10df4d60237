import type { AspectRatio, Mode, Quality, RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { DatabaseUnavailable, SerializationFailure, StatementTimeout } from '../../database/errors.js';
import { buildPrompt } from '../../generation/prompts.js';
import { type GenerationProvider, type GenerationRequest, type InputPhoto, ProviderUnavailable } from '../../generation/provider.js';
import * as jobs from '../../repositories/job-writes.js';
import { StorageUnavailable, StoredObjectMissing } from '../../storage/errors.js';
import type { Storage } from '../../storage/storage.js';
import { mayStillSucceed, type Results } from './results.js';
import type { JobKey, JobStates } from './states.js';

const messages = {
  failed: 'The generation failed on our side; it was not charged. Try again.',
  unreadable: 'What came back was no picture; it was not charged. Try again.',
  stopped: 'The generation was stopped; it was not charged. Try again.',
  inputGone: 'A photo that this was to be made from is not there any more; it was not charged. Upload it again.',
} as const;

/** What passes by itself; an account that is busy elsewhere, so that its row was not to be had in time, among it. */
const passing = [ProviderUnavailable, StorageUnavailable, StatementTimeout, SerializationFailure] as const;

/** Progress is written down no more often than this: each is a row, and a message to whoever watches. */
const reportEveryMs = 400;

export interface Attention {
  readonly signal: AbortSignal;
  /** Whether it is not tried again where it fails: then the job has failed. */
  readonly isLastTry: boolean;
}

export type Work = ReturnType<typeof createWork>;

/** Looks after a job, from its submission to its end. May be done again at any time, by any process. */
export function createWork({
  databases,
  storage,
  provider,
  states,
  results,
  runtime,
  onFault,
}: {
  databases: Databases;
  storage: Pick<Storage, 'get'>;
  provider: GenerationProvider;
  states: JobStates;
  results: Results;
  runtime: RuntimeConfiguration;
  /** Told of what went wrong with a job that is our own fault. */
  onFault: (error: unknown, key: JobKey) => void;
}) {
  function photo(path: string): InputPhoto {
    return {
      contentType: contentTypeOf(path),
      async read() {
        const found = await storage.get(path);
        if (!found) throw new StoredObjectMissing(path);
        const chunks: Buffer[] = [];
        for await (const chunk of found.body) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      },
    };
  }

  function requestOf(job: jobs.JobForWork): GenerationRequest {
    const { id, roomType, style, prompt, variants } = job;
    const mode = job.mode as Mode;
    return {
      jobId: id,
      mode,
      roomType,
      style,
      words: prompt,
      prompt: buildPrompt(runtime, { mode, roomType, style, words: prompt }),
      aspectRatio: job.aspectRatio as AspectRatio,
      quality: job.quality as Quality,
      variants,
      inputs: [job.input1Path, job.input2Path].filter((path) => path !== null).map(photo),
    };
  }

  /** Reports at intervals; what cannot be written is no reason to stop. */
  function reporter(key: JobKey): (progress: number) => Promise<void> {
    let last = 0;
    return async (progress) => {
      const at = performance.now();
      if (at - last < reportEveryMs) return;
      last = at;
      await states.report(key, progress).catch(() => undefined);
    };
  }

  async function advance(job: jobs.JobForWork, key: JobKey, { signal }: Attention): Promise<number | null> {
    const request = requestOf(job);
    let { predictionId } = job;
    if (predictionId === null) {
      if (job.status === 'failed') return null;
      const started = await provider.start(request, signal);
      if ('status' in started) {
        await states.fail(key, started);
        return null;
      }
      predictionId = await states.begin(key, started.predictionId);
      // One too many is a cost of ours, and no reason to fail a job that goes on with another.
      if (predictionId !== started.predictionId) {
        await provider.cancel(started.predictionId).catch((error: unknown) => onFault(error, key));
      }
      if (predictionId === null) return null;
      if (provider.lookAgainAfterMs > 0) return provider.lookAgainAfterMs;
    }
    const prediction = await provider.collect(predictionId, request, { signal, onProgress: reporter(key) });
    switch (prediction.status) {
      case 'working':
        if (prediction.progress !== null) await states.report(key, prediction.progress);
        // One that was given up is heard of by its webhook, if at all.
        return job.status === 'failed' ? null : provider.lookAgainAfterMs;
      case 'failed':
        await states.fail(key, prediction);
        return null;
      case 'canceled':
        await states.fail(key, { code: 'provider_failed', message: messages.stopped });
        return null;
      case 'succeeded':
        if ((await results.keep(job, prediction.outputs)) === 'unreadable') {
          await states.fail(key, { code: 'provider_failed', message: messages.unreadable });
        }
        return null;
    }
  }

  return {
    /**
     * Takes a job as far as it goes now: starts it, looks what became of it, keeps what was made. Returns after how many
     * milliseconds to look again, or null where there is nothing more to do.
     *
     * @throws what passes by itself (provider, store or database away; the signal), unless it was the last try.
     */
    async attend(key: JobKey, attention: Attention): Promise<number | null> {
      const job = await jobs.getJobForWork(databases.service({ kind: 'system' }), key.ownerId, key.id);
      if (!job || !mayStillSucceed(job)) return null;
      try {
        return await advance(job, key, attention);
      } catch (error) {
        // Without the database nothing can be written down, and whoever stops leaves the job to the next one.
        if (error instanceof DatabaseUnavailable || attention.signal.aborted) throw error;
        if (error instanceof StoredObjectMissing) {
          await states.fail(key, { code: 'input_unreadable', message: messages.inputGone });
          return null;
        }
        const passes = passing.some((kind) => error instanceof kind);
        if (passes && !attention.isLastTry) throw error;
        onFault(error, key);
        await states.fail(key, { code: passes ? 'provider_failed' : 'internal', message: messages.failed });
        return null;
      }
    },
  };
}

const contentTypes: Readonly<Record<string, string>> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };

function contentTypeOf(path: string): string {
  return contentTypes[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}
