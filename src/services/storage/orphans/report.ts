/** Why nothing needs something that storage holds. */
export type OrphanReason = 'photo_unused' | 'render_gone' | 'look_gone' | 'not_recorded';

/** Something that storage holds and nothing needs. */
export interface Orphan {
  readonly key: string;
  readonly byteSize: number;
  /** Null for the community's. */
  readonly ownerId: string | null;
  readonly reason: OrphanReason;
  /** From then on it may be removed, unless something refers to it by then. */
  readonly removableAt: Date;
}

/** Something that a row refers to, and that is on no record. */
export interface Unrecorded {
  readonly key: string;
  /** What refers to it. */
  readonly by: 'variant' | 'look' | 'photo_of_render' | 'photo_of_job';
  /** The render's, look's or job's id. */
  readonly of: string;
  readonly ownerId: string | null;
}

/** What a sweep came to. Counts grow while it runs. */
export interface SweepReport {
  /** Records without a mark that were looked at. */
  records: number;
  /** Objects of the store that were looked at. */
  objects: number;
  readonly orphans: Readonly<Record<OrphanReason, { count: number; bytes: number }>>;
  /** References to what is on no record. */
  unrecorded: number;
  /** Objects on no record that are left alone: their keys name nothing of this gateway's. */
  notOurs: number;
}

export interface SweepOptions {
  /** Otherwise nothing is changed, and the same is told. */
  readonly apply: boolean;
  /** Ends it with an error after its present batch; what was marked stays marked. */
  readonly signal?: AbortSignal | undefined;
  readonly onOrphan?: (orphan: Orphan) => void;
  readonly onUnrecorded?: (unrecorded: Unrecorded) => void;
  readonly onProgress?: (of: 'records' | 'objects', done: number, total: number) => void;
}

export interface OrphanSweep {
  /**
   * Looks at every record, every object and every reference once, in batches; what an earlier sweep marked before it was
   * killed is no orphan any more, and so the next one goes on.
   *
   * @throws StorageUnavailable and DatabaseUnavailable, with what was marked staying marked.
   */
  sweep(options: SweepOptions): Promise<SweepReport>;
  /**
   * The same where nobody looks at it first. `isHeld`: so much is on no record that the database may be another one than
   * the store's, or an older one, and nothing was changed.
   */
  sweepUnattended(signal: AbortSignal): Promise<SweepReport & { readonly isHeld: boolean }>;
}

export function nothingFound(): SweepReport {
  const none = () => ({ count: 0, bytes: 0 });
  return {
    records: 0,
    objects: 0,
    orphans: { photo_unused: none(), render_gone: none(), look_gone: none(), not_recorded: none() },
    unrecorded: 0,
    notOurs: 0,
  };
}
