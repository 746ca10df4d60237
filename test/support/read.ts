import type { Person, TestApp } from './app.js';

export interface AskOptions {
  readonly as?: Person | undefined;
  readonly variables?: Record<string, unknown> | undefined;
}

/** The data of an answer without errors; throws with the errors otherwise. */
export async function read<Data>(app: TestApp, query: string, options: AskOptions = {}): Promise<Data> {
  const { data, errors } = await app.ask<Data>(query, options);
  if (errors) throw new Error(`The answer has errors: ${JSON.stringify(errors)}`);
  return data;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly path: readonly (string | number)[] | undefined;
}

/** The one error of an answer; throws where there is none, or more than one. */
export async function refusal(app: TestApp, query: string, options: AskOptions = {}): Promise<Refusal> {
  const { status, data, errors } = await app.ask(query, options);
  const [error, ...more] = errors ?? [];
  if (!error || more.length > 0) {
    throw new Error(`Expected one error, got ${JSON.stringify(errors ?? [])} and ${JSON.stringify(data)}`);
  }
  return { status, code: error.extensions.code, message: error.message, path: error.path };
}

/** A row's own id in the id that the API gave it. */
export function localId(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().replace(/^[^:]*:/, '');
}
