import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { ClientGone } from '../http/exchange.js';
import { badRequest, HttpRefusal } from '../http/refusal.js';

/** The part that holds the file. */
const FILE_FIELD = 'file';

export interface FormBounds {
  /** Of all the form, everything between the parts included. */
  readonly maxBytes: number;
  /** The fields that may come before the file, each once. */
  readonly fieldNames: readonly string[];
  /** Until the file begins: who sends that slower holds a connection and nothing else. */
  readonly fieldsTimeoutMilliseconds: number;
}

/** The type that a part says it has; null where it does not say. */
export type PartType = string | null;

/**
 * Reads a form of fields and one file behind them, and hands the file to `store` as it comes. The file's stream ends only
 * when all of the form has come and is right, and fails otherwise, so that whoever stores it stores a whole file or none.
 * What `store` throws is thrown; and when this throws, `store` has ended.
 *
 * @throws HttpRefusal 400, 408, 413 or 415; ClientGone.
 */
export async function receiveForm(
  request: IncomingMessage,
  { maxBytes, fieldNames, fieldsTimeoutMilliseconds }: FormBounds,
  store: (fields: ReadonlyMap<string, string>, type: PartType, file: Readable) => Promise<unknown>,
): Promise<void> {
  const parser = openParser(request);
  const fields = new Map<string, string>();
  let arriving: Readable | null = null;
  /** One, once the file has begun. */
  const storing: Promise<unknown>[] = [];
  let settle: { resolve(): void; reject(reason: unknown): void } | undefined;
  const whole = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));

  function fail(reason: unknown): void {
    clearTimeout(timer);
    request.unpipe(parser);
    settle?.reject(reason);
    arriving?.destroy();
  }
  const timer = setTimeout(
    () => fail(new HttpRefusal(408, 'REQUEST_TIMEOUT', 'The form did not arrive in time. Send it again.')),
    fieldsTimeoutMilliseconds,
  );

  async function* untilWhole(file: Readable): AsyncGenerator<unknown> {
    yield* file;
    await whole;
  }

  parser.on('field', (name, value, _nameTruncated, valueTruncated) => {
    if (storing.length > 0) fail(badRequest('The file must be the last part of the form: a field came after it.'));
    else if (!fieldNames.includes(name) || valueTruncated) fail(badRequest('The form has a field that createUpload did not give.'));
    else if (fields.has(name)) fail(badRequest(`The form has the field "${name}" twice.`));
    else fields.set(name, value);
  });
  parser.on('file', (_name, file, _filename, _encoding, type) => {
    // An error that nobody hears ends the process.
    file.on('error', () => fail(incomplete()));
    if (storing.length > 0) {
      file.resume();
      fail(badRequest('The form has two files. Send one: each photo has a form of its own.'));
      return;
    }
    clearTimeout(timer);
    arriving = file;
    // What a part is where it does not say is text (RFC 7578), and what many clients call any file is octets.
    const said = type === 'text/plain' || type === 'application/octet-stream' ? null : type;
    const stored = store(fields, said, Readable.from(untilWhole(file)));
    stored.catch(fail);
    storing.push(stored);
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => fail(badRequest('The form has more parts than createUpload gave.')));
  }
  parser.on('error', () => fail(incomplete()));
  parser.on('finish', () => settle?.resolve());

  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) fail(formTooLarge(maxBytes));
  });
  request.once('error', () => fail(new ClientGone()));
  request.once('close', () => {
    if (!request.complete) fail(new ClientGone());
  });
  request.pipe(parser);

  try {
    await whole;
  } finally {
    clearTimeout(timer);
    // Its own failure is the reason, or comes of it.
    await Promise.allSettled(storing);
  }
  const [stored] = storing;
  if (!stored) throw badRequest(`The form has no file. Send it as the last part, under the name "${FILE_FIELD}".`);
  await stored;
}

export function formTooLarge(maxBytes: number): HttpRefusal {
  return new HttpRefusal(413, 'PAYLOAD_TOO_LARGE', `The form is larger than ${maxBytes} bytes, which no photo may be.`);
}

function incomplete(): HttpRefusal {
  return badRequest('The form is incomplete, or no multipart/form-data as RFC 7578 describes it. Send it again.');
}

function openParser(request: IncomingMessage): Busboy {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    throw new HttpRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send a form: "Content-Type: multipart/form-data", with its boundary.');
  }
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': type },
      isPartAFile: (name) => name === FILE_FIELD,
      limits: { fieldNameSize: 100, fieldSize: 1_000, fields: 20, files: 2, parts: 22, headerPairs: 20, headerSize: 4_096 },
    });
  } catch {
    throw badRequest('The "Content-Type" of the form has no boundary between its parts.');
  }
}
