export type SystemName = 'roomfeed' | 'roomfeed-cache' | 'postgraphile' | 'prisma-idiomatic' | 'limit';

export type OperationName = 'feed' | 'deep-feed' | 'collections' | 'render' | 'community' | 'usage' | 'add-favorite';

/** What is to be measured. */
export interface Wanted {
  readonly operations: readonly OperationName[];
  readonly systems: readonly SystemName[];
  readonly connections: readonly number[];
  /** How long each measurement takes. */
  readonly seconds: number;
  readonly rounds: number;
  readonly renders: number;
  readonly profiles: number;
  /** Where the rows go. */
  readonly json: string | null;
  /** Whether all is measured at full length, and bench/results is written. */
  readonly whole: boolean;
}

/** What `scale` is to measure. */
export interface WantedScale {
  /** Of the databases, the smallest first. */
  readonly sizes: readonly { readonly renders: number; readonly profiles: number }[];
  readonly seconds: number;
  readonly rounds: number;
  /** Only a trial: nothing goes to bench/results. */
  readonly quick: boolean;
}

/** What `soak` is to do. */
export interface WantedSoak {
  readonly renders: number;
  readonly profiles: number;
  /** All of it. */
  readonly seconds: number;
  readonly connections: number;
  readonly quick: boolean;
}

/** What `generation` is to measure. */
export interface WantedGeneration {
  readonly renders: number;
  readonly profiles: number;
  /** Of those who submit. */
  readonly connections: readonly number[];
  /** How many generations a worker works on at a time. */
  readonly concurrencies: readonly number[];
  /** How long each measurement of submissions takes. */
  readonly seconds: number;
  /** Of submissions and of picking up. */
  readonly rounds: number;
  readonly pickUpsARound: number;
  readonly workRounds: number;
  /** In the queue at once; of empty tasks ten times as many. */
  readonly jobs: number;
  /** For the local provider. */
  readonly drawnJobs: number;
  readonly watchRounds: number;
  /** How many watch; at the first number deliveries are measured, too. */
  readonly streams: readonly number[];
  readonly idleSeconds: number;
  readonly deliveriesARound: number;
  readonly quick: boolean;
}

/** What `checks` is to measure. */
export interface WantedChecks {
  /** Of the databases, the smallest first; with how many photos in the store. The feed is asked for beside checks of the last. */
  readonly sizes: readonly { readonly renders: number; readonly profiles: number; readonly photos: number }[];
  /** Of a hundred, how much of the time a check works. */
  readonly paces: readonly number[];
  /** Of those who ask for the feed. */
  readonly connections: number;
  /** How long each window of the feed takes. */
  readonly seconds: number;
  /** Of the feed beside whole checks. */
  readonly rounds: number;
  /** Windows of the feed alone, before and after each check. */
  readonly aloneWindows: number;
  /** Checks of the largest database with nothing beside them. */
  readonly aloneRuns: number;
  readonly quick: boolean;
}

export const operationNames: readonly OperationName[];
export const systemNames: readonly SystemName[];
export const usage: string;

export function readCommandLine(
  args: readonly string[],
):
  | { readonly wanted: Wanted }
  | { readonly scale: WantedScale }
  | { readonly soak: WantedSoak }
  | { readonly generation: WantedGeneration }
  | { readonly checks: WantedChecks }
  | { readonly help: string } | { readonly mistake: string };
