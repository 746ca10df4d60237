import type { WantedGeneration } from '../command-line.mjs';
import type { AccountBook } from './account-book.ts';
import type { Ground } from './program.ts';

/** What every part of the measurement has. */
export interface Bench extends Ground {
  readonly wanted: WantedGeneration;
  readonly book: AccountBook;
  /** For the gateway and its workers: a quota that stops nobody, and streams for everybody. */
  readonly environment: Readonly<Record<string, string>>;
  show(text: string): void;
}
