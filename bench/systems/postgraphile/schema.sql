-- What PostGraphile needs of the database beyond the tables: what it cannot derive from them, as functions, which its
-- manual recommends for it. They run as their caller, so that policies hold.
drop schema if exists bench_postgraphile cascade;
create schema bench_postgraphile;

-- Which plan a price stands for; the gateway has it in its configuration.
create table bench_postgraphile.plans (plan text primary key, price_id text unique, monthly_limit int not null);

create type bench_postgraphile.usage_summary as (
  period_start timestamptz,
  plan text,
  monthly_limit int,
  used int,
  remaining int,
  by_mode json
);

create function bench_postgraphile.viewer_usage() returns bench_postgraphile.usage_summary
language sql stable
as $$
  select
    m.start at time zone 'UTC',
    l.plan,
    l.monthly_limit,
    coalesce(s.debits - s.refunds, 0),
    greatest(0, l.monthly_limit + coalesce(s.credits, 0) - coalesce(s.debits - s.refunds, 0)),
    (
      select coalesce(json_agg(json_build_object('mode', b.mode, 'count', b.used) order by b.used desc, b.mode)
        filter (where b.used <> 0), '[]'::json)
      from (
        select j.mode, sum(case u.kind when 'generation_debit' then u.amount when 'generation_refund' then -u.amount end)::int as used
        from public.usage_ledger u
        join public.generation_jobs j on j.id = u.job_id
        where u.owner_id = p.id and u.period = m.start::date
        group by j.mode
      ) b
    )
  from public.profiles p
  cross join (select date_trunc('month', now() at time zone 'UTC')) m (start)
  join lateral (
    select plan, monthly_limit from bench_postgraphile.plans
    where price_id = case when p.has_access then p.price_id end or price_id is null
    order by price_id is null limit 1
  ) l on true
  left join public.usage_periods s on s.owner_id = p.id and s.period = m.start::date
  where p.id = nullif(current_setting('app.user_id', true), '')::uuid
$$;

create type bench_postgraphile.favored as (render_id uuid, is_favorite boolean, item_count int);

-- Null where the render is not the viewer's.
create function bench_postgraphile.add_to_favorites(render_id uuid) returns bench_postgraphile.favored
language plpgsql volatile
as $$
declare
  favorites uuid;
  viewer uuid := nullif(current_setting('app.user_id', true), '')::uuid;
  answer bench_postgraphile.favored;
begin
  select id into favorites from public.collections where owner_id = viewer and is_default_favorites;
  insert into public.collection_items (collection_id, render_id, owner_id)
    select favorites, r.id, viewer from public.renders r
    where r.id = add_to_favorites.render_id and r.owner_id = viewer
    on conflict do nothing;
  select i.render_id, true, (select count(*) from public.collection_items where collection_id = favorites)
    into answer
    from public.collection_items i where i.collection_id = favorites and i.render_id = add_to_favorites.render_id;
  return answer;
end
$$;

grant usage on schema bench_postgraphile to roomfeed_gateway;
grant select on bench_postgraphile.plans to roomfeed_gateway;
