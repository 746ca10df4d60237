import type { AspectRatio, Mode, Quality } from '../config/runtime.js';

/** What a generation is made with, defaults filled in. */
export interface SettledSettings {
  readonly mode: Mode;
  /** A preset's id. */
  readonly roomType: string | null;
  /** A preset's id. */
  readonly style: string | null;
  readonly prompt: string | null;
  readonly aspectRatio: AspectRatio;
  readonly quality: Quality;
  /** How many pictures. */
  readonly variants: number;
}
