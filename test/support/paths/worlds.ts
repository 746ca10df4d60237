import { createTestApp, type Person, type TestApp, type TestAppOptions } from '../app.js';
import { scriptBilling } from '../billing/scripted-provider.js';
import { createSeed, globalId, type Seed } from '../seed.js';

/** A gateway on a database of its own in which every list has the same length. */
export interface World {
  readonly app: TestApp;
  readonly seed: Seed;
  /** An administrator, so that every mutation is theirs to send. */
  readonly person: Person;
  readonly rows: number;
  readonly now: Date;
  /** Ids of nodes by their type, as the API writes them; one or as many as there are rows. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** Presets that renders and looks have. */
  readonly roomTypes: readonly string[];
  readonly styles: readonly string[];
  close(): Promise<void>;
}

/** Lists that are bounded by nature, with their bound: there cannot be 50 of them. */
export const bounds: Readonly<Record<string, number>> = {
  'Render.variants': 3,
  'Render.inputImages': 2,
  'RenderStatistics.byMode': 4,
  'RenderStatistics.byRoomType': 8,
  'RenderStatistics.byStyle': 9,
  'Usage.byMode': 4,
  'StorageUsage.byKind': 3,
  'Presets.roomTypes': 8,
  'Presets.styles': 9,
  'Query.plans': 3,
  'OrganizeRendersPayload.collections': 40,
  'RunCleanupPayload.reports': 6,
};

const modes = ['redesign', 'staging', 'compose', 'imagine'];
const roomTypes = ['living_room', 'kitchen', 'bedroom', 'bathroom', 'dining_room', 'home_office', 'alfresco', 'granny_flat'];
const styles = ['coastal_au', 'contemporary_au', 'modern', 'minimal', 'scandi', 'japandi', 'midcentury', 'industrial', 'hamptons_au'];

/** The documents of the paths are larger than what clients may send. */
export const worldOptions: TestAppOptions = {
  runtime: { graphql: { maxCost: 1_000_000_000, maxDepth: 60, maxTokens: 50_000, maxAliases: 2_000 } },
  comparesExecutions: false,
  wrapBilling: () => scriptBilling().provider,
};

/**
 * Everything in equal number: renders with jobs and photos, collections that all hold all of them, months of usage with
 * the ledger in the present one, community collections that all hold as many looks.
 */
export async function createWorld(rows: number): Promise<World> {
  const app = await createTestApp(worldOptions);
  const seed = await createSeed(app);
  const person = await app.signUp();
  const other = await app.signUp();
  await seed.sql(`update profiles set role = 'admin', created_at = now() - make_interval(months => $2) where id = $1`, [
    person.id,
    rows - 1,
  ]);
  const { renders, collections } = await endow(seed, person.id, rows);
  // An administrator's action on an account answers with what that account has.
  await endow(seed, other.id, rows);
  await seed.sql(
    `insert into profiles (id, email) select uuid_v7(), 'other' || n || '@roomfeed.test' from generate_series(3, $1::int) n`,
    [rows],
  );
  const galleries: string[] = [];
  const looks: string[] = [];
  const settings = { mode: 'redesign', roomType: roomTypes[0], style: styles[0], prompt: 'A calm room' };
  for (let made = 0; made < rows; made += 1) {
    const gallery = await seed.communityCollection({ title: `Gallery ${made}`, isFeatured: true, orderIndex: made });
    galleries.push(gallery);
    looks.push(...(await seed.communityItems(gallery, rows, settings)));
  }
  const idsOf = async (table: string) =>
    (await seed.sql<{ id: string }>(`select id from ${table} where owner_id = $1 order by id limit 50`, [person.id])).map(({ id }) => id);
  const [{ present } = { present: '' }] = await seed.sql<{ present: string }>(
    `select to_char(now() at time zone 'UTC', 'YYYY-MM') as present`,
  );
  const ids = {
    Profile: [person.id],
    Render: renders,
    RenderVariant: await idsOf('render_variants'),
    Collection: collections,
    GenerationJob: await idsOf('generation_jobs'),
    UsageEntry: await idsOf('usage_ledger'),
    Usage: [`${person.id}/${present}-01`],
    CommunityCollection: galleries,
    CommunityItem: looks.slice(0, 50),
    Member: [other.id],
  };
  return {
    app,
    seed,
    person,
    rows,
    now: new Date(),
    ids: Object.fromEntries(
      Object.entries(ids).map(([type, found]) => [type, found.map((id) => globalId(type === 'Member' ? 'Profile' : type, id))]),
    ),
    roomTypes,
    styles,
    async close() {
      await seed.close();
      await app.close();
    },
  };
}

/** Renders with jobs that were charged this month, and collections that all hold all of them. */
async function endow(seed: Seed, ownerId: string, rows: number): Promise<{ renders: string[]; collections: string[] }> {
  const renders = await seed.renders(ownerId, rows, { jobs: true, variants: Math.min(rows, 3) });
  await spread(seed, ownerId);
  const collections = [await seed.favorites(ownerId)];
  for (let made = 1; made < rows; made += 1) collections.push(await seed.collection(ownerId, `Album ${made}`));
  for (const collection of collections) await seed.items(collection, renders);
  await seed.sql(
    `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no, created_at)
     select owner_id, 'generation_debit', 1, date_trunc('month', now() at time zone 'UTC')::date, id, 1, date_trunc('month', now())
     from generation_jobs where owner_id = $1`,
    [ownerId],
  );
  return { renders, collections };
}

/** Gives renders and their jobs every mode, room type and style in turn, so that what is counted by these has rows. */
async function spread(seed: Seed, ownerId: string): Promise<void> {
  await seed.sql(
    `with numbered as (select id, job_id, (row_number() over (order by id))::int - 1 as n from renders where owner_id = $1),
      moved as (
        update generation_jobs j set mode = ($2::text[])[1 + numbered.n % 4] from numbered where j.id = numbered.job_id
      )
     update renders r set mode = ($2::text[])[1 + n % 4], room_type = ($3::text[])[1 + n % 8], style = ($4::text[])[1 + n % 9]
     from numbered where r.id = numbered.id`,
    [ownerId, modes, roomTypes, styles],
  );
}
