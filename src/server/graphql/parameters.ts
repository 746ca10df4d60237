import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/body.js';
import { badRequest, HttpRefusal, methodNotAllowed } from '../http/refusal.js';
import { documentKey, MAX_DOCUMENT_ID_LENGTH } from './document-id.js';

/** What GraphQL over HTTP sends for one operation, with its text found. */
export interface GraphQLParameters {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * The same as it came: a text, the id of a document, or both. Of `extensions` only `persistedQuery` means something here,
 * which is how Apollo's clients write the id.
 */
export interface ReceivedParameters extends Omit<GraphQLParameters, 'query'> {
  readonly query: string | undefined;
  readonly documentId: string | undefined;
}

/** No input type nests even a tenth of it; what recurses over a value (scalars, JSON columns) stays safe. */
const MAX_VARIABLE_NESTING = 64;

/**
 * Reads one operation from a POST with a JSON body, or from a GET's query string.
 *
 * JSON alone is accepted: a page of another origin cannot send it without a preflight, while forms and plain text it can
 * (CSRF). Callers are known by a header, not by a cookie, so this is the second of two locks.
 *
 * @throws HttpRefusal 400, 405, 413 or 415; ClientGone.
 */
export function readParameters(
  request: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes: number,
): Promise<ReceivedParameters> | ReceivedParameters {
  if (request.method === 'GET') return checked(fromUrl(request.url ?? ''));
  if (request.method !== 'POST') throw methodNotAllowed('GET, POST');
  requireJson(request);
  return readBody(request, response, maxBodyBytes).then(fromBody);
}

const fromBody = (text: string): ReceivedParameters => checked(parseJson(text, 'The body'));

function requireJson({ headers }: IncomingMessage): void {
  // As most clients send it.
  if (headers['content-type'] === 'application/json' && headers['content-encoding'] === undefined) return;
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (type !== 'application/json' || (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')) {
    throw new HttpRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send JSON: "Content-Type: application/json", in UTF-8.', {
      'accept-post': 'application/json; charset=utf-8',
    });
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpRefusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body uncompressed.', {
      'accept-encoding': 'identity',
    });
  }
}

function fromUrl(url: string): Record<string, unknown> {
  const question = url.indexOf('?');
  const search = new URLSearchParams(question < 0 ? '' : url.slice(question));
  const json = (name: string): unknown => {
    const text = search.get(name);
    return text === null || text === '' ? undefined : parseJson(text, `The parameter "${name}"`);
  };
  return {
    query: search.get('query') ?? undefined,
    documentId: search.get('documentId') ?? undefined,
    operationName: search.get('operationName') ?? undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  };
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest(`${what} is not JSON.`);
  }
}

function checked(value: unknown): ReceivedParameters {
  if (Array.isArray(value)) {
    throw badRequest(
      'Several operations in one request are not supported. Send one: { "query", "variables", "operationName" }.',
    );
  }
  if (!isObject(value)) throw badRequest('The body must be a JSON object: { "query", "variables", "operationName" }.');
  const { query, operationName, variables, extensions } = value;
  const documentId = documentIdOf(value);
  // Null and an empty text are what some clients send for none, beside an id.
  const text = query == null || query === '' ? undefined : query;
  if (typeof text !== 'string' && (text !== undefined || documentId === undefined))
    throw badRequest('"query" must be a string that holds a GraphQL document.');
  if (operationName != null && typeof operationName !== 'string') throw badRequest('"operationName" must be a string.');
  if (variables != null && !isObject(variables)) throw badRequest('"variables" must be an object.');
  if (extensions != null && !isObject(extensions)) throw badRequest('"extensions" must be an object.');
  if (variables != null && nestsDeeper(variables, MAX_VARIABLE_NESTING)) {
    throw badRequest(`"variables" nests more than ${MAX_VARIABLE_NESTING} levels.`);
  }
  // An empty name is what some clients send for none.
  return {
    query: text,
    documentId,
    operationName: operationName || undefined,
    variables: variables ?? {},
  };
}

/** The id by GraphQL over HTTP's draft on persisted documents, or as Apollo's clients send it; of both, they must agree. */
function documentIdOf({ documentId, extensions }: Record<string, unknown>): string | undefined {
  const persistedQuery = isObject(extensions) ? extensions['persistedQuery'] : undefined;
  const written = documentId == null ? undefined : checkedId(documentId, '"documentId"');
  if (persistedQuery == null) return written;
  if (!isObject(persistedQuery) || persistedQuery['version'] !== 1)
    throw badRequest('"extensions.persistedQuery" must be an object: { "version": 1, "sha256Hash" }.');
  const hash = checkedId(persistedQuery['sha256Hash'], '"extensions.persistedQuery.sha256Hash"');
  if (written !== undefined && documentKey(written) !== documentKey(hash))
    throw badRequest('"documentId" and "extensions.persistedQuery" name different documents. Send one of them.');
  return hash;
}

function checkedId(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_DOCUMENT_ID_LENGTH)
    throw badRequest(`${name} must be a string of 1 to ${MAX_DOCUMENT_ID_LENGTH} characters.`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  // It is JSON: what a loop over names finds is its own.
  for (const name in value) {
    if (nestsDeeper((value as Record<string, unknown>)[name], levels - 1)) return true;
  }
  return false;
}
