import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { encodeGlobalId } from '../../src/domain/global-id.js';
import { createTestApp, type Person, type TestApp, type TestAppOptions } from './app.js';
import { createReplicateDouble, type ReplicateDouble } from './replicate-double.js';
import { createSeed, type Seed } from './seed.js';

export interface Job {
  readonly id: string;
  readonly ownerId: string;
}

/** A job with everything that came of it. */
export interface JobState {
  readonly status: string;
  readonly progress: number;
  readonly code: string | null;
  readonly error: string | null;
  readonly prediction: string | null;
  /** Pictures of its render; 0 where it has none. */
  readonly pictures: number;
  readonly debits: number;
  readonly refunds: number;
}

/** A gateway that has rooms made by the double. Nothing works by itself unless `background` is set. */
export interface ReplicateStage {
  readonly app: TestApp;
  readonly seed: Seed;
  readonly double: ReplicateDouble;
  signUp(): Promise<Person>;
  submit(person: Person, input?: Readonly<Record<string, unknown>>): Promise<Job>;
  /** Looks after a job once, as its task does. */
  attend(job: Job, options?: { readonly isLastTry?: boolean }): Promise<number | null>;
  stateOf(job: Job): Promise<JobState>;
  /** Whether the queue has the job looked at now, and not only in a while. */
  isDueNow(job: Job): Promise<boolean>;
  /** Moves the job's task an hour away, as if it had just been looked at. */
  postpone(job: Job): Promise<void>;
  /** A photo that was uploaded by a person; returns its id. */
  photo(person: Person, bytes: Buffer): Promise<string>;
  close(): Promise<void>;
}

const submission = `mutation ($input: SubmitGenerationInput!) {
  submitGeneration(input: $input) { __typename ... on SubmitGenerationPayload { job { id } } ... on UserError { message } }
}`;

export async function createReplicateStage(options: TestAppOptions = {}): Promise<ReplicateStage> {
  const double = await createReplicateDouble();
  const app = await createTestApp({
    comparesExecutions: false,
    holdsBudgets: false,
    ...options,
    environment: { PUBLIC_URL: 'https://gateway.test', ...double.environment, ...options.environment },
  });
  const seed = await createSeed(app);

  return {
    app,
    seed,
    double,
    signUp: () => app.signUp({ id: randomUUID() }),
    async submit(person, input = {}) {
      const { data, errors } = await app.ask<{ submitGeneration: { __typename: string } }>(submission, {
        as: person,
        variables: { input: { mode: 'IMAGINE', prompt: 'A calm bedroom', ...input } },
      });
      if (data?.submitGeneration.__typename !== 'SubmitGenerationPayload') throw new Error(JSON.stringify({ data, errors }));
      const [row] = await seed.sql<{ id: string }>(
        'select id from generation_jobs where owner_id = $1 order by created_at desc, id desc limit 1',
        [person.id],
      );
      return { id: row!.id, ownerId: person.id };
    },
    attend: (job, { isLastTry = false } = {}) =>
      app.app.generation.attend(job, { signal: new AbortController().signal, isLastTry }),
    async stateOf({ id }) {
      const [row] = await seed.sql<JobState & Record<string, unknown>>(
        `select j.status, j.progress, j.error_code as code, j.error, j.prediction_id as prediction,
           (select count(*)::int from renders r join render_variants v on v.render_id = r.id where r.job_id = j.id) as pictures,
           (select count(*)::int from usage_ledger l where l.job_id = j.id and l.kind = 'generation_debit') as debits,
           (select count(*)::int from usage_ledger l where l.job_id = j.id and l.kind = 'generation_refund') as refunds
         from generation_jobs j where j.id = $1`,
        [id],
      );
      return row!;
    },
    async isDueNow({ id }) {
      const [row] = await seed.sql<{ due: boolean }>(
        `select exists (select from graphile_worker.jobs where key = 'generate:' || $1 and run_at <= now()) as due`,
        [id],
      );
      return row!.due;
    },
    postpone: (job) => app.app.generation.lookAt(job, 3_600_000),
    async photo({ id: ownerId }, bytes) {
      const [row] = await seed.sql<{ id: string; path: string }>(
        `with upload as (
           insert into uploads (owner_id, path, content_type, byte_size, state, expires_at)
           select $1::uuid, format('inputs/%s/%s.jpg', $1::uuid, gen_random_uuid()), 'image/jpeg', $2, 'ready', now() + interval '1 day'
           returning id, owner_id, path, content_type, byte_size
         )
         insert into assets (path, owner_id, kind, content_type, byte_size)
         select path, owner_id, 'input', content_type, byte_size from upload
         returning path, (select id from upload) as id`,
        [ownerId, bytes.length],
      );
      await app.app.storage.put(row!.path, bytes, { contentType: 'image/jpeg', byteSize: bytes.length });
      return encodeGlobalId('Upload', row!.id);
    },
    async close() {
      await seed.close();
      await app.close();
      await double.close();
    },
  };
}

/** A small picture that can be read. */
export function picture(format: 'webp' | 'png' | 'jpeg' = 'webp', side = 32): Promise<Buffer> {
  const image = sharp({ create: { width: side, height: side, channels: 3, background: '#c8a27a' } });
  return image[format]().toBuffer();
}
