/** A node's type and its own id. */
export interface GlobalId {
  readonly type: string;
  readonly id: string;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const longestId = 200;

/** Relay's global id: base64 of `Type:id`, as Pothos writes it. Both are ASCII, which `btoa` encodes without a buffer. */
export function encodeGlobalId(type: string, id: string): string {
  return btoa(`${type}:${id}`);
}

/** What a global id says, or null for what is none. */
export function parseGlobalId(encoded: string): GlobalId | null {
  const text = encoded.length <= longestId ? Buffer.from(encoded, 'base64').toString() : '';
  const colon = text.indexOf(':');
  const found = { type: text.slice(0, colon), id: text.slice(colon + 1) };
  // Of two spellings of one id a client gets and gives the one alone. What comes from outside need not be ASCII.
  const isOne = colon >= 1 && found.id !== '' && Buffer.from(text).toString('base64') === encoded;
  return isOne ? found : null;
}

/** Whether a text is a UUID in lower case. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
