import { invalidRequest } from './errors.js';

/** Parameters as they were sent: every leaf is text, and lists are objects with numbers as keys. */
export interface FormTree {
  readonly [key: string]: FormValue;
}
export type FormValue = string | FormTree;

const MAX_PARAMETERS = 1_000;
const MAX_DEPTH = 6;

type Branch = { [key: string]: string | Branch };

/**
 * Reads `a=1&b[c]=2&d[0][e]=3&f[]=4` as Stripe does. The objects have no prototype, so no name in them means anything.
 *
 * @throws ApiError for what is no form, or too large a one.
 */
export function parseForm(text: string): FormTree {
  const tree = branch();
  if (text === '') return tree;
  const pairs = text.split('&');
  if (pairs.length > MAX_PARAMETERS) throw invalidRequest(`A request takes at most ${MAX_PARAMETERS} parameters.`);
  for (const pair of pairs) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    put(tree, namesIn(name), at === -1 ? '' : decode(pair.slice(at + 1)));
  }
  return tree;
}

const branch = (): Branch => Object.create(null) as Branch;

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidRequest('The request is not encoded as a form.');
  }
}

/** `a[b][0]` as a, b, 0. */
function namesIn(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match?.[1]) throw invalidRequest('Invalid parameter name.');
  const names = [match[1], ...[...(match[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map(([, inner]) => inner ?? '')];
  if (names.length > MAX_DEPTH) throw invalidRequest('The parameters are nested too deeply.');
  return names;
}

function put(tree: Branch, names: readonly string[], value: string): void {
  let place = tree;
  for (const [depth, given] of names.entries()) {
    const name = given === '' ? String(Object.keys(place).length) : given;
    if (depth === names.length - 1) {
      place[name] = value;
      return;
    }
    const next = place[name];
    if (typeof next === 'string') throw invalidRequest(`Invalid ${names[0]}: it is both a value and an object.`);
    place = place[name] = next ?? branch();
  }
}
