import { has, type PageDefinition, rowsOf, uuidKey } from './page.js';

const profiles = (columns: string) => ({ ...rowsOf('profiles', columns, { owner: 'id' }), key: [uuidKey('id')], size: 4_000 });

/** Accounts without default favorites, or with several. */
export const defaultFavorites: PageDefinition = {
  ...profiles('id'),
  faults: `
    select case c.count when 0 then 'default_favorites_missing' else 'default_favorites_repeated' end, p.id, p.id,
      json_build_object('count', c.count)
    from page p
    cross join lateral (select count(*) as count from collections c where c.owner_id = p.id and c.is_default_favorites) c
    where c.count <> 1`,
};

/** What accounts pay for. Values: the prices that plans have, and the statuses that give access. */
export const billingStates: PageDefinition = {
  ...profiles('id, price_id, scheduled_price_id, subscription_status, has_access'),
  faults: `
    select f.category, p.id, p.id, f.detail
    from page p
    left join lateral (
      select c.price_id from plan_changes c where c.owner_id = p.id
      order by c.effective_at desc, c.recorded_at desc, c.id desc limit 1
    ) newest on true
    cross join lateral (
      select array(
        select distinct price from unnest(array[p.price_id, p.scheduled_price_id, newest.price_id]) price
        where price <> all($1::text[]) order by price
      ) as unknown,
      p.has_access <> (p.price_id is not null and coalesce(p.subscription_status = any($2::text[]), false)) as is_access_wrong
    ) found
    cross join lateral (values
      (case when cardinality(found.unknown) > 0 then 'price_unknown' end, json_build_object('prices', found.unknown)),
      (case when found.is_access_wrong then 'access_differs' end,
        json_build_object('hasAccess', p.has_access, 'status', p.subscription_status)),
      (case when not found.is_access_wrong and (case when p.has_access then p.price_id end) is distinct from newest.price_id
         then 'plan_change_differs' end,
        json_build_object('inForce', case when p.has_access then p.price_id end, 'recorded', newest.price_id))
    ) f (category, detail)
    where f.category is not null`,
};

/** Accounts that were deleted, and what is left of them; $1 is when a deletion must have been to be complete. */
export const erasedAccounts: PageDefinition = {
  ...profiles('id, email, name, preferences, account_status, customer_id, erased_at, erasure_completed_at'),
  examined: 'select count(*) from page where erased_at is not null',
  faults: `
    select f.category, p.id, p.id, json_build_object('tables', rest.tables)
    from page p
    cross join lateral (
      select array_remove(array[
        case when ${has('from renders r where r.owner_id = p.id')} then 'renders' end,
        case when ${has('from collections c where c.owner_id = p.id and not c.is_default_favorites')} then 'collections' end,
        case when ${has('from job_events e where e.owner_id = p.id')} then 'job_events' end,
        case when ${has('from uploads u where u.owner_id = p.id')} then 'uploads' end,
        case when ${has('from assets a where a.owner_id = p.id')} then 'assets' end
      ], null) as tables
      where p.erasure_completed_at is not null
    ) rest
    cross join lateral (select 'erasure_incomplete' as category where cardinality(rest.tables) > 0) f
    where p.erased_at is not null
    union all
    select f.category, p.id, p.id, json_build_object()
    from page p
    cross join lateral (values
      (case when p.email is not null or p.name is not null or p.preferences <> '{}' or p.account_status <> 'suspended'
         then 'erased_account_has_a_name' end),
      (case when (p.erasure_completed_at is null or p.customer_id is not null) and p.erased_at < $1::timestamptz
         then 'erasure_overdue' end)
    ) f (category)
    where p.erased_at is not null and f.category is not null`,
};

/** Photos on their way in. */
export const uploads: PageDefinition = {
  ...rowsOf('uploads', 'id, owner_id, path, byte_size, state, width, height, placeholder, created_at, expires_at'),
  key: [uuidKey('id')],
  size: 4_000,
  faults: `
    select f.category, p.id, p.owner_id,
      json_build_object('state', p.state, 'path', p.path, 'byteSize', p.byte_size, 'recorded', a.byte_size)
    from page p
    left join assets a on a.path = p.path and p.state <> 'pending'
    cross join lateral (select case
      when p.state = 'pending' and (num_nonnulls(p.width, p.height, p.placeholder) > 0 or p.expires_at <= p.created_at)
        then 'upload_state_impossible'
      when p.path !~ (case p.state when 'pending' then '^incoming/' || p.id || '$'
        else '^inputs/' || p.owner_id || '/' || p.id || '\\.(jpg|png|webp)$' end) then 'upload_path_wrong'
      when a.byte_size <> p.byte_size then 'size_differs' end as category offset 0) f
    where f.category is not null`,
};

/** Events of providers that nobody has finished with; $1 is when they must have come to be told of. */
export const webhookEvents: PageDefinition = {
  rows: `select id, provider, type, attempts, received_at, payload ->> 'prediction' as prediction from webhook_events where processed_at is null`,
  ownedRows: null,
  key: [{ column: 'received_at', type: 'timestamptz', first: '-infinity' }, uuidKey('id')],
  size: 1_000,
  faults: `
    select case p.provider when 'stripe' then 'billing_event_unprocessed' else 'generation_event_unprocessed' end, p.id,
      null::uuid, json_build_object('provider', p.provider, 'type', p.type, 'attempts', p.attempts, 'jobId', j.id)
    from page p left join generation_jobs j on j.prediction_id = p.prediction
    where p.received_at < $1::timestamptz`,
};
