/**
 * A URL, or null where the text is none.
 *
 * Not by `URL.canParse`: on Node 20, once V8 has compiled its caller, it takes every text with a Latin-1 letter beyond
 * ASCII for no URL (`https://bücher.example`). Lint refuses it for that.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
