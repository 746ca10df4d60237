import type { MetadataParameter } from '../parameters.js';
import type { Metadata } from '../records.js';

/** Metadata with what was sent laid over it: an empty value takes its name away, and the empty text all of them. */
export function mergeMetadata(present: Metadata, sent: MetadataParameter | undefined): Metadata {
  if (sent === undefined) return present;
  if (sent === '') return {};
  return Object.fromEntries(Object.entries({ ...present, ...sent }).filter(([, value]) => value !== ''));
}
