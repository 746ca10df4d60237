/** The system's word for what went wrong with a file (`ENOENT`); null where the error carries none. */
export function errorCodeOf(error: unknown): string | null {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : null;
}
