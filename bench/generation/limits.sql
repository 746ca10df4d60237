-- The least that submitting a generation and working on it cost the database: the same rows, locks, conditions, notices and
-- tasks as the gateway's, under the same policies, in one call a commit. All run as their caller, which is the service's role.

create schema bench;

-- It neither looks the key up beforehand nor counts what is in flight, and checks nothing of the input.
create function bench.submit_generation(owner uuid, key uuid, words text, monthly_limit integer) returns uuid
language plpgsql as $$
declare
  at timestamptz;
  month date;
  job uuid;
begin
  perform set_config('app.user_id', owner::text, true);
  select date_trunc('milliseconds', clock_timestamp()) into strict at
    from (select from profiles where id = owner and account_status = 'active' for no key update) locked;
  month := date_trunc('month', at at time zone 'UTC')::date;
  insert into usage_periods as s (owner_id, period, debits) values (owner, month, 1)
    on conflict (owner_id, period) do update set debits = s.debits + 1
      where s.debits - s.refunds < monthly_limit + s.credits;
  if not found then raise exception 'The month is used up.'; end if;
  insert into generation_jobs (owner_id, mode, room_type, style, prompt, aspect_ratio, quality, variants,
      idempotency_key, request_hash, created_at)
    values (owner, 'imagine', 'bedroom', 'japandi', words, '1:1', 'auto', 1,
      key, 'yTbtJ1ddCjhCmZ4L0tTAYWt1hi4Wd6zNg0ImVPoqf_Q', at)
    returning id into job;
  insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no, created_at)
    values (owner, 'generation_debit', 1, month, job, 1, at);
  perform bench.tell(owner, job, 'starting', 0, at);
  perform graphile_worker.add_job('generate', json_build_object('jobId', job, 'ownerId', owner),
    job_key := 'generate:' || job, max_attempts := 7);
  return job;
end
$$;

create function bench.tell(owner uuid, job uuid, new_status text, new_progress float8, at timestamptz) returns void
language sql as $$
  insert into job_events (owner_id, seq, job_id, status, progress, created_at)
  select owner, coalesce(max(e.seq), 0) + 1, job, new_status, new_progress, at from job_events e where e.owner_id = owner
$$;

-- Returns the id of the render that is to be. A commit of its own, because people are to see that work has begun.
create function bench.begin_generation(owner uuid, job uuid) returns uuid
language plpgsql as $$
declare
  at timestamptz;
begin
  select date_trunc('milliseconds', clock_timestamp()) into strict at
    from (select from profiles where id = owner for no key update) locked;
  update generation_jobs set status = 'processing', prediction_id = 'bench-' || job, started_at = at
    where id = job and owner_id = owner and status = 'starting';
  if not found then raise exception 'The job has moved on.'; end if;
  perform bench.tell(owner, job, 'processing', 0, at);
  return uuid_v7();
end
$$;

create function bench.finish_generation(owner uuid, job uuid, render uuid, image text, image_bytes integer, thumb text,
  thumb_bytes integer, wide integer, high integer, blur text) returns void
language plpgsql as $$
declare
  at timestamptz;
begin
  select date_trunc('milliseconds', clock_timestamp()) into strict at
    from (select from profiles where id = owner for no key update) locked;
  update generation_jobs set status = 'succeeded', progress = 1, completed_at = at
    where id = job and owner_id = owner and status = 'processing';
  if not found then raise exception 'The job has moved on.'; end if;
  insert into renders (id, owner_id, job_id, mode, room_type, style, prompt, created_at)
    select render, owner, job, mode, room_type, style, prompt, at from generation_jobs where id = job;
  insert into assets (path, owner_id, kind, byte_size, content_type) values
    (image, owner, 'output', image_bytes, 'image/webp'), (thumb, owner, 'thumbnail', thumb_bytes, 'image/webp');
  insert into render_variants (render_id, owner_id, idx, image_path, thumb_path, width, height, byte_size, content_type, placeholder)
    values (render, owner, 0, image, thumb, wide, high, image_bytes, 'image/webp', blur);
  perform bench.tell(owner, job, 'succeeded', 1, at);
end
$$;

grant usage on schema bench to roomfeed_service;
