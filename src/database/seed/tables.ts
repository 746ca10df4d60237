/** The columns that seeding writes, in their order, with the types of PostgreSQL: the source of every statement here. */

export type ColumnType = 'uuid' | 'text' | 'int' | 'float8' | 'bool' | 'timestamptz' | 'date' | 'jsonb';

type TypeOf<T extends ColumnType> = T extends 'uuid' | 'text' | 'date'
  ? string | null
  : T extends 'int' | 'float8'
    ? number | null
    : T extends 'bool'
      ? boolean
      : T extends 'timestamptz'
        ? Date | null
        : Readonly<Record<string, unknown>> | null;

export const seedTables = {
  profiles: {
    id: 'uuid',
    email: 'text',
    name: 'text',
    role: 'text',
    customer_id: 'text',
    price_id: 'text',
    subscription_id: 'text',
    subscription_status: 'text',
    subscription_event_at: 'timestamptz',
    current_period_start: 'timestamptz',
    current_period_end: 'timestamptz',
    has_access: 'bool',
    created_at: 'timestamptz',
  },
  plan_changes: { id: 'uuid', owner_id: 'uuid', price_id: 'text', effective_at: 'timestamptz', recorded_at: 'timestamptz' },
  plan_versions: { id: 'uuid', plan_id: 'text', monthly_limit: 'int', effective_at: 'timestamptz' },
  generation_jobs: {
    id: 'uuid',
    owner_id: 'uuid',
    mode: 'text',
    room_type: 'text',
    style: 'text',
    aspect_ratio: 'text',
    quality: 'text',
    variants: 'int',
    input1_path: 'text',
    input2_path: 'text',
    prompt: 'text',
    status: 'text',
    progress: 'float8',
    error_code: 'text',
    error: 'text',
    created_at: 'timestamptz',
    started_at: 'timestamptz',
    completed_at: 'timestamptz',
  },
  job_events: { owner_id: 'uuid', seq: 'int', job_id: 'uuid', status: 'text', progress: 'float8', created_at: 'timestamptz' },
  renders: {
    id: 'uuid',
    owner_id: 'uuid',
    job_id: 'uuid',
    mode: 'text',
    room_type: 'text',
    style: 'text',
    prompt: 'text',
    cover_variant: 'int',
    created_at: 'timestamptz',
  },
  render_variants: {
    id: 'uuid',
    render_id: 'uuid',
    owner_id: 'uuid',
    idx: 'int',
    image_path: 'text',
    thumb_path: 'text',
    width: 'int',
    height: 'int',
    byte_size: 'int',
    content_type: 'text',
    placeholder: 'text',
    created_at: 'timestamptz',
  },
  collections: { id: 'uuid', owner_id: 'uuid', name: 'text', created_at: 'timestamptz' },
  collection_items: { collection_id: 'uuid', render_id: 'uuid', owner_id: 'uuid', added_at: 'timestamptz' },
  community_collections: {
    id: 'uuid',
    title: 'text',
    description: 'text',
    is_featured: 'bool',
    order_index: 'int',
    created_at: 'timestamptz',
  },
  community_items: {
    id: 'uuid',
    collection_id: 'uuid',
    source: 'text',
    render_id: 'uuid',
    image_path: 'text',
    thumb_path: 'text',
    width: 'int',
    height: 'int',
    byte_size: 'int',
    content_type: 'text',
    placeholder: 'text',
    apply_settings: 'jsonb',
    order_index: 'int',
    created_at: 'timestamptz',
  },
  usage_ledger: {
    id: 'uuid',
    owner_id: 'uuid',
    kind: 'text',
    amount: 'int',
    period: 'date',
    job_id: 'uuid',
    charge_no: 'int',
    reverses: 'uuid',
    reason: 'text',
    idempotency_key: 'uuid',
    created_at: 'timestamptz',
  },
  uploads: {
    id: 'uuid',
    owner_id: 'uuid',
    path: 'text',
    content_type: 'text',
    byte_size: 'int',
    state: 'text',
    created_at: 'timestamptz',
    expires_at: 'timestamptz',
  },
  assets: {
    path: 'text',
    owner_id: 'uuid',
    kind: 'text',
    byte_size: 'int',
    content_type: 'text',
    created_at: 'timestamptz',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

export type SeedTable = keyof typeof seedTables;

/** A row for a table, keyed by the database's own column names. */
export type SeedRow<T extends SeedTable> = {
  readonly [C in keyof (typeof seedTables)[T]]: (typeof seedTables)[T][C] extends ColumnType
    ? TypeOf<(typeof seedTables)[T][C]>
    : never;
};
