import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { insert, seedGallery, seedPerson, validRows, type Person, type Row } from './fixtures/rows.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';

let database: TestDatabase;
let service: pg.Client;
let owner: pg.Client;
let gateway: pg.Client;
let anna: Person;
let ben: Person;
let rows: Record<string, Row>;

beforeAll(async () => {
  database = await createTestDatabase();
  [service, owner, gateway] = (await Promise.all(
    [database.urls.service, database.urls.owner, database.urls.gateway].map(async (connectionString) => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      return client;
    }),
  )) as [pg.Client, pg.Client, pg.Client];
  anna = await seedPerson(service);
  ben = await seedPerson(service);
  rows = {
    ...validRows(anna, await seedGallery(service, anna.render)),
    account_status_changes: { owner_id: anna.id, status: 'suspended', reason: 'Spam', changed_by: ben.id },
  };
});

afterAll(async () => {
  await Promise.all([service, owner, gateway].map((client) => client.end()));
  await database.drop();
});

/** Runs `work` in a transaction that is rolled back. */
async function undone<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    return await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

/** What refuses the work: a constraint's name, or an SQLSTATE where no constraint is named; null where nothing does. */
async function refusal(client: pg.Client, work: () => Promise<unknown>): Promise<string | null> {
  return undone(client, async () => {
    try {
      await work();
      return null;
    } catch (error) {
      if (error instanceof pg.DatabaseError) {
        return error.constraint ?? error.code ?? 'no code';
      }
      throw error;
    }
  });
}

function refusalOf(table: string, changes: Row): Promise<string | null> {
  return refusal(service, () => insert(service, table, { ...rows[table], ...changes }));
}

const external = { source: 'external', image_path: null, external_image_url: 'https://images.example/room.jpg' };
/** Anna's first debit, undone: the ids come with the seed, so a function. */
const refund = (): Row => ({ kind: 'generation_refund', charge_no: null, reverses: anna.debit });
const credit: Row = {
  kind: 'credit_adjustment',
  job_id: null,
  charge_no: null,
  reason: 'Goodwill',
  idempotency_key: '018f0000-0000-7000-8000-000000000001',
};

/** For each CHECK, rows that differ from a valid one in what it refuses. */
const REFUSED: Record<string, [table: string, ...changes: (Row | (() => Row))[]]> = {
  profiles_role_check: ['profiles', { role: 'owner' }],
  profiles_account_status_check: ['profiles', { account_status: 'banned' }],
  profiles_preferences_check: ['profiles', { preferences: '[]' }, { preferences: 'null' }],
  profiles_erased_is_suspended_check: ['profiles', { erased_at: '2026-02-01Z', email: null, name: null, preferences: '{}' }],
  profiles_erased_is_nameless_check: [
    'profiles',
    { erased_at: '2026-02-01Z', account_status: 'suspended', email: 'ann@example.com', name: null, preferences: '{}' },
    { erased_at: '2026-02-01Z', account_status: 'suspended', email: null, name: 'Ann', preferences: '{}' },
    { erased_at: '2026-02-01Z', account_status: 'suspended', email: null, name: null, preferences: '{"theme": "dark"}' },
  ],
  profiles_erasure_completed_check: [
    'profiles',
    { erasure_completed_at: '2026-02-01Z' },
    {
      erased_at: '2026-02-02Z', erasure_completed_at: '2026-02-01Z', account_status: 'suspended', email: null, name: null, preferences: '{}',
    },
  ],
  profiles_current_period_check: [
    'profiles',
    { current_period_start: '2026-02-01Z', current_period_end: '2026-01-01Z' },
  ],
  plan_versions_plan_id_check: ['plan_versions', { plan_id: '' }],
  plan_versions_monthly_limit_check: ['plan_versions', { monthly_limit: -1 }],
  generation_jobs_mode_check: ['generation_jobs', { mode: 'paint' }],
  generation_jobs_aspect_ratio_check: ['generation_jobs', { aspect_ratio: '16:9' }],
  generation_jobs_quality_check: ['generation_jobs', { quality: 'ultra' }],
  generation_jobs_variants_check: ['generation_jobs', { variants: 0 }, { variants: 4 }],
  generation_jobs_status_check: ['generation_jobs', { status: 'queued' }],
  generation_jobs_progress_check: ['generation_jobs', { progress: -0.1 }, { progress: 1.1 }, { progress: 'NaN' }],
  generation_jobs_error_code_check: ['generation_jobs', { status: 'failed', error_code: 'oops' }],
  generation_jobs_error_only_where_failed_check: ['generation_jobs', { status: 'succeeded', error_code: 'internal' }],
  generation_jobs_completed_only_where_over_check: [
    'generation_jobs',
    { status: 'processing', completed_at: '2026-01-01Z' },
  ],
  generation_jobs_key_with_hash_check: ['generation_jobs', { idempotency_key: randomUUID() }],
  job_events_seq_check: ['job_events', { seq: 0 }],
  job_events_status_check: ['job_events', { status: 'queued' }],
  job_events_progress_check: ['job_events', { progress: 2 }],
  renders_mode_check: ['renders', { mode: 'paint' }],
  renders_cover_variant_check: ['renders', { cover_variant: -1 }, { cover_variant: 3 }],
  render_variants_idx_check: ['render_variants', { idx: -1 }, { idx: 3 }],
  render_variants_image_path_check: ['render_variants', { image_path: '' }],
  render_variants_thumb_path_check: ['render_variants', { thumb_path: '' }],
  render_variants_width_check: ['render_variants', { width: 0 }],
  render_variants_height_check: ['render_variants', { height: 0 }],
  render_variants_byte_size_check: ['render_variants', { byte_size: 0 }],
  render_variants_version_check: ['render_variants', { version: 0 }],
  collections_name_check: [
    'collections',
    { name: '' },
    { name: ' ' },
    { name: ' Kitchens' },
    { name: 'Kitchens\n' },
    { name: 'k'.repeat(101) },
  ],
  community_collections_title_check: [
    'community_collections',
    { title: '' },
    { title: 'Coastal ' },
    { title: 't'.repeat(201) },
  ],
  community_items_source_check: ['community_items', { source: 'stolen' }],
  community_items_external_image_url_check: [
    'community_items',
    { external_image_url: 'https://images.example/room.jpg' },
    { ...external, external_image_url: null },
  ],
  community_items_external_image_scheme_check: [
    'community_items',
    { ...external, external_image_url: 'javascript:alert(1)' },
    { ...external, external_image_url: 'http://images.example/room.jpg' },
    { ...external, external_image_url: 'HTTPS://images.example/room.jpg' },
    { ...external, external_image_url: 'https:images.example/room.jpg' },
    { ...external, external_image_url: 'https://user@images.example/room.jpg' },
    { ...external, external_image_url: 'https://user:secret@images.example/room.jpg' },
    { ...external, external_image_url: 'https://images.example:8443/room.jpg' },
    { ...external, external_image_url: 'https://[::1]:8443/room.jpg' },
    { ...external, external_image_url: 'https://images.example\\@127.0.0.1/room.jpg' },
    { ...external, external_image_url: 'https://' },
    { ...external, external_image_url: 'https:///room.jpg' },
    { ...external, external_image_url: 'https://images.example/a room.jpg' },
    { ...external, external_image_url: 'https://bücher.example/room.jpg' },
    { ...external, external_image_url: 'https://images.example/\nroom.jpg' },
    { ...external, external_image_url: `https://images.example/${'a'.repeat(2_026)}` },
  ],
  community_items_internal_copy_check: ['community_items', { image_path: null }],
  community_items_external_render_check: ['community_items', () => ({ ...external, render_id: anna.render })],
  community_items_size_check: ['community_items', { width: 0 }, { height: 0 }, { byte_size: 0 }],
  community_items_apply_settings_check: ['community_items', { apply_settings: '[]' }],
  usage_ledger_kind_check: ['usage_ledger', { kind: 'gift' }],
  usage_ledger_amount_check: ['usage_ledger', { amount: 0 }, { amount: -1 }],
  usage_ledger_period_check: ['usage_ledger', { period: '2026-01-02' }],
  usage_ledger_generation_debit_check: [
    'usage_ledger',
    { job_id: null },
    { charge_no: null },
    { charge_no: 3 },
    () => ({ reverses: anna.debit }),
  ],
  usage_ledger_generation_refund_check: [
    'usage_ledger',
    () => ({ ...refund(), reverses: null }),
    () => ({ ...refund(), charge_no: 1 }),
  ],
  usage_ledger_credit_adjustment_check: [
    'usage_ledger',
    { ...credit, reason: null },
    { ...credit, reason: ' ' },
    { ...credit, idempotency_key: null },
    { ...credit, charge_no: 1 },
    () => ({ ...credit, job_id: anna.job }),
    () => ({ ...credit, reverses: anna.debit }),
  ],
  usage_periods_period_check: ['usage_periods', { period: '2026-02-02' }],
  usage_periods_debits_check: ['usage_periods', { debits: -1, refunds: -1 }],
  usage_periods_refunds_check: ['usage_periods', { debits: 1, refunds: 2 }, { refunds: -1 }],
  usage_periods_credits_check: ['usage_periods', { credits: -1 }],
  uploads_path_check: ['uploads', { path: '' }],
  uploads_byte_size_check: ['uploads', { byte_size: 0 }],
  uploads_state_check: ['uploads', { state: 'lost' }],
  uploads_measures_check: ['uploads', { state: 'ready', width: 0, height: 3 }, { state: 'ready', width: 4, height: -1 }],
  uploads_facts_check: ['uploads', { width: 4, height: 3 }, { placeholder: 'thumbhash' }],
  uploads_expires_at_check: ['uploads', { created_at: '2026-01-01Z', expires_at: '2026-01-01Z' }],
  assets_path_check: ['assets', { path: '' }],
  assets_kind_check: ['assets', { kind: 'video' }],
  assets_owner_check: ['assets', { kind: 'community' }, { owner_id: null }],
  assets_byte_size_check: ['assets', { byte_size: -1 }],
  account_status_changes_status_check: ['account_status_changes', { status: 'banned' }],
  account_status_changes_reason_check: ['account_status_changes', { reason: '' }, { reason: 'r'.repeat(501) }],
  account_status_changes_by_another_check: [
    'account_status_changes',
    () => ({ changed_by: anna.id }),
    () => ({ owner_id: ben.id }),
  ],
  webhook_events_provider_check: ['webhook_events', { provider: '' }],
  webhook_events_event_id_check: ['webhook_events', { event_id: '' }],
  webhook_events_attempts_check: ['webhook_events', { attempts: -1 }],
};

describe('CHECK constraints', () => {
  it('have a case here, every one', async () => {
    const { rows: checks } = await owner.query<{ conname: string }>(
      "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'c'",
    );
    expect(checks.map(({ conname }) => conname).sort()).toEqual(Object.keys(REFUSED).sort());
  });

  it('let a valid row of every table in', async () => {
    for (const table of Object.keys(rows)) {
      expect([table, await refusalOf(table, {})]).toEqual([table, null]);
    }
  });

  it.each(Object.entries(REFUSED))('%s refuses what it should', async (name, [table, ...cases]) => {
    for (const changes of cases) {
      const row = typeof changes === 'function' ? changes() : changes;
      expect([row, await refusalOf(table, row)]).toEqual([row, name]);
    }
  });

  it('let each kind of ledger entry in, and each source of a community item', async () => {
    expect(await refusalOf('usage_ledger', refund())).toBeNull();
    expect(await refusalOf('usage_ledger', credit)).toBeNull();
    expect(await refusalOf('usage_ledger', { charge_no: 2 })).toBeNull();
    expect(await refusalOf('community_items', external)).toBeNull();
    for (const address of ['https://[2606:4700::1111]/a.jpg', 'https://images.example?w=1', `https://images.example/${'a'.repeat(2_025)}`]) {
      expect(await refusalOf('community_items', { ...external, external_image_url: address })).toBeNull();
    }
    expect(
      await refusalOf('community_items', { render_id: anna.render, apply_settings: '{"style": "scandi"}' }),
    ).toBeNull();
  });
});

describe('unique indexes', () => {
  /** Pairs of rows that differ from valid ones by these, of which the second is refused. */
  const DUPLICATES: Record<string, [table: string, first: () => Row, second: () => Row]> = {
    profiles_customer_id_key: [
      'profiles',
      () => ({ customer_id: 'cus_1' }),
      () => ({ id: randomUUID(), customer_id: 'cus_1' }),
    ],
    plan_changes_stripe_event_id_key: [
      'plan_changes',
      () => ({ stripe_event_id: 'evt_1' }),
      () => ({ stripe_event_id: 'evt_1' }),
    ],
    generation_jobs_prediction_id_key: [
      'generation_jobs',
      () => ({ prediction_id: 'p' }),
      () => ({ prediction_id: 'p' }),
    ],
    generation_jobs_owner_id_idempotency_key_key: ['generation_jobs', keyed, keyed],
    renders_job_id_key: ['renders', () => ({ job_id: anna.uncharged }), () => ({ job_id: anna.uncharged })],
    render_variants_render_id_idx_key: ['render_variants', () => ({}), () => ({})],
    collections_default_favorites_key: [
      'collections',
      () => ({}),
      () => ({ name: 'Other', is_default_favorites: true }),
    ],
    usage_ledger_reverses_key: ['usage_ledger', refund, refund],
    usage_ledger_job_id_charge_no_key: ['usage_ledger', () => ({}), () => ({})],
    usage_ledger_owner_id_idempotency_key_key: ['usage_ledger', () => credit, () => credit],
    webhook_events_provider_event_id_key: ['webhook_events', () => ({}), () => ({})],
  };

  function keyed(): Row {
    return { idempotency_key: '018f0000-0000-7000-8000-000000000002', request_hash: 'h' };
  }

  it('have a case here, every one that is no primary key and no mere target of a foreign key', async () => {
    const { rows: indexes } = await owner.query<{ name: string }>(
      `SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
       WHERE relnamespace = 'public'::regnamespace AND indisunique AND NOT indisprimary`,
    );
    const targets = ['generation_jobs', 'renders', 'collections', 'usage_ledger'].map(
      (table) => `${table}_id_owner_id_key`,
    );
    const covered = [
      ...Object.keys(DUPLICATES),
      ...targets,
      'renders_job_id_owner_id_key',
      'usage_ledger_reverses_owner_id_key',
    ];
    expect(indexes.map(({ name }) => name).sort()).toEqual(covered.sort());
  });

  it.each(Object.entries(DUPLICATES))('%s refuses a second row', async (name, [table, first, second]) => {
    const refused = await refusal(service, async () => {
      await insert(service, table, { ...rows[table], ...first() });
      await insert(service, table, { ...rows[table], ...second() });
    });
    expect(refused).toBe(name);
  });

  it('let two people use one idempotency key', async () => {
    const refused = await refusal(service, async () => {
      await insert(service, 'generation_jobs', { ...rows['generation_jobs'], ...keyed() });
      await insert(service, 'generation_jobs', { ...rows['generation_jobs'], ...keyed(), owner_id: ben.id });
    });
    expect(refused).toBeNull();
  });
});

describe('composite foreign keys', () => {
  it.each<[string, string, () => Row]>([
    ['render_variants_render_id_owner_id_fkey', 'render_variants', () => ({ owner_id: ben.id })],
    ['collection_items_render_id_owner_id_fkey', 'collection_items', () => ({ render_id: ben.looseRender })],
    ['collection_items_collection_id_owner_id_fkey', 'collection_items', () => ({ collection_id: ben.collection })],
    ['renders_job_id_owner_id_fkey', 'renders', () => ({ job_id: ben.uncharged })],
    ['job_events_job_id_owner_id_fkey', 'job_events', () => ({ job_id: ben.job })],
    ['usage_ledger_job_id_owner_id_fkey', 'usage_ledger', () => ({ job_id: ben.uncharged })],
    ['usage_ledger_reverses_owner_id_fkey', 'usage_ledger', () => ({ ...refund(), reverses: ben.debit })],
  ])('%s holds both rows to one owner', async (name, table, changes) => {
    expect(await refusalOf(table, changes())).toBe(name);
  });
});

describe('the default favorites', () => {
  const favorites = (): Promise<{ id: string; name: string }[]> =>
    service
      .query<{ id: string; name: string }>(
        'SELECT id, name FROM collections WHERE owner_id = $1 AND is_default_favorites',
        [anna.id],
      )
      .then((result) => result.rows);

  /** The roles that may touch collections at all. */
  const asGateway = async (text: string): Promise<string | null> =>
    refusal(gateway, async () => {
      await gateway.query("SELECT set_config('app.user_id', $1, true)", [anna.id]);
      await gateway.query(text);
    });
  const asService = (text: string): Promise<string | null> => refusal(service, () => service.query(text));

  it('are made with the profile, once', async () => {
    expect(await favorites()).toEqual([{ id: expect.any(String), name: 'Favorites' }]);
  });

  it('are neither renamed nor deleted, by either role', async () => {
    for (const as of [asGateway, asService]) {
      expect(await as("UPDATE collections SET name = 'Mine' WHERE is_default_favorites")).toBe('RF001');
      expect(await as('DELETE FROM collections WHERE is_default_favorites')).toBe('RF001');
    }
    expect(await favorites()).toHaveLength(1);
  });

  it('do not cease to be the default, and no other collection becomes it', async () => {
    expect(await asService('UPDATE collections SET is_default_favorites = false WHERE is_default_favorites')).toBe(
      'RF001',
    );
    expect(await asService('UPDATE collections SET is_default_favorites = true WHERE NOT is_default_favorites')).toBe(
      'RF001',
    );
  });

  it('leave the other collections to be renamed and deleted', async () => {
    for (const as of [asGateway, asService]) {
      expect(await as("UPDATE collections SET name = 'Mine' WHERE NOT is_default_favorites")).toBeNull();
      expect(await as('DELETE FROM collections WHERE NOT is_default_favorites')).toBeNull();
    }
  });

  it('are made again where they were lost', async () => {
    const refused = await refusal(owner, async () => {
      // Only the owner of the table can lose them, past the trigger.
      await owner.query('ALTER TABLE collections NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER');
      await owner.query('DELETE FROM collections WHERE owner_id = $1 AND is_default_favorites', [anna.id]);
      await insert(owner, 'collections', { owner_id: anna.id, name: 'Favorites', is_default_favorites: true });
    });
    expect(refused).toBeNull();
  });
});

describe('rows that stay', () => {
  it.each([
    ['RF002', "UPDATE usage_ledger SET reason = 'other'"],
    ['RF002', 'DELETE FROM usage_ledger'],
    ['RF002', 'TRUNCATE usage_ledger CASCADE'],
    ['RF002', "UPDATE account_status_changes SET reason = 'other'"],
    ['RF002', 'DELETE FROM account_status_changes'],
    ['RF002', 'TRUNCATE account_status_changes'],
    ['RF004', 'DELETE FROM profiles'],
    ['RF004', 'TRUNCATE profiles CASCADE'],
    ['RF004', 'DELETE FROM generation_jobs'],
    ['RF004', 'TRUNCATE generation_jobs CASCADE'],
  ])('%s: the owner of the tables, too, is refused %s', async (code, text) => {
    expect(await refusal(owner, () => owner.query(text))).toBe(code);
  });

  it('say in words what to do instead', async () => {
    await expect(undone(owner, () => owner.query('DELETE FROM usage_ledger'))).rejects.toThrow(
      'The usage ledger is append-only: undo a debit with a refund, and correct a sum with a credit.',
    );
  });
});

describe('the status of a job', () => {
  const STATUSES = ['starting', 'processing', 'succeeded', 'failed', 'canceled'];
  const ALLOWED = [
    'starting → processing',
    'starting → succeeded',
    'starting → failed',
    'starting → canceled',
    'processing → succeeded',
    'processing → failed',
    'processing → canceled',
  ];

  const move = (from: string, to: string, errorCode: string | null = null): Promise<string | null> =>
    refusal(service, async () => {
      const { id } = await insert(service, 'generation_jobs', {
        ...rows['generation_jobs'],
        status: from,
        error_code: errorCode,
      });
      await service.query('UPDATE generation_jobs SET status = $2, error_code = NULL WHERE id = $1', [id, to]);
    });

  it('moves forward only', async () => {
    const moved: string[] = [];
    for (const from of STATUSES) {
      for (const to of STATUSES.filter((status) => status !== from)) {
        const refused = await move(from, to, from === 'failed' ? 'provider_failed' : null);
        expect([from, to, refused]).toEqual([from, to, refused === null ? null : 'RF003']);
        if (refused === null) {
          moved.push(`${from} → ${to}`);
        }
      }
    }
    expect(moved.sort()).toEqual([...ALLOWED].sort());
  });

  it('goes back once, from timed out to succeeded', async () => {
    expect(await move('failed', 'succeeded', 'timed_out')).toBeNull();
    expect(await move('failed', 'processing', 'timed_out')).toBe('RF003');
    expect(await move('failed', 'canceled', 'timed_out')).toBe('RF003');
  });

  it('may be written again as it is, with its progress', async () => {
    expect(await move('processing', 'processing')).toBeNull();
    expect(await move('canceled', 'canceled')).toBeNull();
  });
});

describe('ids and times', () => {
  it('makes ids of version 7 that begin with the millisecond', async () => {
    const { rows: made } = await owner.query<{ id: string; before: string; after: string }>(
      `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS before, uuid_v7() AS id,
         floor(extract(epoch FROM clock_timestamp()) * 1000) AS after FROM generate_series(1, 1000)`,
    );
    for (const { id, before, after } of made) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const milliseconds = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      expect(milliseconds).toBeGreaterThanOrEqual(Number(before));
      expect(milliseconds).toBeLessThanOrEqual(Number(after));
    }
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
  });

  it('cuts every default time to the millisecond, and keeps no time more finely', async () => {
    const { rows: columns } = await owner.query<{ type: string; default: string | null }>(
      `SELECT DISTINCT format_type(atttypid, atttypmod) AS type, pg_get_expr(adbin, adrelid) AS default
       FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
       JOIN pg_class ON pg_class.oid = attrelid
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'
         AND attnum > 0 AND format_type(atttypid, NULL) LIKE 'time%'
       ORDER BY 2 NULLS LAST`,
    );
    expect(columns).toEqual([
      { type: 'timestamp(3) with time zone', default: "date_trunc('milliseconds'::text, clock_timestamp())" },
      { type: 'timestamp(3) with time zone', default: null },
    ]);
  });
});
