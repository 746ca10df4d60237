import type { ReplicateModel } from '../../config/runtime.js';
import type { GenerationRequest } from '../provider.js';

/** Which model is asked: an official one by its name, any other by its version. */
export type ModelReference = { readonly model: string } | { readonly version: string };

/** Of `owner/name` or `owner/name:version`. */
export function referenceOf({ model }: Pick<ReplicateModel, 'model'>): ModelReference {
  const colon = model.indexOf(':');
  return colon < 0 ? { model } : { version: model.slice(colon + 1) };
}

/**
 * What a model is given for a request: each value under the name that the model has for it, and left out where it has
 * none. `photos` are the addresses of the request's photos, in their order.
 *
 * @throws Error where the configured model cannot take as many photos as the request has.
 */
export function inputOf(
  { model, parameters, fixed }: ReplicateModel,
  { prompt, aspectRatio, quality, variants }: Pick<GenerationRequest, 'prompt' | 'aspectRatio' | 'quality' | 'variants'>,
  photos: readonly string[],
): Record<string, unknown> {
  const named: readonly (readonly [string | null, unknown])[] = [
    [parameters.prompt, prompt],
    [parameters.aspectRatio, aspectRatio],
    [parameters.quality, quality],
    [parameters.variants, variants],
    ...photoParameters(model, parameters.photos, photos),
  ];
  return { ...fixed, ...Object.fromEntries(named.flatMap(([name, value]) => (name === null ? [] : [[name, value]]))) };
}

function photoParameters(
  model: string,
  names: ReplicateModel['parameters']['photos'],
  photos: readonly string[],
): (readonly [string | null, unknown])[] {
  if (photos.length === 0) return [];
  if (typeof names === 'string') return [[names, photos]];
  if (names === null || names.length < photos.length) {
    throw new Error(`${model} is configured without a parameter for each of ${photos.length} photos: see replicate.models.`);
  }
  return photos.map((photo, index) => [names[index] ?? null, photo] as const);
}
