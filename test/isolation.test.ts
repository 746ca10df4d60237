import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { insert, seedGallery, seedPerson, validRows, type Gallery, type Person, type Row } from './fixtures/rows.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';

/**
 * What each role may do with each table, as design rules it. `own`: every row belongs to somebody; `shared`: everyone
 * reads; `closed`: the gateway has nothing. A column list stands for a privilege on those columns only.
 */
const TABLES: Record<string, { kind: 'own' | 'shared' | 'closed'; gateway: string[]; service: string[] }> = {
  profiles: {
    kind: 'own',
    gateway: ['SELECT', 'INSERT (email, id, name)', 'UPDATE (name, preferences)'],
    service: ['SELECT', 'INSERT', 'UPDATE'],
  },
  plan_changes: { kind: 'own', gateway: ['SELECT'], service: ['SELECT', 'INSERT'] },
  plan_versions: { kind: 'shared', gateway: ['SELECT'], service: ['SELECT', 'INSERT'] },
  generation_jobs: { kind: 'own', gateway: ['SELECT'], service: ['SELECT', 'INSERT', 'UPDATE'] },
  job_events: { kind: 'own', gateway: ['SELECT'], service: ['SELECT', 'INSERT', 'DELETE'] },
  renders: {
    kind: 'own',
    gateway: ['SELECT', 'UPDATE (cover_variant)', 'DELETE'],
    service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  render_variants: { kind: 'own', gateway: ['SELECT'], service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  collections: {
    kind: 'own',
    gateway: ['SELECT', 'INSERT', 'UPDATE (name)', 'DELETE'],
    service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  collection_items: {
    kind: 'own',
    gateway: ['SELECT', 'INSERT', 'DELETE'],
    service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  community_collections: {
    kind: 'shared',
    gateway: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  community_items: {
    kind: 'shared',
    gateway: [
      'SELECT',
      'INSERT',
      'UPDATE (apply_settings, byte_size, collection_id, content_type, height, image_path, order_index, placeholder, ' +
        'thumb_path, width)',
      'DELETE',
    ],
    service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  usage_ledger: { kind: 'own', gateway: ['SELECT'], service: ['SELECT', 'INSERT'] },
  usage_periods: { kind: 'own', gateway: ['SELECT'], service: ['SELECT', 'INSERT', 'UPDATE'] },
  uploads: { kind: 'own', gateway: ['SELECT', 'INSERT'], service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  assets: { kind: 'own', gateway: ['SELECT'], service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  webhook_events: { kind: 'closed', gateway: [], service: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  account_status_changes: { kind: 'closed', gateway: [], service: ['SELECT', 'INSERT'] },
};

/** The engine's own record: the owner's alone. */
const HISTORY = '_prisma_migrations';

/** The SQLSTATE of a missing grant, and of a row that a policy refuses. */
const DENIED = '42501';

const every = Object.entries(TABLES);
const owned = every.filter(([, { kind }]) => kind === 'own').map(([table]) => table);
const shared = every.filter(([, { kind }]) => kind === 'shared').map(([table]) => table);

let database: TestDatabase;
let gateway: pg.Client;
let service: pg.Client;
let owner: pg.Client;
let anna: Person;
let ben: Person;
let admin: Person;
let gallery: Gallery & { readonly item: string };

beforeAll(async () => {
  database = await createTestDatabase();
  [gateway, service, owner] = (await Promise.all(
    [database.urls.gateway, database.urls.service, database.urls.owner].map(async (connectionString) => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      return client;
    }),
  )) as [pg.Client, pg.Client, pg.Client];
  anna = await seedPerson(service);
  ben = await seedPerson(service);
  admin = await seedPerson(service, 'admin');
  gallery = await seedGallery(service, anna.render);
  await insert(service, 'plan_versions', { plan_id: 'free', monthly_limit: 20 });
  await insert(service, 'webhook_events', {
    provider: 'stripe',
    event_id: 'evt_1',
    type: 'invoice.paid',
    payload: '{}',
  });
  await insert(service, 'assets', {
    path: 'community/1.webp',
    kind: 'community',
    byte_size: 1,
    content_type: 'image/webp',
  });
});

afterAll(async () => {
  await Promise.all([gateway, service, owner].map((client) => client.end()));
  await database.drop();
});

/** Whose scope: a person's, or nobody's, as the setting stands before it is first set and after it was. */
type Who = Person | 'nobody';

/** Runs `work` in somebody's scope and undoes what it did. */
async function as<T>(client: pg.Client, who: Who, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query("SELECT set_config('app.user_id', $1, true)", [who === 'nobody' ? '' : who.id]);
    return await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

/** The number of rows that a statement touched or returned, or the SQLSTATE of its refusal. */
async function attempt(client: pg.Client, who: Who, text: string, values: unknown[] = []): Promise<number | string> {
  return as(client, who, async () => {
    try {
      return (await client.query(text, values)).rowCount ?? 0;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code !== undefined) {
        return error.code;
      }
      throw error;
    }
  });
}

function attemptInsert(client: pg.Client, who: Who, table: string, row: Row): Promise<number | string> {
  const columns = Object.keys(row);
  const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`;
  return attempt(client, who, text, Object.values(row));
}

function ownerColumn(table: string): string {
  return table === 'profiles' ? 'id' : 'owner_id';
}

async function columnsOf(table: string): Promise<string[]> {
  const { rows } = await owner.query<{ attname: string }>(
    'SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname',
    [table],
  );
  return rows.map(({ attname }) => attname);
}

/** A valid new row of a table that would be somebody's. */
function newRow(table: string, person: Person): Row {
  const row = validRows(person, gallery)[table];
  if (row === undefined) {
    throw new Error(`test/fixtures/rows.ts has no valid row for the table ${table}.`);
  }
  return row;
}

describe('the catalogue', () => {
  it('holds no table that this file has no case for', async () => {
    const { rows } = await owner.query<{ relname: string }>(
      `SELECT relname FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f') AND relname <> $1`,
      [HISTORY],
    );
    expect(rows.map(({ relname }) => relname).sort()).toEqual(Object.keys(TABLES).sort());
  });

  it('has row-level security enabled and forced on every table', async () => {
    const { rows } = await owner.query<{ relname: string }>(
      `SELECT relname FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f') AND relname <> $1
         AND NOT (relrowsecurity AND relforcerowsecurity)`,
      [HISTORY],
    );
    expect(rows).toEqual([]);
  });

  it("keeps the migrations' history to the owner", async () => {
    const { rows } = await owner.query('SELECT relrowsecurity FROM pg_class WHERE oid = $1::regclass', [HISTORY]);
    expect(rows).toEqual([{ relrowsecurity: true }]);
    expect(await attempt(gateway, anna, `SELECT FROM ${HISTORY}`)).toBe(DENIED);
    expect(await attempt(service, 'nobody', `SELECT FROM ${HISTORY}`)).toBe(DENIED);
  });

  it('has no function that runs with its owner’s rights, and no view, which would read with them', async () => {
    const { rows } = await owner.query(
      `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
       UNION ALL
       SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')`,
    );
    expect(rows).toEqual([]);
  });

  it('knows both roles as neither superuser nor bypassing policies nor owner nor member of the owner', async () => {
    const { rows } = await owner.query(
      `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole,
         pg_has_role(rolname, 'roomfeed_owner', 'MEMBER') AS is_owner,
         EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns,
         has_schema_privilege(rolname, 'public', 'CREATE') AS creates
       FROM pg_roles WHERE rolname IN ('roomfeed_gateway', 'roomfeed_service') ORDER BY rolname`,
    );
    const harmless = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      is_owner: false,
      owns: false,
      creates: false,
    };
    expect(rows).toEqual([
      { rolname: 'roomfeed_gateway', ...harmless },
      { rolname: 'roomfeed_service', ...harmless },
    ]);
  });

  it('tests as an owner that is no superuser and bypasses nothing', async () => {
    const { rows } = await owner.query('SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user');
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false }]);
  });

  it.each(every)(
    'grants on %s exactly what each role needs',
    async (table, { gateway: toGateway, service: toService }) => {
      expect(await privileges('roomfeed_gateway', table)).toEqual([...toGateway].sort());
      expect(await privileges('roomfeed_service', table)).toEqual([...toService].sort());
    },
  );
});

/** Everything that a role may do with a table, from whichever grant it has it: `SELECT`, `UPDATE (name)`. */
async function privileges(role: string, table: string): Promise<string[]> {
  const { rows } = await owner.query<{ privilege: string; whole: boolean; columns: string[] }>(
    `SELECT privilege, has_table_privilege($1, $2, privilege) AS whole,
       CASE WHEN privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') THEN ARRAY(
         SELECT attname::text FROM pg_attribute
         WHERE attrelid = $2::regclass AND attnum > 0 AND NOT attisdropped
           AND has_column_privilege($1, $2::regclass, attnum, privilege)
         ORDER BY attname
       ) ELSE '{}' END AS columns
     FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege`,
    [role, table],
  );
  return rows
    .filter(({ whole, columns }) => whole || columns.length > 0)
    .map(({ privilege, whole, columns }) => (whole ? privilege : `${privilege} (${columns.join(', ')})`))
    .sort();
}

describe.each(owned)("the gateway's role and the rows of %s", (table) => {
  it('shows a person their own rows, and nobody else’s', async () => {
    const mine = `SELECT FROM ${table} WHERE ${ownerColumn(table)} = $1`;
    expect(await attempt(gateway, anna, mine, [anna.id])).toBeGreaterThan(0);
    expect(await attempt(gateway, ben, mine, [anna.id])).toBe(0);
    expect(await attempt(gateway, admin, mine, [anna.id])).toBe(0);
    expect(
      await attempt(gateway, ben, `SELECT FROM ${table} WHERE ${ownerColumn(table)} IS DISTINCT FROM $1`, [ben.id]),
    ).toBe(0);
  });

  it('shows nobody anything', async () => {
    expect(await attempt(gateway, 'nobody', `SELECT FROM ${table}`)).toBe(0);
  });

  it('lets no other person insert a row that is Anna’s', async () => {
    const row = newRow(table, anna);
    expect(await attemptInsert(service, 'nobody', table, row)).toBe(1);
    expect(await attemptInsert(gateway, ben, table, row)).toBe(DENIED);
    expect(await attemptInsert(gateway, 'nobody', table, row)).toBe(DENIED);
  });

  it('lets no other person update a row of Anna’s, in any column', async () => {
    expect(await columnsUpdated(gateway, table, [ben, admin, 'nobody'])).toEqual([]);
  });

  it('lets no other person delete a row of Anna’s', async () => {
    expect(await deletes(gateway, table, [ben, admin, 'nobody'])).toEqual([]);
  });
});

/** The columns of Anna's rows that any of these may write. */
async function columnsUpdated(client: pg.Client, table: string, everyone: readonly Who[]): Promise<string[]> {
  const written: string[] = [];
  for (const column of await columnsOf(table)) {
    for (const who of everyone) {
      const text = `UPDATE ${table} SET ${column} = ${column} WHERE ${ownerColumn(table)} = $1`;
      if (!isRefusal(await attempt(client, who, text, [anna.id]))) {
        written.push(column);
      }
    }
  }
  return written;
}

/** Those of these who may delete rows of Anna's. */
async function deletes(client: pg.Client, table: string, everyone: readonly Who[]): Promise<Who[]> {
  const deleting: Who[] = [];
  for (const who of everyone) {
    if (!isRefusal(await attempt(client, who, `DELETE FROM ${table} WHERE ${ownerColumn(table)} = $1`, [anna.id]))) {
      deleting.push(who);
    }
  }
  return deleting;
}

function isRefusal(outcome: number | string): boolean {
  return outcome === 0 || outcome === DENIED;
}

describe.each(owned)('the service role and the rows of %s', (table) => {
  const annas = `SELECT FROM ${table} WHERE ${ownerColumn(table)} = $1`;

  it('sees everybody’s where no person is set', async () => {
    expect(await attempt(service, 'nobody', annas, [anna.id])).toBeGreaterThan(0);
    expect(await attempt(service, 'nobody', annas, [ben.id])).toBeGreaterThan(0);
  });

  it('is held to one person where one is set, an administrator not excepted', async () => {
    expect(await attempt(service, anna, annas, [anna.id])).toBeGreaterThan(0);
    for (const who of [ben, admin]) {
      expect(await attempt(service, who, annas, [anna.id])).toBe(0);
      expect(await attemptInsert(service, who, table, newRow(table, anna))).toBe(DENIED);
    }
    expect(await columnsUpdated(service, table, [ben, admin])).toEqual([]);
    expect(await deletes(service, table, [ben, admin])).toEqual([]);
  });

  it('hands no row of the person who is set to another', async () => {
    const given = await attempt(
      service,
      ben,
      `UPDATE ${table} SET ${ownerColumn(table)} = $1 WHERE ${ownerColumn(table)} = $2`,
      [table === 'profiles' ? randomUUID() : anna.id, ben.id],
    );
    expect(given).toBe(DENIED);
  });
});

describe.each(shared)('the rows of %s, which have no owner', (table) => {
  it('are read by everyone', async () => {
    for (const who of [anna, ben, admin, 'nobody'] as const) {
      expect(await attempt(gateway, who, `SELECT FROM ${table}`)).toBeGreaterThan(0);
      expect(await attempt(service, who, `SELECT FROM ${table}`)).toBeGreaterThan(0);
    }
  });

  it('are written by nobody but the system and administrators', async () => {
    const row = newRow(table, admin);
    expect(await attemptInsert(service, 'nobody', table, row)).toBe(1);
    for (const [client, who] of [
      [gateway, ben],
      [gateway, 'nobody'],
      [service, ben],
    ] as const) {
      expect(await attemptInsert(client, who, table, row)).toBe(DENIED);
      expect(isRefusal(await attempt(client, who, `DELETE FROM ${table}`))).toBe(true);
      for (const column of await columnsOf(table)) {
        const touched = await attempt(client, who, `UPDATE ${table} SET ${column} = ${column}`);
        expect([column, isRefusal(touched)]).toEqual([column, true]);
      }
    }
  });
});

describe.each(['community_collections', 'community_items'])('curating %s', (table) => {
  it('is an active administrator’s, by either role', async () => {
    for (const client of [gateway, service]) {
      expect(await attemptInsert(client, admin, table, newRow(table, admin))).toBe(1);
      expect(await attempt(client, admin, `UPDATE ${table} SET order_index = 7`)).toBeGreaterThan(0);
      expect(await attempt(client, admin, `DELETE FROM ${table}`)).toBeGreaterThan(0);
    }
  });

  it('ends at once with the suspension of the administrator', async () => {
    const suspended = await seedPerson(service, 'admin');
    await service.query("UPDATE profiles SET account_status = 'suspended' WHERE id = $1", [suspended.id]);
    for (const client of [gateway, service]) {
      expect(await attemptInsert(client, suspended, table, newRow(table, suspended))).toBe(DENIED);
      expect(await attempt(client, suspended, `UPDATE ${table} SET order_index = 7`)).toBe(0);
      expect(await attempt(client, suspended, `DELETE FROM ${table}`)).toBe(0);
    }
  });
});

it('publishes an administrator’s own renders and nobody else’s', async () => {
  for (const client of [gateway, service]) {
    const item = newRow('community_items', admin);
    expect(await attemptInsert(client, admin, 'community_items', { ...item, render_id: admin.render })).toBe(1);
    expect(await attemptInsert(client, admin, 'community_items', { ...item, render_id: anna.render })).toBe(DENIED);
  }
});

it('keeps the community’s pictures among the assets to the system and to administrators', async () => {
  const row = { path: 'community/2.webp', kind: 'community', byte_size: 1, content_type: 'image/webp' };
  const pictures = 'SELECT FROM assets WHERE owner_id IS NULL';
  expect(await attemptInsert(service, admin, 'assets', row)).toBe(1);
  expect(await attempt(service, admin, pictures)).toBe(1);
  expect(await attemptInsert(service, ben, 'assets', row)).toBe(DENIED);
  expect(await attempt(service, ben, pictures)).toBe(0);
  expect(await attempt(gateway, admin, pictures)).toBe(0);
});

it('closes the events of providers to the gateway, and to every user’s action', async () => {
  const row = newRow('webhook_events', anna);
  for (const who of [anna, admin, 'nobody'] as const) {
    expect(await attempt(gateway, who, 'SELECT FROM webhook_events')).toBe(DENIED);
    expect(await attempt(gateway, who, 'UPDATE webhook_events SET attempts = 1')).toBe(DENIED);
    expect(await attempt(gateway, who, 'DELETE FROM webhook_events')).toBe(DENIED);
    expect(await attemptInsert(gateway, who, 'webhook_events', row)).toBe(DENIED);
  }
  for (const who of [anna, admin]) {
    expect(await attempt(service, who, 'SELECT FROM webhook_events')).toBe(0);
    expect(await attempt(service, who, 'UPDATE webhook_events SET attempts = 1')).toBe(0);
    expect(await attemptInsert(service, who, 'webhook_events', row)).toBe(DENIED);
  }
  expect(await attempt(service, 'nobody', 'SELECT FROM webhook_events')).toBe(1);
});

it('lets nobody make themselves an administrator, reinstate themselves, or help themselves to a plan', async () => {
  const own = new Set(['id', 'email', 'name', 'preferences']);
  const privileged = (await columnsOf('profiles')).filter((column) => !own.has(column));
  expect(privileged).toEqual(
    expect.arrayContaining(['role', 'account_status', 'price_id', 'has_access', 'customer_id']),
  );
  for (const column of privileged) {
    const update = await attempt(gateway, ben, `UPDATE profiles SET ${column} = ${column} WHERE id = $1`, [ben.id]);
    const inserted = await attempt(
      gateway,
      ben,
      `INSERT INTO profiles (id, ${column}) SELECT $1, ${column} FROM profiles`,
      [randomUUID()],
    );
    expect([column, update, inserted]).toEqual([column, DENIED, DENIED]);
  }
});

it('lets a new person insert their own profile, and their favorites are there', async () => {
  const id = randomUUID();
  const favorites = await as(gateway, { ...ben, id }, async () => {
    await gateway.query('INSERT INTO profiles (id, email, name) VALUES ($1, $2, $3)', [id, 'new@roomfeed.test', 'New']);
    return (await gateway.query('SELECT owner_id, name, is_default_favorites FROM collections')).rows;
  });
  expect(favorites).toEqual([{ owner_id: id, name: 'Favorites', is_default_favorites: true }]);
});

it('files no render of another person, nor into a collection of theirs', async () => {
  const item = { collection_id: ben.collection, render_id: ben.looseRender, owner_id: ben.id };
  const foreignKey = '23503';
  expect(await attemptInsert(gateway, ben, 'collection_items', item)).toBe(1);
  expect(await attemptInsert(gateway, ben, 'collection_items', { ...item, render_id: anna.looseRender })).toBe(
    foreignKey,
  );
  expect(await attemptInsert(gateway, ben, 'collection_items', { ...item, collection_id: anna.collection })).toBe(
    foreignKey,
  );
});

it('takes no upload that is ready from the beginning, or that names somebody else’s photo', async () => {
  const upload = newRow('uploads', ben);
  expect(await attemptInsert(gateway, ben, 'uploads', upload)).toBe(1);
  expect(await attemptInsert(gateway, ben, 'uploads', { ...upload, state: 'ready' })).toBe(DENIED);
  expect(await attemptInsert(gateway, ben, 'uploads', { ...upload, path: `inputs/${anna.id}/photo.jpg` })).toBe(DENIED);
});

it('refuses a scope that is no id, rather than guess', async () => {
  const malformed = { ...ben, id: "' OR true --" };
  expect(await attempt(gateway, malformed, 'SELECT FROM renders')).toBe('22P02');
  expect(await attempt(service, malformed, 'SELECT FROM renders')).toBe('22P02');
});

it('shows nothing on a connection whose scope was never set', async () => {
  const fresh = new pg.Client({ connectionString: database.urls.gateway });
  await fresh.connect();
  const { rows } = await fresh.query('SELECT FROM renders');
  await fresh.end();
  expect(rows).toEqual([]);
});

describe('foreign keys under forced policies', () => {
  it('carry the deletion of a render to its variants, its places and its look in the community, which stays', async () => {
    const counts = await as(gateway, anna, async () => {
      await gateway.query('DELETE FROM renders WHERE id = $1', [anna.render]);
      const { rows } = await gateway.query(
        `SELECT (SELECT count(*)::integer FROM render_variants WHERE render_id = $1) AS variants,
           (SELECT count(*)::integer FROM collection_items WHERE render_id = $1) AS items,
           (SELECT render_id FROM community_items WHERE id = $2) AS published,
           (SELECT count(*)::integer FROM community_items WHERE id = $2) AS looks,
           (SELECT count(*)::integer FROM generation_jobs WHERE id = $3) AS jobs`,
        [anna.render, gallery.item, anna.job],
      );
      return rows;
    });
    expect(counts).toEqual([{ variants: 0, items: 0, published: null, looks: 1, jobs: 1 }]);
  });

  it('leave nothing behind that only a policy hides', async () => {
    const person = await seedPerson(service);
    await gateway.query('BEGIN');
    await gateway.query("SELECT set_config('app.user_id', $1, true)", [person.id]);
    await gateway.query('DELETE FROM renders WHERE id = $1', [person.render]);
    await gateway.query('COMMIT');
    expect(await attempt(service, 'nobody', 'SELECT FROM render_variants WHERE render_id = $1', [person.render])).toBe(
      0,
    );
    expect(await attempt(service, 'nobody', 'SELECT FROM collection_items WHERE render_id = $1', [person.render])).toBe(
      0,
    );
  });

  it('carry the deletion of a collection to its places, and leave the renders', async () => {
    const counts = await as(gateway, anna, async () => {
      await gateway.query('DELETE FROM collections WHERE id = $1', [anna.collection]);
      const { rows } = await gateway.query(
        `SELECT (SELECT count(*)::integer FROM collection_items WHERE collection_id = $1) AS items,
           (SELECT count(*)::integer FROM renders WHERE id = $2) AS renders`,
        [anna.collection, anna.render],
      );
      return rows;
    });
    expect(counts).toEqual([{ items: 0, renders: 1 }]);
  });

  it('leave the owner of the tables, too, without a row of its own to see', async () => {
    for (const table of owned) {
      expect([table, await attempt(owner, 'nobody', `SELECT FROM ${table}`)]).toEqual([table, 0]);
      expect([table, await attempt(owner, anna, `SELECT FROM ${table}`)]).toEqual([table, 0]);
    }
  });
});
