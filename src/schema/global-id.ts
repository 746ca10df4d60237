import { BadUserInput } from '../domain/errors.js';

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

/** @throws BadUserInput for what is no id of ours. */
export function decodeGlobalId(encoded: string, argument: string): GlobalId {
  const text = encoded.length <= longestId ? Buffer.from(encoded, 'base64').toString() : '';
  const colon = text.indexOf(':');
  const found = { type: text.slice(0, colon), id: text.slice(colon + 1) };
  // Of two spellings of one id a client gets and gives the one alone. What comes from outside need not be ASCII.
  if (colon < 1 || found.id === '' || Buffer.from(text).toString('base64') !== encoded) {
    throw new BadUserInput(`"${argument}" is not an id. Pass the "id" of an object that this API gave you, unchanged.`);
  }
  return found;
}

/**
 * The UUID in an id of one type.
 *
 * @throws BadUserInput for what is no id, or one of another type.
 */
export function decodeIdOf(type: string, encoded: string, argument: string): string {
  const found = decodeGlobalId(encoded, argument);
  if (found.type !== type) {
    const other = /^[A-Za-z]{1,40}$/.test(found.type) ? found.type : 'something else';
    throw new BadUserInput(`"${argument}" must be the id of a ${type}, and is one of a ${other}.`);
  }
  if (!isUuid(found.id)) {
    throw new BadUserInput(`"${argument}" is not an id. Pass the "id" of an object that this API gave you, unchanged.`);
  }
  return found.id;
}

export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
