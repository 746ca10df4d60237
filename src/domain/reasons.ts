/** The code of an error, or its class: messages of a file system or a driver hold paths and addresses. */
export function reasonOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return [name, code].filter((word) => typeof word === 'string').join(' ') || 'unknown';
}
