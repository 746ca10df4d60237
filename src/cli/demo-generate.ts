import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { demoProfiles } from '../config/demo-profiles.js';
import { ConfigurationError } from '../config/faults.js';
import { loadConfiguration } from '../config/load.js';
import type { EnvironmentVariables } from '../config/variables.js';
import { signDevelopmentToken } from '../server/authentication/development-token.js';
import { ApiError, type ApiClient, createApiClient } from './demo/client.js';
import { provideGateway } from './demo/gateway.js';
import { createProgress, type Progress } from './progress.js';

/** Where the command reads and writes. */
export interface DemoCommandSurroundings {
  /** Default: `process.env`. */
  readonly variables?: EnvironmentVariables;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly progress: Progress;
}

const usage = `Walks one generation through the API, as an app does: uploads a photo, submits it, watches it, finds it in the feed.

  npm run demo:generate -- photo.jpg --style japandi
  npm run demo:generate -- photo.jpg borrowed.jpg --mode compose
  npm run demo:generate -- --mode imagine --prompt "A reading corner by the window"

  --mode redesign|staging|compose|imagine   Default: by the photos, redesign with one, compose with two, imagine without
  --style, --room    presets; the query "presets" lists them
  --prompt           in your words
  --variants 1-3     how many pictures
  --url              the gateway. Default: that of the environment; where nothing answers, one is started for this

The first picture's signed URL goes to standard output, the rest to standard error. For development: it signs in as the demo user.
`;

const contentTypes: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
};

/** What the user did wrong, or the API refused; for people. */
class Refusal extends Error {}

interface Wanted {
  readonly photos: readonly string[];
  readonly input: Readonly<Record<string, unknown>>;
  readonly url: string | undefined;
}

interface Outcome {
  readonly __typename: string;
  readonly message?: string;
  readonly issues?: readonly { readonly path: readonly string[]; readonly message: string }[];
}

const refusal = '... on UserError { message } ... on InvalidInputError { issues { path message } }';

/**
 * `npm run demo:generate`.
 *
 * @returns the exit code: 0; 1 where it could not be done; 2 where it was asked wrongly.
 */
export async function runDemoGenerate(args: readonly string[], surroundings: DemoCommandSurroundings): Promise<number> {
  const { variables, stdout, stderr, progress } = surroundings;
  const wanted = readArguments(args);
  if (wanted === null) {
    stderr(usage);
    return 2;
  }
  try {
    const { environment } = loadConfiguration(variables);
    const url = wanted.url ?? environment.publicUrl;
    const token = await demoToken();
    const gateway = await provideGateway(url, fileURLToPath(new URL('../main.js', import.meta.url)), stderr);
    try {
      stdout(`${await generate(createApiClient({ url, token }), wanted, stderr, progress)}\n`);
    } finally {
      await gateway.release();
    }
    return 0;

    async function demoToken(): Promise<string> {
      const [profile] = demoProfiles;
      const { key, issuer, audience } = environment.signIn;
      if (environment.production || key.kind === 'jwks' || !profile) {
        throw new Refusal('tokens come from your identity provider here; this is for development.');
      }
      return signDevelopmentToken({ profile, secret: key.secret, issuer, audience, expiresIn: 3_600 });
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof ApiError || error instanceof ConfigurationError)) throw error;
    stderr(`Not generated: ${error.message}\n`);
    return 1;
  }
}

/** Returns the signed URL of the cover. */
async function generate(api: ApiClient, { photos, input }: Wanted, say: (text: string) => void, progress: Progress): Promise<string> {
  const uploads: string[] = [];
  for (const photo of photos) {
    uploads.push(await upload(api, photo));
    say(`Uploaded ${photo}.\n`);
  }
  const { submitGeneration } = await api.ask<{
    submitGeneration: Outcome & { job: { id: string }; usage: { remaining: number } };
  }>(
    `mutation ($input: SubmitGenerationInput!) {
      submitGeneration(input: $input) { __typename ... on SubmitGenerationPayload { job { id } usage { remaining } } ${refusal} }
    }`,
    { input: { ...input, input1: uploads[0], input2: uploads[1], idempotencyKey: randomUUID() } },
  );
  accept(submitGeneration, 'SubmitGenerationPayload');
  const { job, usage: month } = submitGeneration;
  say(`Submitted; ${month.remaining} generations are left this month.\n`);

  let last: { status: string; error: string | null; render: { id: string } | null } | null = null;
  const updates = api.watch<{ generationJobUpdated: { status: string; progress: number; error: string | null; render: { id: string } | null } }>(
    'subscription ($id: ID!) { generationJobUpdated(jobId: $id) { status progress error render { id } } }',
    { id: job.id },
  );
  for await (const { generationJobUpdated: update } of updates) {
    last = update;
    progress(Math.round(update.progress * 100), 100);
  }
  if (last?.status !== 'SUCCEEDED') throw new Refusal(last?.error ?? 'the generation did not come to an end.');

  const { viewer } = await api.ask<{ viewer: { renders: { nodes: readonly { id: string; variantCount: number; coverImage: { url: string } }[] } } }>(
    '{ viewer { renders(first: 1) { nodes { id variantCount coverImage(size: FULL) { url } } } } }',
  );
  const [first] = viewer.renders.nodes;
  if (!first || first.id !== last.render?.id) throw new Refusal('something newer is first in the feed already.');
  say(`First in the feed, with ${first.variantCount} picture${first.variantCount === 1 ? '' : 's'}. It can be opened at:\n`);
  return first.coverImage.url;
}

/** Returns the upload's id. */
async function upload(api: ApiClient, path: string): Promise<string> {
  const contentType = contentTypes[extname(path).toLowerCase()];
  if (contentType === undefined) throw new Refusal(`${path} is no .jpg, .png or .webp file.`);
  const bytes = await readFile(path).catch(() => {
    throw new Refusal(`${path} cannot be read.`);
  });
  const { createUpload } = await api.ask<{ createUpload: Outcome & { uploadId: string; url: string; fields: Record<string, string> } }>(
    `mutation ($input: CreateUploadInput!) {
      createUpload(input: $input) { __typename ... on CreateUploadPayload { uploadId url fields } ${refusal} }
    }`,
    { input: { contentType, byteSize: bytes.length } },
  );
  accept(createUpload, 'CreateUploadPayload');
  const { uploadId, url, fields } = createUpload;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // The file comes last: whoever receives it has read the fields by then.
  form.append('file', new Blob([bytes], { type: contentType }), 'photo');
  const response = await fetch(url, { method: 'POST', body: form });
  if (!response.ok) throw new Refusal(`the upload was refused with status ${response.status}.`);

  const { completeUpload } = await api.ask<{ completeUpload: Outcome }>(
    `mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) { __typename ${refusal} } }`,
    { input: { uploadId } },
  );
  accept(completeUpload, 'CompleteUploadPayload');
  return uploadId;
}

function accept({ __typename, message, issues = [] }: Outcome, payload: string): void {
  if (__typename === payload) return;
  throw new Refusal(issues.length > 0 ? issues.map((issue) => issue.message).join(' ') : (message ?? __typename));
}

const modes = ['imagine', 'redesign', 'compose'] as const;

function readArguments(args: readonly string[]): Wanted | null {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals: photos } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { mode: text, style: text, room: text, prompt: text, variants: text, url: text },
    });
    if (photos.length > 2 || args.length === 0) return null;
    const variants = values.variants === undefined ? undefined : Number(values.variants);
    return {
      photos,
      url: values.url?.replace(/\/+$/, ''),
      input: {
        mode: (values.mode ?? modes[photos.length] ?? '').toUpperCase(),
        style: values.style,
        roomType: values.room,
        prompt: values.prompt,
        variants,
      },
    };
  } catch {
    return null;
  }
}

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await runDemoGenerate(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    progress: createProgress('Generating'),
  });
}
