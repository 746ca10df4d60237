// The limit of work: the rows, pictures and files of a generation, written by hand; see limits.sql.
import '../../systems/shared/end-with-parent.ts';
import pg from 'pg';
import { createFileStorage } from '../../gateway/database.ts';
import { encodePicture } from '../../gateway/worker.ts';
import { readEnvironment } from '../../systems/shared/environment.ts';
import { instantPicture } from './instant-picture.ts';
import { obey } from './obey.ts';
import { runBareQueue } from './run-bare-queue.ts';

const { serviceUrl, poolSize, publicUrl, signingSecret } = readEnvironment();

const pool = new pg.Pool({ connectionString: serviceUrl, max: poolSize, idleTimeoutMillis: 30_000, application_name: 'bench limit' });
pool.on('error', () => undefined);
const storage = createFileStorage({
  directory: new URL(process.env['STORAGE_URL'] ?? '').pathname,
  publicUrl,
  windowSeconds: 3_600,
  signingSecret,
});
const picture = await instantPicture();

const begin = { name: 'begin', text: 'select bench.begin_generation($1::uuid, $2::uuid) as id' };
const finish = {
  name: 'finish',
  text:
    'select from bench.finish_generation($1::uuid, $2::uuid, $3::uuid, $4::text, $5::int, $6::text, $7::int, $8::int, $9::int, $10::text)',
};

async function generate(payload: unknown): Promise<void> {
  const { jobId, ownerId } = payload as { readonly jobId: string; readonly ownerId: string };
  const { rows } = await pool.query<{ id: string }>({ ...begin, values: [ownerId, jobId] });
  const renderId = rows[0]?.id ?? '';
  const { image, thumbnail, width, height, contentType, placeholder } = await encodePicture(picture);
  const base = `renders/${ownerId}/${renderId}/v1/0`;
  const [imagePath, thumbPath] = [`${base}.webp`, `${base}_thumb.webp`];
  await storage.put(imagePath, image, { contentType, byteSize: image.length });
  await storage.put(thumbPath, thumbnail, { contentType, byteSize: thumbnail.length });
  await pool.query({
    ...finish,
    values: [ownerId, jobId, renderId, imagePath, image.length, thumbPath, thumbnail.length, width, height, placeholder],
  });
}

await runBareQueue({ generate });
obey({});
