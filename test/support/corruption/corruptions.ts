import { randomUUID } from 'node:crypto';
import { demoProfiles } from '../../../src/config/demo-profiles.js';
import { checkedAt, storageAt, type World } from './world.js';

/** One thing that is wrong, and who is to find it. */
export interface Corruption {
  readonly check: string;
  readonly category: string;
  readonly isRepairable?: true;
  /** Beside its category, where a check has several of one. */
  readonly of?: string;
  /** Breaks one thing, and returns the id that is to be named. */
  inject(world: World): Promise<string>;
}

const personOf = (email: string): string => demoProfiles.find((person) => person.email.startsWith(email))?.id ?? '';
export const demo = personOf('demo');
export const other = personOf('other');

const before = (hours: number): Date => new Date(checkedAt.getTime() - hours * 3_600_000);
const month = '2026-03-01';

async function book(world: World, ownerId: string, column: 'debits' | 'refunds', amount: number, period = month): Promise<void> {
  await world.sql('insert into usage_periods (owner_id, period) values ($1, $2) on conflict do nothing', [ownerId, period]);
  await world.sql(`update usage_periods set ${column} = ${column} + $3 where owner_id = $1 and period = $2`, [ownerId, period, amount]);
}

/** A job of the demo person's, with as many debits and refunds as are said. */
async function job(
  world: World,
  { status, createdAt = before(2), debits = 1, refunds = 0 }: { status: string; createdAt?: Date; debits?: number; refunds?: number },
): Promise<string> {
  const isOver = ['succeeded', 'failed', 'canceled'].includes(status);
  const [made] = await world.sql<{ id: string }>(
    `insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, status, progress, error_code, created_at, started_at, completed_at)
     values ($1, 'imagine', '1:1', 'auto', 1, $2, $3, $4, $5, $6, $7) returning id`,
    [demo, status, status === 'succeeded' ? 1 : 0, status === 'failed' ? 'provider_failed' : null, createdAt,
      status === 'starting' ? null : createdAt, isOver ? createdAt : null],
  );
  const id = made?.id ?? '';
  for (let chargeNo = 1; chargeNo <= debits; chargeNo += 1) {
    await world.sql(
      `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no, created_at) values ($1, 'generation_debit', 1, $2, $3, $4, $5)`,
      [demo, month, id, chargeNo, createdAt],
    );
    await book(world, demo, 'debits', 1);
  }
  if (refunds > 0) {
    await world.sql(
      `insert into usage_ledger (owner_id, kind, amount, period, job_id, reverses, reason)
       select owner_id, 'generation_refund', amount, period, job_id, id, 'Test' from usage_ledger where job_id = $1`,
      [id],
    );
    await book(world, demo, 'refunds', 1);
  }
  return id;
}

async function erased(world: World, { at, completedAt = null }: { at: Date; completedAt?: Date | null }): Promise<string> {
  const [made] = await world.sql<{ id: string }>(
    `insert into profiles (id, account_status, erased_at, erasure_completed_at) values (gen_random_uuid(), 'suspended', $1, $2) returning id`,
    [at, completedAt],
  );
  return made?.id ?? '';
}

const renders = `select r.id from renders r join generation_jobs j on j.id = r.job_id
  where r.owner_id = $1 and not exists (select from community_items i where i.render_id = r.id) order by r.id`;
const takeRender = (world: World): Promise<string> => world.take(renders, [demo]);
const takeVariant = async (world: World): Promise<string> => {
  const render = await takeRender(world);
  return world.take('select id from render_variants where render_id = $1 order by idx', [render]);
};
const takeItem = (world: World): Promise<string> => world.take('select id from community_items order by id');
const imageOf = async (world: World, variant: string): Promise<string> =>
  (await world.sql<{ path: string }>('select image_path as path from render_variants where id = $1', [variant]))[0]?.path ?? '';
const takeDebit = (world: World): Promise<string> =>
  world.take(
    `select d.id from usage_ledger d where d.owner_id = $1 and d.kind = 'generation_debit' and d.period = $2
       and not exists (select from usage_ledger r where r.reverses = d.id) order by d.id`,
    [demo, month],
  );
const takeRefund = (world: World): Promise<string> =>
  world.take(`select id from usage_ledger where kind = 'generation_refund' order by id`);
/** A photo that one job alone names, of a job with a render. */
const takePhoto = async (world: World): Promise<{ job: string; path: string }> => {
  const id = await world.take(
    `select j.id from generation_jobs j join renders r on r.job_id = j.id where j.input1_path is not null and j.owner_id = $1
       and not exists (select from generation_jobs o where o.id <> j.id and j.input1_path in (o.input1_path, o.input2_path)) order by j.id`,
    [demo],
  );
  const [row] = await world.sql<{ path: string }>('select input1_path as path from generation_jobs where id = $1', [id]);
  return { job: id, path: row?.path ?? '' };
};

const picture = (owner: string, render: string = randomUUID()): string => `renders/${owner}/${render}/v1/0.webp`;

async function asset(world: World, path: string, { owner = demo, kind = 'output', markedAt = null as Date | null } = {}): Promise<string> {
  await world.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at) values ($1, $2, $3, 7, 'image/webp', $4)`,
    [path, owner, kind, markedAt],
  );
  return path;
}

async function webhook(world: World, provider: string, payload: object): Promise<string> {
  const [made] = await world.sql<{ id: string }>(
    `insert into webhook_events (provider, event_id, type, payload, received_at, attempts) values ($1, $2, 'test', $3, $4, 3) returning id`,
    [provider, randomUUID(), JSON.stringify(payload), before(1)],
  );
  return made?.id ?? '';
}

export const corruptions: readonly Corruption[] = [
  {
    check: 'default_favorites', category: 'default_favorites_missing', isRepairable: true,
    async inject(world) {
      const id = randomUUID();
      await world.sql('insert into profiles (id) values ($1)', [id]);
      await world.force('delete from collections where owner_id = $1', [id]);
      return id;
    },
  },
  {
    check: 'default_favorites', category: 'default_favorites_repeated',
    async inject(world) {
      await world.sql('drop index collections_default_favorites_key');
      await world.sql(`insert into collections (owner_id, name, is_default_favorites) values ($1, 'Favorites', true)`, [other]);
      return other;
    },
  },
  {
    check: 'billing_states', category: 'price_unknown',
    async inject(world) {
      await world.sql(`update profiles set scheduled_price_id = 'price_nobody_knows' where id = $1`, [demo]);
      return demo;
    },
  },
  {
    check: 'billing_states', category: 'access_differs',
    async inject(world) {
      await world.sql('update profiles set has_access = true where id = $1', [other]);
      return other;
    },
  },
  {
    check: 'billing_states', category: 'plan_change_differs',
    async inject(world) {
      await world.sql('insert into plan_changes (owner_id, price_id, effective_at) values ($1, null, $2)', [demo, before(1)]);
      return demo;
    },
  },
  {
    check: 'erased_accounts', category: 'erased_account_has_a_name',
    async inject(world) {
      const id = await erased(world, { at: before(90), completedAt: before(89) });
      await world.sql('alter table profiles drop constraint profiles_erased_is_nameless_check');
      await world.sql(`update profiles set email = 'somebody@roomfeed.test' where id = $1`, [id]);
      return id;
    },
  },
  { check: 'erased_accounts', category: 'erasure_overdue', inject: (world) => erased(world, { at: before(30) }) },
  {
    check: 'erased_accounts', category: 'erasure_incomplete',
    async inject(world) {
      const id = await erased(world, { at: before(90), completedAt: before(89) });
      await world.sql(`insert into collections (owner_id, name) values ($1, 'Kitchen')`, [id]);
      return id;
    },
  },
  {
    check: 'uploads', category: 'upload_path_wrong',
    async inject(world) {
      const id = await world.take('select id from uploads where owner_id = $1 order by id', [demo]);
      await world.sql('update uploads set path = (select path from uploads where owner_id = $2 limit 1) where id = $1', [id, personOf('admin')]);
      return id;
    },
  },
  {
    check: 'uploads', category: 'size_differs',
    async inject(world) {
      const id = await world.take('select id from uploads where owner_id = $1 order by id', [demo]);
      await world.sql('update uploads set byte_size = byte_size + 1 where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'uploads', category: 'upload_state_impossible',
    async inject(world) {
      await world.sql('alter table uploads drop constraint uploads_facts_check');
      const [made] = await world.sql<{ id: string }>(
        `insert into uploads (id, owner_id, path, content_type, byte_size, width, expires_at)
         select id, $1, 'incoming/' || id, 'image/png', 7, 3, now() + interval '1 hour' from (select uuid_v7() as id) fresh returning id`,
        [demo],
      );
      return made?.id ?? '';
    },
  },
  { check: 'webhook_events', category: 'billing_event_unprocessed', inject: (world) => webhook(world, 'stripe', {}) },
  {
    check: 'webhook_events', category: 'generation_event_unprocessed', isRepairable: true,
    async inject(world) {
      await world.sql(`update generation_jobs set prediction_id = 'a prediction' where id = (select job_id from renders where id = $1)`, [await takeRender(world)]);
      return webhook(world, 'replicate', { prediction: 'a prediction', status: 'succeeded' });
    },
  },
  {
    check: 'webhook_events', category: 'generation_event_unprocessed', of: 'of a prediction that is nobody’s',
    inject: (world) => webhook(world, 'replicate', { prediction: 'another', status: 'succeeded' }),
  },
  {
    check: 'job_states', category: 'job_state_impossible',
    async inject(world) {
      const id = await job(world, { status: 'succeeded' });
      await world.sql('update generation_jobs set completed_at = null where id = $1', [id]);
      return id;
    },
  },
  { check: 'unfinished_jobs', category: 'job_stuck', isRepairable: true, inject: (world) => job(world, { status: 'processing' }) },
  {
    check: 'unfinished_jobs', category: 'job_unattended', isRepairable: true,
    inject: (world) => job(world, { status: 'starting', createdAt: before(0.25) }),
  },
  {
    check: 'job_events', category: 'event_without_job',
    async inject(world) {
      const [made] = await world.force<{ id: string }>(
        `insert into job_events (owner_id, seq, job_id, status, progress, created_at)
         select $1::uuid, coalesce(max(seq), 0) + 1, gen_random_uuid(), 'starting', 0, $2 from job_events where owner_id = $1
         returning owner_id || '/' || seq as id`,
        [demo, before(0.1)],
      );
      return made?.id ?? '';
    },
  },
  {
    check: 'job_events', category: 'events_missing',
    async inject(world) {
      const [gone] = await world.sql<{ id: string }>(
        `delete from job_events e where (owner_id, seq) = (
           select owner_id, seq from job_events e where seq > 1 and exists (select from job_events n where n.job_id = e.job_id and n.seq = e.seq + 1)
           order by owner_id, seq limit 1
         ) returning owner_id || '/' || (seq + 1) as id`,
      );
      return gone?.id ?? '';
    },
  },
  {
    check: 'job_events', category: 'event_behind_job',
    async inject(world) {
      const [row] = await world.sql<{ id: string }>(
        `update job_events e set progress = 0.5, status = 'processing' where (owner_id, seq) = (
           select e.owner_id, e.seq from job_events e join generation_jobs j on j.id = e.job_id
           where e.owner_id = $1 and j.status = e.status order by e.seq limit 1
         ) returning job_id as id`,
        [demo],
      );
      return row?.id ?? '';
    },
  },
  {
    check: 'usage_sums', category: 'sums_differ', isRepairable: true,
    async inject(world) {
      const [row] = await world.sql<{ id: string }>(
        `update usage_periods set debits = debits + 3 where owner_id = $1 and period < $2 and period = (
           select min(period) from usage_periods where owner_id = $1) returning owner_id || '/' || period as id`,
        [demo, month],
      );
      return row?.id ?? '';
    },
  },
  {
    check: 'usage_sums', category: 'sums_missing', isRepairable: true,
    async inject(world) {
      const [row] = await world.sql<{ id: string }>(
        `delete from usage_periods where owner_id = $1 and period = (select min(period) from usage_periods where owner_id = $1)
         returning owner_id || '/' || period as id`,
        [personOf('admin')],
      );
      return row?.id ?? '';
    },
  },
  {
    check: 'ledger_entries', category: 'debit_without_job',
    async inject(world) {
      const [made] = await world.force<{ id: string }>(
        `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no) values ($1, 'generation_debit', 1, $2, gen_random_uuid(), 1) returning id`,
        [demo, month],
      );
      await book(world, demo, 'debits', 1);
      return made?.id ?? '';
    },
  },
  {
    check: 'ledger_entries', category: 'debit_in_wrong_month',
    async inject(world) {
      const id = await takeDebit(world);
      await world.force(`update usage_ledger set period = '2025-06-01' where id = $1`, [id]);
      await book(world, demo, 'debits', -1);
      await book(world, demo, 'debits', 1, '2025-06-01');
      return id;
    },
  },
  {
    check: 'ledger_entries', category: 'debit_amount_wrong',
    async inject(world) {
      const id = await takeDebit(world);
      await world.force('update usage_ledger set amount = 2 where id = $1', [id]);
      await book(world, demo, 'debits', 1);
      return id;
    },
  },
  {
    check: 'ledger_entries', category: 'second_charge_without_first',
    async inject(world) {
      const id = await takeDebit(world);
      await world.force('update usage_ledger set charge_no = 2 where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'ledger_entries', category: 'refund_without_debit',
    async inject(world) {
      const [made] = await world.force<{ id: string }>(
        `insert into usage_ledger (owner_id, kind, amount, period, reverses, reason) values ($1, 'generation_refund', 1, $2, gen_random_uuid(), 'Test') returning id`,
        [demo, month],
      );
      await book(world, demo, 'refunds', 1);
      return made?.id ?? '';
    },
  },
  {
    check: 'ledger_entries', category: 'refund_differs',
    async inject(world) {
      const id = await takeRefund(world);
      const [row] = await world.force<{ owner: string; period: string }>(
        'update usage_ledger set amount = 2 where id = $1 returning owner_id as owner, period::text as period', [id]);
      await book(world, row?.owner ?? '', 'refunds', 1, row?.period);
      return id;
    },
  },
  {
    check: 'ledger_entries', category: 'refund_repeated',
    async inject(world) {
      await world.sql('drop index usage_ledger_reverses_key');
      await world.sql('drop index usage_ledger_reverses_owner_id_key');
      const [made] = await world.sql<{ id: string; owner: string; period: string }>(
        `insert into usage_ledger (owner_id, kind, amount, period, job_id, reverses, reason)
         select owner_id, kind, amount, period, job_id, reverses, reason from usage_ledger where id = $1
         returning id, owner_id as owner, period::text as period`,
        [await takeRefund(world)],
      );
      await book(world, made?.owner ?? '', 'refunds', 1, made?.period);
      return made?.id ?? '';
    },
  },
  { check: 'job_charges', category: 'job_not_charged', inject: (world) => job(world, { status: 'succeeded', debits: 0 }) },
  { check: 'job_charges', category: 'refund_missing', inject: (world) => job(world, { status: 'failed' }) },
  { check: 'job_charges', category: 'refund_unearned', inject: (world) => job(world, { status: 'succeeded', refunds: 1 }) },
  { check: 'job_charges', category: 'charged_twice', inject: (world) => job(world, { status: 'succeeded', debits: 2 }) },
  {
    check: 'renders_match_jobs', category: 'render_without_job',
    async inject(world) {
      const id = await takeRender(world);
      await world.force('update renders set job_id = gen_random_uuid() where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'renders_match_jobs', category: 'render_of_other_owner',
    async inject(world) {
      const id = await takeRender(world);
      await world.force('update renders set owner_id = $2 where id = $1', [id, other]);
      return id;
    },
  },
  {
    check: 'renders_match_jobs', category: 'render_of_unsucceeded_job',
    async inject(world) {
      const id = await takeRender(world);
      await world.sql('update renders set job_id = $2 where id = $1', [id, await job(world, { status: 'failed', refunds: 1 })]);
      return id;
    },
  },
  {
    check: 'renders_match_jobs', category: 'render_differs_from_job',
    async inject(world) {
      const id = await takeRender(world);
      await world.sql(`update renders set style = 'another style' where id = $1`, [id]);
      return id;
    },
  },
  {
    check: 'renders_have_variants', category: 'render_without_variants',
    async inject(world) {
      const id = await takeRender(world);
      await world.sql('delete from render_variants where render_id = $1', [id]);
      return id;
    },
  },
  {
    check: 'renders_have_variants', category: 'cover_missing', isRepairable: true,
    async inject(world) {
      const id = await world.take(
        `select r.id from renders r where not exists (select from render_variants v where v.render_id = r.id and v.idx = 2) order by r.id`,
      );
      await world.sql('update renders set cover_variant = 2 where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'render_pictures', category: 'variant_of_other_owner',
    async inject(world) {
      const id = await takeVariant(world);
      await world.force('update render_variants set owner_id = $2 where id = $1', [id, other]);
      return id;
    },
  },
  {
    check: 'render_pictures', category: 'variant_without_render',
    async inject(world) {
      const [made] = await world.force<{ id: string }>(
        `insert into render_variants (render_id, owner_id, idx, image_path, thumb_path, width, height, byte_size, content_type)
         values (gen_random_uuid(), $1, 0, 'x', 'y', 1, 1, 1, 'image/webp') returning id`,
        [demo],
      );
      return made?.id ?? '';
    },
  },
  {
    check: 'render_pictures', category: 'path_malformed',
    async inject(world) {
      const id = await takeVariant(world);
      await world.sql(`update render_variants set image_path = '../../etc/passwd' where id = $1`, [id]);
      return id;
    },
  },
  {
    check: 'render_pictures', category: 'path_not_owned',
    async inject(world) {
      const id = await takeVariant(world);
      await world.sql(
        `update render_variants set image_path = (select image_path from render_variants where owner_id = $2 order by id limit 1) where id = $1`,
        [id, other],
      );
      return id;
    },
  },
  {
    check: 'render_pictures', category: 'asset_missing', isRepairable: true,
    async inject(world) {
      const id = await takeVariant(world);
      await world.sql('delete from assets where path = $1', [await imageOf(world, id)]);
      return id;
    },
  },
  {
    check: 'render_pictures', category: 'asset_missing', of: 'with its bytes',
    async inject(world) {
      const id = await takeVariant(world);
      const path = await imageOf(world, id);
      await world.sql('delete from assets where path = $1', [path]);
      await world.storage.delete([path]);
      return id;
    },
  },
  {
    check: 'render_pictures', category: 'asset_marked', isRepairable: true,
    async inject(world) {
      const id = await takeVariant(world);
      await world.sql('update assets set marked_at = $2 where path = $1', [await imageOf(world, id), before(48)]);
      return id;
    },
  },
  {
    check: 'render_pictures', category: 'size_differs',
    async inject(world) {
      const id = await takeVariant(world);
      await world.sql('update render_variants set byte_size = byte_size + 1 where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'input_photos', category: 'path_not_owned',
    async inject(world) {
      const { job: id } = await takePhoto(world);
      await world.sql('update generation_jobs set input1_path = (select path from uploads where owner_id = $2 limit 1) where id = $1', [id, personOf('admin')]);
      return id;
    },
  },
  {
    check: 'input_photos', category: 'asset_marked', isRepairable: true, of: 'of photos that several jobs need',
    async inject(world) {
      const [shared] = await world.sql<{ id: string; path: string }>(
        `select (array_agg(j.id::text order by j.id))[1] as id, j.input1_path as path from generation_jobs j join renders r on r.job_id = j.id
         where j.input1_path is not null group by 2 having count(*) > 1 order by 2 limit 1`,
      );
      await world.sql('update assets set marked_at = $2 where path = $1', [shared?.path, before(1)]);
      return shared?.id ?? '';
    },
  },
  {
    check: 'community_items', category: 'asset_missing', isRepairable: true,
    async inject(world) {
      const id = await takeItem(world);
      await world.sql('delete from assets where path = (select thumb_path from community_items where id = $1)', [id]);
      return id;
    },
  },
  {
    check: 'community_items', category: 'external_not_https',
    async inject(world) {
      await world.sql('alter table community_items drop constraint community_items_external_image_scheme_check');
      const [made] = await world.sql<{ id: string }>(
        `insert into community_items (collection_id, source, external_image_url)
         select id, 'external', 'http://example.com/a.jpg' from community_collections limit 1 returning id`,
      );
      return made?.id ?? '';
    },
  },
  {
    check: 'community_items', category: 'item_without_render',
    async inject(world) {
      const id = await takeItem(world);
      await world.force('update community_items set render_id = gen_random_uuid() where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'community_items', category: 'item_without_collection',
    async inject(world) {
      const id = await takeItem(world);
      await world.force('update community_items set collection_id = gen_random_uuid() where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'community_items', category: 'item_without_picture',
    async inject(world) {
      const id = await takeItem(world);
      await world.sql('alter table community_items drop constraint community_items_internal_copy_check');
      await world.sql('update community_items set image_path = null where id = $1', [id]);
      return id;
    },
  },
  {
    check: 'collection_items', category: 'item_without_render',
    async inject(world) {
      const [made] = await world.force<{ id: string }>(
        `insert into collection_items (collection_id, render_id, owner_id) select id, gen_random_uuid(), owner_id from collections
         where owner_id = $1 order by id limit 1 returning collection_id || '/' || render_id as id`,
        [demo],
      );
      return made?.id ?? '';
    },
  },
  {
    check: 'collection_items', category: 'item_without_collection',
    async inject(world) {
      const [made] = await world.force<{ id: string }>(
        `insert into collection_items (collection_id, render_id, owner_id) values (gen_random_uuid(), $2, $1)
         returning collection_id || '/' || render_id as id`,
        [demo, await takeRender(world)],
      );
      return made?.id ?? '';
    },
  },
  {
    check: 'collection_items', category: 'item_of_other_owner',
    async inject(world) {
      const [made] = await world.force<{ id: string }>(
        `insert into collection_items (collection_id, render_id, owner_id)
         select c.id, (select r.id from renders r join generation_jobs j on j.id = r.job_id where j.owner_id = $2 order by r.id limit 1), c.owner_id from collections c
         where c.owner_id = $1 order by c.id limit 1 returning collection_id || '/' || render_id as id`,
        [demo, other],
      );
      return made?.id ?? '';
    },
  },
  { check: 'asset_records', category: 'asset_malformed', inject: (world) => asset(world, 'outputs/a picture.webp') },
  {
    check: 'asset_records', category: 'asset_not_owned',
    async inject(world) {
      const path = await imageOf(world, await takeVariant(world));
      await world.sql('update assets set owner_id = $2 where path = $1', [path, other]);
      return path;
    },
  },
  { check: 'asset_records', category: 'asset_left_behind', inject: (world) => asset(world, picture(demo), { markedAt: before(48) }) },
  {
    check: 'asset_records', category: 'asset_unreferenced', isRepairable: true,
    async inject(world) {
      const path = await asset(world, picture(demo));
      await world.storage.put(path, Buffer.from('picture'), { contentType: 'image/webp' });
      return path;
    },
  },
  {
    check: 'stored_objects', category: 'bytes_missing',
    async inject(world) {
      const path = await imageOf(world, await takeVariant(world));
      await world.storage.delete([path]);
      return path;
    },
  },
  {
    check: 'stored_objects', category: 'bytes_differ',
    async inject(world) {
      const path = await imageOf(world, await takeVariant(world));
      await world.storage.put(path, Buffer.from('cut short'), { contentType: 'image/webp' });
      return path;
    },
  },
  {
    check: 'stored_objects', category: 'recorded_size_differs', isRepairable: true,
    async inject(world) {
      const path = await imageOf(world, await takeVariant(world));
      await world.sql('update assets set byte_size = byte_size + 5 where path = $1', [path]);
      return path;
    },
  },
  {
    check: 'stored_objects', category: 'object_without_record',
    async inject(world) {
      const path = picture(demo);
      await world.storage.put(path, Buffer.from('picture'), { contentType: 'image/webp' });
      return path;
    },
  },
  {
    check: 'stored_objects', category: 'incoming_left_behind',
    async inject(world) {
      const key = `incoming/${randomUUID()}`;
      await storageAt(world.directory, () => before(48)).put(key, Buffer.from('photo'), { contentType: 'image/jpeg' });
      return key;
    },
  },
];
