export const GRAPHQL_TYPE = 'application/graphql-response+json';
export const PLAIN_TYPE = 'application/json';
export const EVENT_STREAM_TYPE = 'text/event-stream';
export const HTML_TYPE = 'text/html';

/** What a client's `Accept` header lets us answer with. */
export interface Acceptance {
  /** The type for one JSON answer; undefined where the client takes none. */
  readonly json: typeof GRAPHQL_TYPE | typeof PLAIN_TYPE | undefined;
  /** Whether a stream of events may be the answer. */
  readonly eventStream: boolean;
  /** Whether it asks for a page by name, as browsers do when a person opens an address. */
  readonly html: boolean;
}

/** Where the header is missing, anything goes, and `application/json` is what every client reads. */
const ANYTHING: Acceptance = { json: PLAIN_TYPE, eventStream: true, html: false };
/** What most clients send. */
const PLAIN: Acceptance = { json: PLAIN_TYPE, eventStream: false, html: false };

/**
 * Reads an `Accept` header (RFC 9110, section 12.5.1). Of two JSON types that are equally welcome the first named wins;
 * wildcards mean `application/json`, as GraphQL over HTTP advises.
 */
export function parseAccept(header: string | undefined): Acceptance {
  if (header === undefined || header === '*/*') return ANYTHING;
  if (header === PLAIN_TYPE) return PLAIN;
  let json: Acceptance['json'];
  let jsonQuality = 0;
  let eventStream = false;
  let html = false;
  for (const range of header.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = qualityOf(parameters);
    if (quality === 0) continue;
    if (name === HTML_TYPE) html = true;
    if (name === EVENT_STREAM_TYPE || name === 'text/*' || name === '*/*') eventStream = true;
    const type = name === GRAPHQL_TYPE ? GRAPHQL_TYPE : PLAIN_NAMES.has(name) ? PLAIN_TYPE : undefined;
    if (type && quality > jsonQuality) {
      json = type;
      jsonQuality = quality;
    }
  }
  return { json, eventStream, html };
}

const PLAIN_NAMES: ReadonlySet<string> = new Set([PLAIN_TYPE, 'application/*', '*/*']);

function qualityOf(parameters: readonly string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  if (quality === undefined) return 1;
  const value = Number(quality.slice(2));
  return value >= 0 && value <= 1 ? value : 1;
}
