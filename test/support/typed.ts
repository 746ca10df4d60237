import type { Answer, Person, TestApp } from './app.js';
import type { TypedDocumentString } from './generated/graphql.js';

/** `TestApp.ask` for a document of test/documents/: its variables are checked, and its data has a type. */
export function askTyped<Data, Variables extends Record<string, unknown>>(
  { ask }: Pick<TestApp, 'ask'>,
  document: TypedDocumentString<Data, Variables>,
  options: { readonly as?: Person; readonly variables: Variables },
): Promise<Answer<Data>> {
  return ask<Data>(document.toString(), options);
}
