import { BadUserInput } from '../domain/errors.js';
import { type GlobalId, isUuid, parseGlobalId } from '../domain/global-id.js';

/** @throws BadUserInput for what is no id of ours. */
export function decodeGlobalId(encoded: string, argument: string): GlobalId {
  const found = parseGlobalId(encoded);
  if (found === null) throw notAnId(argument);
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
  if (!isUuid(found.id)) throw notAnId(argument);
  return found.id;
}

function notAnId(argument: string): BadUserInput {
  return new BadUserInput(`"${argument}" is not an id. Pass the "id" of an object that this API gave you, unchanged.`);
}
