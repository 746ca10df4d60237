import { StorageSizeMismatch } from '../storage/errors.js';
import type { Storage } from '../storage/storage.js';
import { uploadFields } from '../storage/upload-forms.js';
import type { UploadVerdict, VerifyUploadForm } from '../storage/upload-forms.js';
import { discard } from './http/body.js';
import { createCors } from './http/cors.js';
import type { Exchange } from './http/exchange.js';
import { badRequest, HttpRefusal, methodNotAllowed } from './http/refusal.js';
import { formTooLarge, receiveForm } from './uploads/form.js';

export interface UploadHandlerOptions {
  readonly storage: Pick<Storage, 'put'>;
  /** Judges the fields of a form (storage/upload-forms.ts). */
  readonly verify: VerifyUploadForm;
  /** The largest photo that any form allows. */
  readonly maxFileBytes: number;
  /** Web apps that may read what became of their upload. */
  readonly corsOrigins: readonly string[];
  /** Until the file of a form begins. Default: 30,000. */
  readonly fieldsTimeoutMilliseconds?: number;
}

export type UploadHandler = (exchange: Exchange) => Promise<void>;

/** What a form weighs beside its file: five short fields, and the lines between them. */
const FORM_BYTES = 16_384;

const METHODS = 'POST';

/**
 * Receives the forms of `createUpload` at `/uploads`, for a store that takes none itself: multipart/form-data, the form's
 * fields first, then the photo as `file`. The form is signed, and so needs no other sign of who sends it. Answers 204
 * when the whole photo is in the store; whatever is refused leaves nothing there, and what was there before stays.
 *
 * The returned function rejects with a refusal, for the server to answer.
 */
export function createUploadHandler(options: UploadHandlerOptions): UploadHandler {
  const { storage, verify, maxFileBytes, fieldsTimeoutMilliseconds = 30_000 } = options;
  const cors = createCors(options.corsOrigins, METHODS);
  const bounds = { maxBytes: maxFileBytes + FORM_BYTES, fieldNames: uploadFields, fieldsTimeoutMilliseconds };

  async function receive({ request, response }: Exchange): Promise<void> {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > bounds.maxBytes) throw formTooLarge(bounds.maxBytes);
    if (request.headers.expect !== undefined) response.writeContinue();
    await receiveForm(request, bounds, async (fields, type, file) => {
      const { key, contentType, byteSize } = admit(verify(fields));
      if (type !== null && type !== contentType) {
        throw badRequest(`The file is said to be another type than ${contentType}, which the form is for.`);
      }
      if (announced > byteSize + FORM_BYTES) throw largerThan(byteSize);
      await storage.put(key, file, { contentType, byteSize });
    });
  }

  return async (exchange) => {
    const { request, response } = exchange;
    if (cors(request, response)) return;
    if (request.method !== 'POST') throw methodNotAllowed(METHODS);
    try {
      await receive(exchange);
    } catch (error) {
      discard(request);
      // Whether a client that waits for leave to send does so now is not known; only a new connection makes that clear.
      if (request.headers.expect !== undefined) response.setHeader('connection', 'close');
      throw error instanceof StorageSizeMismatch ? ofAnotherSize(error) : error;
    }
    response.writeHead(204, { 'cache-control': 'no-store' });
    response.end();
  };
}

const AGAIN = 'Ask createUpload for a form, and send its fields unchanged.';

/** @throws HttpRefusal */
function admit(verdict: UploadVerdict): Extract<UploadVerdict, { kind: 'valid' }> {
  switch (verdict.kind) {
    case 'valid':
      return verdict;
    case 'missing':
      throw new HttpRefusal(403, 'SIGNATURE_REQUIRED', `The form is not signed, or its fields come after the file. ${AGAIN}`);
    case 'invalid':
      throw new HttpRefusal(403, 'SIGNATURE_INVALID', `The signature does not belong to these fields. ${AGAIN}`);
    case 'expired':
      throw new HttpRefusal(403, 'URL_EXPIRED', `The time to send this form is over. ${AGAIN}`);
  }
}

function ofAnotherSize({ expectedBytes, seenBytes }: StorageSizeMismatch): HttpRefusal {
  return seenBytes > expectedBytes
    ? largerThan(expectedBytes)
    : badRequest(`The file has ${seenBytes} bytes, and the form is for ${expectedBytes}.`);
}

function largerThan(byteSize: number): HttpRefusal {
  return new HttpRefusal(413, 'PAYLOAD_TOO_LARGE', `The file is larger than the ${byteSize} bytes that the form is for.`);
}
