import type { Sql } from '../database/database.js';

/** What of a table is read for a person who wants everything that their account holds. */
interface Source {
  readonly table: string;
  /** Fields by the API's names, and the columns that they are. */
  readonly columns: Readonly<Record<string, string>>;
  /** Those of them that name an input photo; null where nothing is known of the photo (any more). */
  readonly photos?: readonly string[];
  /** Further expressions of the row, under names of their own. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Joined to the row `t`, which is each time the one row that a key of it names. */
  readonly join?: string;
  /** Whose a row is: compared with the owner. */
  readonly owner: string;
  readonly where?: string;
  readonly order: string;
}

/** Bound again wherever it stands, because a cursor's statement has one parameter. */
const owner = '$1::uuid';

/** Photos of the owner that are in use. What has a mark falls due, or was announced and never came. */
const inUse = (asset: string): string =>
  `${asset}.owner_id = ${owner} and ${asset}.kind = 'input' and ${asset}.marked_at is null`;

/**
 * All that belongs to a person, in the order in which it is exported. A column that is not here is left out on purpose,
 * for a reason that test/support/export/left-out.ts names; the test fails by the name of one that is in neither.
 */
export const exportSources = {
  profile: {
    table: 'profiles',
    columns: {
      id: 'id',
      email: 'email',
      name: 'name',
      role: 'role',
      accountStatus: 'account_status',
      preferences: 'preferences',
      createdAt: 'created_at',
      erasedAt: 'erased_at',
      erasureCompletedAt: 'erasure_completed_at',
      hasAccess: 'has_access',
      customerId: 'customer_id',
      priceId: 'price_id',
      subscriptionId: 'subscription_id',
      subscriptionStatus: 'subscription_status',
      subscriptionCreatedAt: 'subscription_created_at',
      currentPeriodStart: 'current_period_start',
      currentPeriodEnd: 'current_period_end',
      cancelAtPeriodEnd: 'cancel_at_period_end',
      scheduledPriceId: 'scheduled_price_id',
      lastPaidAt: 'last_paid_at',
      paymentFailedAt: 'payment_failed_at',
      nextPaymentAttemptAt: 'next_payment_attempt_at',
    },
    owner: 't.id',
    order: 't.id',
  },
  planChanges: {
    table: 'plan_changes',
    columns: { priceId: 'price_id', effectiveAt: 'effective_at', recordedAt: 'recorded_at' },
    owner: 't.owner_id',
    order: 't.effective_at, t.recorded_at, t.id',
  },
  statusChanges: {
    table: 'account_status_changes',
    columns: { status: 'status', createdAt: 'created_at' },
    owner: 't.owner_id',
    order: 't.created_at, t.id',
  },
  usageMonths: {
    table: 'usage_periods',
    columns: { period: 'period', debits: 'debits', refunds: 'refunds', credits: 'credits' },
    owner: 't.owner_id',
    order: 't.period',
  },
  usageEntries: {
    table: 'usage_ledger',
    columns: {
      id: 'id',
      kind: 'kind',
      amount: 'amount',
      period: 'period',
      jobId: 'job_id',
      chargeNo: 'charge_no',
      reversesId: 'reverses',
      reason: 'reason',
      createdAt: 'created_at',
    },
    owner: 't.owner_id',
    order: 't.created_at, t.id',
  },
  photos: {
    table: 'assets',
    columns: { file: 'path', byteSize: 'byte_size', contentType: 'content_type', createdAt: 'created_at' },
    owner: 't.owner_id',
    where: inUse('t'),
    order: 't.created_at, t.path',
  },
  uploads: {
    table: 'uploads',
    columns: {
      id: 'id',
      state: 'state',
      file: 'path',
      contentType: 'content_type',
      byteSize: 'byte_size',
      width: 'width',
      height: 'height',
      placeholder: 'placeholder',
      createdAt: 'created_at',
      expiresAt: 'expires_at',
    },
    photos: ['file'],
    owner: 't.owner_id',
    order: 't.created_at, t.id',
  },
  generationJobs: {
    table: 'generation_jobs',
    columns: {
      id: 'id',
      status: 'status',
      mode: 'mode',
      roomType: 'room_type',
      style: 'style',
      prompt: 'prompt',
      aspectRatio: 'aspect_ratio',
      quality: 'quality',
      variants: 'variants',
      input1File: 'input1_path',
      input2File: 'input2_path',
      progress: 'progress',
      errorCode: 'error_code',
      error: 'error',
      createdAt: 'created_at',
      startedAt: 'started_at',
      completedAt: 'completed_at',
      archivedAt: 'archived_at',
    },
    photos: ['input1File', 'input2File'],
    owner: 't.owner_id',
    order: 't.created_at, t.id',
  },
  renders: {
    table: 'renders',
    columns: {
      id: 'id',
      mode: 'mode',
      roomType: 'room_type',
      style: 'style',
      prompt: 'prompt',
      coverVariant: 'cover_variant',
      jobId: 'job_id',
      createdAt: 'created_at',
    },
    owner: 't.owner_id',
    order: 't.created_at, t.id',
  },
  renderVariants: {
    table: 'render_variants',
    columns: {
      id: 'id',
      renderId: 'render_id',
      index: 'idx',
      file: 'image_path',
      thumbnailFile: 'thumb_path',
      width: 'width',
      height: 'height',
      byteSize: 'byte_size',
      contentType: 'content_type',
      placeholder: 'placeholder',
      createdAt: 'created_at',
    },
    // What a picture's name is made of.
    beside: { madeAt: 'r.created_at', roomType: 'r.room_type', style: 'r.style' },
    join: 'join renders r on r.id = t.render_id and r.owner_id = t.owner_id',
    owner: 'r.owner_id',
    order: 'r.created_at, r.id, t.idx',
  },
  collections: {
    table: 'collections',
    columns: { id: 'id', name: 'name', isDefaultFavorites: 'is_default_favorites', createdAt: 'created_at' },
    owner: 't.owner_id',
    order: 't.created_at, t.id',
  },
  collectionItems: {
    table: 'collection_items',
    columns: { collectionId: 'collection_id', renderId: 'render_id', addedAt: 'added_at' },
    join: 'join collections c on c.id = t.collection_id and c.owner_id = t.owner_id',
    owner: 'c.owner_id',
    order: 't.collection_id, t.added_at, t.render_id',
  },
  communityItems: {
    table: 'community_items',
    columns: {
      id: 'id',
      collectionId: 'collection_id',
      renderId: 'render_id',
      sourceType: 'source',
      applySettings: 'apply_settings',
      orderIndex: 'order_index',
      createdAt: 'created_at',
    },
    join: 'join renders r on r.id = t.render_id',
    owner: 'r.owner_id',
    order: 't.created_at, t.id',
  },
} as const satisfies Readonly<Record<string, Source>>;

export type ExportKind = keyof typeof exportSources;

/** The fields of a kind, as the API names them. */
export type ExportField<Kind extends ExportKind> = keyof (typeof exportSources)[Kind]['columns'] & string;

/** A row by the API's names, with what stands beside it. */
export type ExportRow = Readonly<Record<string, unknown>>;

/** Rows a round trip. */
const batchSize = 1_000;

function selectOf(source: Source): string {
  const columns = Object.entries(source.columns).map(([field, column]) => {
    const value = source.photos?.includes(field)
      ? `(select a.path from assets a where a.path = t.${column} and ${inUse('a')})`
      : `t.${column}`;
    return `${value} as "${field}"`;
  });
  const beside = Object.entries(source.beside ?? {}).map(([name, expression]) => `${expression} as "${name}"`);
  return [...columns, ...beside].join(', ');
}

function fromOf({ table, join = '', owner: ownerColumn, where = 'true' }: Source): string {
  return `from ${table} t ${join} where ${ownerColumn} = ${owner} and ${where}`;
}

/** How many rows of a kind an owner has. */
export async function countRows(tx: Sql, kind: ExportKind, ownerId: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(`select count(*)::int as count ${fromOf(exportSources[kind])}`, [ownerId]);
  return row?.count ?? 0;
}

/**
 * An owner's rows of a kind, oldest first, in batches; neither side keeps more than one. By a cursor of the database and not
 * by keyset: in a transaction of one snapshot nothing moves, and one pass needs no index that gives its order, which jobs,
 * live and archived ones together, have none of. One pass of a kind at a time.
 */
export async function* readRows(tx: Sql, kind: ExportKind, ownerId: string): AsyncGenerator<readonly ExportRow[]> {
  const source: Source = exportSources[kind];
  const cursor = `export_${source.table}`;
  const select = `select ${selectOf(source)} ${fromOf(source)} order by ${source.order}`;
  await tx.query(`declare ${cursor} no scroll cursor for ${select}`, [ownerId]);
  let rows: readonly ExportRow[];
  do {
    rows = await tx.query<ExportRow>(`fetch ${batchSize} from ${cursor}`);
    if (rows.length > 0) yield rows;
  } while (rows.length === batchSize);
  await tx.query(`close ${cursor}`);
}

/** Lets other transactions see what this one sees, for as long as it lasts: the name that they take it by. */
export async function shareSnapshot(tx: Sql): Promise<string> {
  const [row] = await tx.query<{ name: string }>('select pg_export_snapshot() as name');
  if (!row || !/^[0-9A-F-]+$/.test(row.name)) throw new Error('The database gave its snapshot no name.');
  return row.name;
}

/** Makes a transaction, of at least REPEATABLE READ and before its first look, see what another one sees. */
export async function takeSnapshot(tx: Sql, name: string): Promise<void> {
  // No parameter is taken there; the name was checked where it came from.
  await tx.query(`set transaction snapshot '${name}'`);
}

/** Profiles with this id, as far as the scope sees them. */
export async function listProfilesById(db: Sql, id: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>('select id from profiles where id = $1::uuid', [id]);
  return rows.map((row) => row.id);
}

/** Profiles with this e-mail, whatever its case; oldest first. */
export async function listProfilesByEmail(db: Sql, email: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'select id from profiles where lower(email) = lower($1::text) order by created_at, id limit $2::int',
    [email, limit],
  );
  return rows.map((row) => row.id);
}
