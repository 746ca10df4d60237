/**
 * A module of the compiled gateway. Its types are those of its source, which the caller names: what is compiled has none
 * beside it.
 */
export function load(path: string): Promise<unknown> {
  return import(new URL(`../../dist/${path}`, import.meta.url).href);
}
