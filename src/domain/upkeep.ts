/** How much something matters: `critical` loses money, pictures or privacy; `warning` will, if nobody looks; `info` is to know. */
export type Severity = 'critical' | 'warning' | 'info';

/** Something in the data that is not as it should be. */
export interface DataIssue {
  readonly severity: Severity;
  /** What kind of thing it is, for programs: one word in snake_case for each way in which a check can fail. */
  readonly category: string;
  /** What is wrong, for people. Ids, and nothing that a person wrote. */
  readonly description: string;
  /** The row's own id, or the object's key. */
  readonly affectedId: string;
  /** Whose it is; null for what belongs to nobody. */
  readonly ownerId: string | null;
  /** What to do about it, for people. */
  readonly suggestedAction: string;
  /** Whether that can be done by itself without losing anything (`repair`). */
  readonly isRepairable: boolean;
}

/** What one check came to. */
export interface CheckReport {
  /** In snake_case. */
  readonly name: string;
  /** Rows, or objects, that were looked at. */
  readonly examined: number;
  readonly issues: readonly DataIssue[];
}

/** What a clean-up did, or in a dry run would do, to one thing. */
export interface CleanupDetail {
  readonly id: string;
  /** A verb of the past: failed, archived, deleted. */
  readonly action: string;
  readonly reason: string;
}

/** What one task of a clean-up came to. */
export interface CleanupReport {
  /** In snake_case. */
  readonly task: string;
  /** Whether nothing was changed. */
  readonly dryRun: boolean;
  readonly examined: number;
  /** What was changed, or would be. */
  readonly changed: number;
  /** At most as many as were asked for; `changed` counts all. */
  readonly details: readonly CleanupDetail[];
  /** What went wrong with single things, in words without secrets. The others were still done. */
  readonly errors: readonly string[];
}
