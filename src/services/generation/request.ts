import { createHash } from 'node:crypto';
import { inputsOfMode } from '../../config/modes.js';
import type { Mode, RuntimeConfiguration } from '../../config/runtime.js';
import type { SettledSettings } from '../../domain/generation-settings.js';
import { checkInput } from '../../domain/input.js';
import { isAcceptablePrompt } from '../../generation/prompt-check.js';
import { checkSettings, type SettingsInput } from '../settings.js';
import { PromptRejected } from './errors.js';

/** A submission as it was sent; what is absent or null is left to the defaults. */
export interface SubmitGenerationInput extends SettingsInput {
  readonly mode: Mode;
  /** Ids of uploads. */
  readonly input1?: string | null | undefined;
  readonly input2?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

/** What is to be made, defaults filled in. */
export interface SettledRequest extends SettledSettings {
  /** Ids of uploads, in their order: as many as the mode takes. */
  readonly inputs: readonly string[];
}

/**
 * Checks a submission against modes, presets and limits, and fills in the defaults.
 *
 * @throws InvalidInput with everything that is wrong.
 * @throws PromptRejected
 */
export function settleRequest(runtime: RuntimeConfiguration, input: SubmitGenerationInput): SettledRequest {
  const { defaults } = runtime;
  const check = checkInput();
  const given = checkSettings(runtime, input, check, []);
  const { mode } = input;
  const settled = {
    mode,
    roomType: given.roomType ?? null,
    style: given.style ?? null,
    prompt: given.prompt ?? null,
    aspectRatio: given.aspectRatio ?? defaults.aspectRatio,
    quality: given.quality ?? defaults.quality,
    variants: given.variants ?? defaults.variants,
    inputs: settleInputs(),
  };
  check.done();
  if (settled.prompt !== null && !isAcceptablePrompt(settled.prompt, runtime.prompts.rejectedTerms)) throw new PromptRejected();
  return settled;

  function settleInputs(): string[] {
    const given = [input.input1 ?? null, input.input2 ?? null];
    const wanted = inputsOfMode[mode];
    given.forEach((id, index) => {
      const field = `input${index + 1}`;
      if (index < wanted && id === null) {
        check.issue([field], `The mode ${mode} starts from ${wanted === 1 ? 'a photo' : 'two photos'}: give the id of an upload.`);
      }
      if (index >= wanted && id !== null) {
        check.issue([field], `The mode ${mode} takes ${wanted === 0 ? 'no photo' : 'one photo'}: leave "${field}" out.`);
      }
    });
    return given.slice(0, wanted).filter((id) => id !== null);
  }
}

const fields = ['mode', 'roomType', 'style', 'prompt', 'aspectRatio', 'quality', 'variants', 'input1', 'input2'] as const;

/**
 * Of a submission as it was sent, before any default: the same request has the same one, also when the defaults change
 * between the two. A field that is null is one that is absent.
 */
export function hashRequest(input: SubmitGenerationInput): string {
  return createHash('sha256')
    .update(JSON.stringify(fields.map((field) => input[field] ?? null)))
    .digest('base64url');
}
