import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import type { Person, TestApp } from '../app.js';
import { mutate } from '../mutate.js';
import type { Seed } from '../seed.js';
import { createUsageSeed } from '../seed-usage.js';
import { complete, openUpload, sendPhoto } from '../uploads.js';

interface House {
  readonly app: TestApp;
  readonly seed: Seed;
}

/** As a text may be, wherever one is taken: with a way out of a folder, and with ends of lines. */
export const hostile = '../../x\r\n{"id":"forged"}\u2028end';

/** Gives a person something of everything that an account can hold. `mark` stands in all that is theirs alone. */
export async function furnish({ app, seed }: House, person: Person, mark: string): Promise<void> {
  const photo = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#a08060' } }).jpeg().toBuffer();
  const uploadId = await sendPhoto(app, person, photo, 'image/jpeg');
  await complete(app, person, uploadId);
  await openUpload(app, person, { contentType: 'image/png', byteSize: 100 });
  const input = { mode: 'REDESIGN', roomType: 'kitchen', style: 'japandi', prompt: `A room for ${mark}`, input1: uploadId, variants: 2 };
  const { job } = await mutate<{ job: { id: string } }>(app, 'submitGeneration', { ...input, idempotencyKey: randomUUID() }, { as: person, payload: 'job { id }' });
  await untilDone(app, person, job.id);
  await mutate(app, 'updateProfile', { name: `${mark} ../../x`, preferences: { theme: `${mark} dark`, '../x': ['\n'] } }, { as: person });

  const [render] = await seed.sql<{ id: string }>('select id from renders where owner_id = $1', [person.id]);
  await seed.items(await seed.favorites(person.id), [render!.id]);
  await seed.items(await seed.collection(person.id, `${mark} ../../x`), [render!.id]);
  const gallery = await seed.communityCollection({ title: 'Coastal' });
  await seed.sql(
    `insert into community_items (collection_id, source, render_id, image_path, thumb_path, width, height, byte_size, content_type, apply_settings)
     values ($1, 'internal', $2, $3, $3, 10, 10, 10, 'image/webp', $4)`,
    [gallery, render!.id, `community/${mark}/v1.webp`, { mode: 'redesign', prompt: `${mark} look` }],
  );
  const usage = createUsageSeed(seed);
  const debit = await usage.debit(person.id, '2024-05-02T00:00:00Z');
  await usage.refund(person.id, debit, '2024-05-03T00:00:00Z');
  await usage.credit(person.id, '2024-05-04T00:00:00Z', 7, `${mark} present ${hostile}`);
  await usage.planChange(person.id, `price_${mark}`, { effectiveAt: '2024-05-01T00:00:00Z', recordedAt: '2024-05-01T00:00:01Z' });
  await seed.sql(`update plan_changes set stripe_event_id = $2 where owner_id = $1`, [person.id, `evt_internal_${mark}`]);
  await seed.sql(
    `update profiles set customer_id = $2, subscription_id = $3, subscription_status = 'active', price_id = $4, has_access = true,
       current_period_start = '2024-05-01Z', current_period_end = '2024-06-01Z', subscription_event_id = $5 where id = $1`,
    [person.id, `cus_${mark}`, `sub_${mark}`, `price_${mark}`, `evt_internal_${mark}`],
  );
  await seed.sql(
    `insert into generation_jobs (owner_id, mode, room_type, style, prompt, aspect_ratio, quality, variants, status, error_code, error,
       prediction_id, idempotency_key, request_hash, created_at, completed_at, archived_at)
     values ($1, 'imagine', '../../x', null, $2, '3:2', 'high', 1, 'failed', 'provider_failed', 'It failed.', $3, $4, $5,
       '2024-01-01Z', '2024-01-01Z', '2024-02-01Z')`,
    [person.id, `${mark} ${hostile}`, `prediction_internal_${mark}`, randomUUID(), `hash_internal_${mark}`],
  );
  await seed.sql(
    `insert into account_status_changes (owner_id, status, reason, changed_by)
     select $1, status, $2, $3 from unnest(array['suspended', 'active']) status`,
    [person.id, `reason_internal_${mark}`, await administrator(seed)],
  );
  await seed.sql(`insert into webhook_events (provider, event_id, type, payload) values ('stripe', $1, 'invoice.paid', $2)`, [
    `evt_internal_${mark}`,
    { profile: person.id },
  ]);
}

/** Who decided about the people's accounts. */
export const administratorId = '0197b000-0000-7000-8000-00000000ad31';

async function administrator(seed: Seed): Promise<string> {
  await seed.sql(`insert into profiles (id, role, email) values ($1, 'admin', 'admin_internal@roomfeed.test') on conflict do nothing`, [administratorId]);
  return administratorId;
}

/** Asks again and again, as a client without subscriptions does: each answer is an event to wait for. */
async function untilDone(app: TestApp, as: Person, id: string): Promise<void> {
  for (;;) {
    const { data } = await app.ask<{ generationJob: { status: string } }>('query ($id: ID!) { generationJob(id: $id) { status } }', { as, variables: { id } });
    if (data.generationJob.status === 'SUCCEEDED') return;
    if (['FAILED', 'CANCELED'].includes(data.generationJob.status)) throw new Error('The generation came to nothing.');
  }
}
