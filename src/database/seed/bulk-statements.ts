/** What the bulk loader says to the database: its staging tables, and how their rows get to where they belong. */

/** Column orders matter: rows are copied by position. */
export const staging = {
  staged_profiles: {
    id: 'uuid',
    email: 'text',
    name: 'text',
    price_id: 'text',
    plan_change_id: 'uuid',
    created_at: 'timestamptz',
    collection_ids: 'uuid[]',
    collection_names: 'text[]',
  },
  staged_pictures: {
    number: 'int',
    image_path: 'text',
    thumb_path: 'text',
    width: 'int',
    height: 'int',
    byte_size: 'int',
    content_type: 'text',
    placeholder: 'text',
  },
  staged_assets: { path: 'text', byte_size: 'int', content_type: 'text', created_at: 'timestamptz' },
  staged_jobs: {
    owner_id: 'uuid',
    id: 'uuid',
    debit_id: 'uuid',
    // Null where nothing is given back.
    refund_id: 'uuid',
    // Null where the job failed.
    render_id: 'uuid',
    variant_ids: 'uuid[]',
    variants: 'int',
    mode: 'text',
    room_type: 'text',
    style: 'text',
    prompt: 'text',
    input_path: 'text',
    status: 'text',
    cover_variant: 'int',
    picture: 'int',
    // Bit 0: in the favorites; bit n: in the owner's n-th collection.
    filed: 'int',
    created_at: 'timestamptz',
    completed_at: 'timestamptz',
  },
} as const;

/** The favorites come with the profile, by its trigger. */
export const fileProfiles: readonly string[] = [
  `insert into profiles (id, email, name, price_id, customer_id, subscription_id, subscription_status,
     subscription_event_at, current_period_start, current_period_end, has_access, created_at)
   select id, email, name, price_id,
     case when price_id is not null then 'cus_' || replace(id::text, '-', '') end,
     case when price_id is not null then 'sub_' || replace(id::text, '-', '') end,
     case when price_id is not null then 'active' end,
     case when price_id is not null then created_at end,
     case when price_id is not null then created_at end,
     case when price_id is not null then created_at + interval '10 years' end,
     price_id is not null, created_at
   from staged_profiles`,
  `update collections set created_at = p.created_at
   from staged_profiles p where owner_id = p.id and is_default_favorites`,
  `insert into plan_changes (id, owner_id, price_id, effective_at, recorded_at)
   select plan_change_id, id, price_id, created_at, created_at from staged_profiles where price_id is not null`,
  `insert into collections (id, owner_id, name, created_at)
   select c.id, p.id, c.name, p.created_at + c.slot * interval '1 day'
   from staged_profiles p
   cross join lateral unnest(p.collection_ids, p.collection_names) with ordinality as c (id, name, slot)`,
];

const period = `date_trunc('month', s.created_at at time zone 'UTC')::date`;

export const fileJobs: readonly string[] = [
  `insert into generation_jobs (id, owner_id, mode, room_type, style, aspect_ratio, quality, variants, input1_path,
     prompt, status, progress, error_code, error, created_at, started_at, completed_at)
   select id, owner_id, mode, room_type, style, '1:1', 'auto', variants, input_path, prompt, status,
     case status when 'succeeded' then 1 else 0 end,
     case status when 'failed' then 'provider_failed' end,
     case status when 'failed' then 'The picture could not be finished. Nothing was charged; please try again.' end,
     created_at, created_at + interval '2 seconds', completed_at
   from staged_jobs`,
  `insert into renders (id, owner_id, job_id, mode, room_type, style, prompt, cover_variant, created_at)
   select render_id, owner_id, id, mode, room_type, style, prompt, cover_variant, completed_at
   from staged_jobs where render_id is not null`,
  `insert into render_variants (id, render_id, owner_id, idx, image_path, thumb_path, width, height, byte_size,
     content_type, placeholder, created_at)
   select v.id, s.render_id, s.owner_id, v.number - 1, p.image_path, p.thumb_path, p.width, p.height, p.byte_size,
     p.content_type, p.placeholder, s.completed_at
   from staged_jobs s
   join staged_pictures p on p.number = s.picture
   cross join lateral unnest(s.variant_ids) with ordinality as v (id, number)
   where s.render_id is not null`,
  `insert into usage_ledger (id, owner_id, kind, amount, period, job_id, charge_no, created_at)
   select debit_id, owner_id, 'generation_debit', 1, ${period}, id, 1, created_at from staged_jobs s`,
  `insert into usage_ledger (id, owner_id, kind, amount, period, job_id, reverses, reason, created_at)
   select refund_id, owner_id, 'generation_refund', 1, ${period}, id, debit_id, 'The generation failed', completed_at
   from staged_jobs s where refund_id is not null`,
  `insert into collection_items (collection_id, render_id, owner_id, added_at)
   select c.id, s.render_id, s.owner_id, greatest(s.completed_at, c.created_at)
   from staged_jobs s
   join (
     select id, owner_id, created_at, case when is_default_favorites then 0
       else row_number() over (partition by owner_id, is_default_favorites order by created_at) end as slot
     from collections where owner_id in (select owner_id from staged_jobs)
   ) c on c.owner_id = s.owner_id and (s.filed >> c.slot::int) & 1 = 1
   where s.render_id is not null`,
];

/** Nobody used more than they were allowed: a month above the plan's limit is covered by an administrator's credit. */
export const fileCredits = `
  insert into usage_ledger (id, owner_id, kind, amount, period, reason, idempotency_key, created_at)
  select
    overlay(md5(owner_id::text || month::text) placing '7' from 13 for 1)::uuid, owner_id, 'credit_adjustment',
    used - $1::int, month, 'Allowance of the sample data', md5(month::text || owner_id::text)::uuid, first_at
  from (
    select s.owner_id, ${period} as month, count(*)::int as used, min(s.created_at) as first_at
    from staged_jobs s group by 1, 2
  ) months
  where used > $1::int`;

export const fileSums = `
  insert into usage_periods (owner_id, period, debits, refunds, credits)
  select owner_id, period,
    coalesce(sum(amount) filter (where kind = 'generation_debit'), 0),
    coalesce(sum(amount) filter (where kind = 'generation_refund'), 0),
    coalesce(sum(amount) filter (where kind = 'credit_adjustment'), 0)
  from usage_ledger where owner_id in (select owner_id from staged_jobs)
  group by owner_id, period`;

/** Shared pictures belong to nobody, as the community's do; another seed's run has stored the same ones. */
export const fileAssets: readonly string[] = [
  `insert into assets (path, owner_id, kind, byte_size, content_type, created_at)
   select path, null, 'community', byte_size, content_type, created_at from staged_assets
   on conflict (path) do update set byte_size = excluded.byte_size`,
];

/** What a large seed leaves in need of VACUUM and ANALYZE. */
export const grownTables = [
  'profiles',
  'generation_jobs',
  'renders',
  'render_variants',
  'collections',
  'collection_items',
  'usage_ledger',
  'usage_periods',
] as const;
