import type { Person } from '../app.js';
import type { Seed } from '../seed.js';

/** A photo that may be submitted, and a generation that was: charged, and starting. Ids of the rows. */
export async function submitOne({ sql }: Pick<Seed, 'sql'>, { id }: Person): Promise<{ readonly photo: string; readonly job: string }> {
  const [made] = await sql<{ photo: string }>(
    `with photo as (
       insert into uploads (owner_id, path, content_type, byte_size, state, width, height, placeholder, expires_at)
       values ($1, format('inputs/%s/ready.jpg', $1::uuid), 'image/jpeg', 500, 'ready', 4, 3, 'thumbhash', now() + interval '1 day')
       returning id, path
     ), record as (
       insert into assets (path, owner_id, kind, byte_size, content_type) select path, $1, 'input', 500, 'image/jpeg' from photo
     )
     select id as photo from photo`,
    [id],
  );
  return { photo: made!.photo, job: await insertStartingJob({ sql }, id) };
}

/** One more generation that is starting, with its charge in the present month. */
export async function insertStartingJob({ sql }: Pick<Seed, 'sql'>, ownerId: string): Promise<string> {
  const [made] = await sql<{ id: string }>(
    `with job as (
       insert into generation_jobs (owner_id, mode, prompt, aspect_ratio, quality, variants)
       values ($1, 'imagine', 'A calm room', '1:1', 'auto', 2)
       returning id, owner_id, date_trunc('month', now() at time zone 'UTC')::date as period
     ), debit as (
       insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
       select owner_id, 'generation_debit', 1, period, id, 1 from job
     ), sums as (
       insert into usage_periods as s (owner_id, period, debits) select owner_id, period, 1 from job
       on conflict (owner_id, period) do update set debits = s.debits + 1
     )
     select id from job`,
    [ownerId],
  );
  return made!.id;
}
