import type { Person, TestApp } from './app.js';
import { mutate, type Outcome } from './mutate.js';

/** What createUpload gives. */
export interface OpenForm {
  readonly uploadId: string;
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

/** Opens an upload; throws where it is refused. */
export async function openUpload(app: TestApp, as: Person, file: { contentType: string; byteSize: number }): Promise<OpenForm> {
  const outcome = await mutate(app, 'createUpload', file, { as, payload: 'uploadId url fields expiresAt' });
  if (outcome.__typename !== 'CreateUploadPayload') throw new Error(`It was refused: ${JSON.stringify(outcome)}`);
  return outcome as unknown as OpenForm;
}

/** The form as a browser would send it. */
export function formOf(fields: Readonly<Record<string, string>>, file: Buffer | null, type: string): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append('file', new Blob([new Uint8Array(file)], { type }), 'room.jpg');
  return form;
}

export interface FormAnswer {
  readonly status: number;
  readonly code: string | null;
  readonly headers: Headers;
}

/** Posts a form to the gateway, whose public address it names. */
export async function postForm(
  { url }: Pick<TestApp, 'url'>,
  form: FormData,
  headers: Record<string, string> = {},
): Promise<FormAnswer> {
  const response = await fetch(`${url}/uploads`, { method: 'POST', body: form, headers });
  const text = await response.text();
  const body = text === '' ? null : (JSON.parse(text) as { errors: readonly { extensions: { code: string } }[] });
  return { status: response.status, code: body?.errors[0]?.extensions.code ?? null, headers: response.headers };
}

/** Opens an upload for these bytes and sends them; returns its id. */
export async function sendPhoto(app: TestApp, as: Person, photo: Buffer, contentType: string): Promise<string> {
  const { uploadId, fields } = await openUpload(app, as, { contentType, byteSize: photo.length });
  const { status, code } = await postForm(app, formOf(fields, photo, contentType), {});
  if (status !== 204) throw new Error(`The form was refused: ${status} ${code}`);
  return uploadId;
}

/** What the payload of completeUpload is asked for. */
export const kept = 'uploadId image { url width height byteSize contentType placeholder expiresAt }';

export function complete(app: TestApp, as: Person, uploadId: string): Promise<Outcome> {
  return mutate(app, 'completeUpload', { uploadId }, { as, payload: kept });
}
