/**
 * Keeps secrets out of the log, whoever logged them and however deep. It works on the finished line, the one place that
 * everything passes: fields, bindings of child loggers, messages and errors with their causes alike.
 */

const HIDDEN = '[redacted]';

/** Names of fields whose text is never logged. Numbers and booleans under them are: they count tokens, they hold none. */
const SECRET_NAME =
  /authorization|cookie|token|secret|passw|signature|credential|jwt|(api|access|private|signing)[-_ ]?key/i;

/** Secrets by their looks, wherever in a text they stand. Each expression takes time linear in the text. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  // A JSON Web Token, with or without its signature.
  [/(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(\.[\w-]*)?/g, HIDDEN],
  [/\b(Bearer)\s+[^\s"',;]+/gi, `$1 ${HIDDEN}`],
  [/\b(Basic)\s+[A-Za-z0-9+/]{12,}=*/gi, `$1 ${HIDDEN}`],
  // What signs a URL: ours, S3's, and what others put into one.
  [/([?&;][\w-]{0,40}(?:signature|token|secret|credential|password|key)=)[^&\s"'#]+/gi, `$1${HIDDEN}`],
  // The password in a connection string.
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#:@"']*:)[^\s/?#"']*@/gi, `$1${HIDDEN}@`],
  // Keys of Stripe and Replicate.
  [/\b((?:sk|rk)_(?:live|test)|whsec|r8)_[A-Za-z0-9+/=_-]+/g, `$1_${HIDDEN}`],
];

/** Any sign of the above: most lines have none and pass untouched, for the price of this one expression. */
const SUSPICIOUS = new RegExp(`${SECRET_NAME.source}|eyJ|bearer|basic|key=|@|[sr]k_|whsec_|r8_`, 'i');

/** Whether a text is free of any sign of a secret. False says nothing. */
export function holdsNoSecret(text: string): boolean {
  return !SUSPICIOUS.test(text);
}

/** One line of JSON in, the same line without secrets out. */
export function redactLine(line: string): string {
  if (holdsNoSecret(line)) return line;
  try {
    return `${JSON.stringify(redact(JSON.parse(line)))}\n`;
  } catch {
    // No line of ours, but secrets have no place in it either.
    return redactText(line);
  }
}

/** A text without the secrets that can be told by their looks. */
export function redactText(text: string): string {
  return secretShapes.reduce((result, [shape, replacement]) => result.replace(shape, replacement), text);
}

function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET_NAME.test(name) ? hide(inner) : redact(inner)]),
  );
}

function hide(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : HIDDEN;
}
