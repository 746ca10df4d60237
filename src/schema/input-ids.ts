import { type InputIssue, InvalidInput } from '../domain/user-errors.js';
import { decodeIdOf } from './global-id.js';

/** Reads ids of a mutation's input; what is wrong with them is collected. */
export interface IdReader {
  id(type: string, field: string, encoded: string): string;
  ids(type: string, field: string, encoded: readonly string[]): readonly string[];
}

/** More faults than a person would read; a batch of a thousand wrong ids is answered with these. */
const mostIssues = 20;

/**
 * Reads a mutation's input that holds ids.
 *
 * @throws InvalidInput where one is no id of the type that it should be, with an issue for each.
 */
export function readIds<Input>(read: (reader: IdReader) => Input): Input {
  const issues: InputIssue[] = [];
  function one(type: string, path: readonly string[], encoded: string): string {
    try {
      return decodeIdOf(type, encoded, path.join('.'));
    } catch (error) {
      issues.push({ path, message: (error as Error).message });
      return '';
    }
  }
  const input = read({
    id: (type, field, encoded) => one(type, [field], encoded),
    ids: (type, field, encoded) => encoded.map((id, index) => one(type, [field, String(index)], id)),
  });
  const [first, ...more] = issues.slice(0, mostIssues);
  if (first) throw new InvalidInput([first, ...more]);
  return input;
}
