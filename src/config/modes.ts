import type { Mode } from './runtime.js';

/** How many photos a mode starts from. */
export const inputsOfMode: Readonly<Record<Mode, 0 | 1 | 2>> = { imagine: 0, redesign: 1, staging: 1, compose: 2 };
