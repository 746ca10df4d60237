export type EmbeddedServerFault =
  | 'unsupported-platform'
  | 'binaries-missing'
  | 'binaries-unusable'
  | 'no-access'
  | 'in-use'
  | 'wrong-version'
  | 'no-cluster'
  | 'not-empty'
  | 'start-failed'
  | 'stop-failed';

/** The embedded server could not do what was asked. The message says what to do, to whoever starts the gateway. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';

  constructor(
    readonly fault: EmbeddedServerFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What every message about an unusable embedded server ends with: the way round it. */
export const USE_YOUR_OWN =
  'Or use a PostgreSQL server of your own (15 or newer): set DATABASE_URL, DATABASE_SERVICE_URL and ' +
  'DATABASE_OWNER_URL.';

/** Whether `error` is the system's, with one of these codes. Told by its shape, as an error may be another realm's. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && codes.includes(error.code);
}
