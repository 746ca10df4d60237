/** JSON objects and nothing else: no arrays, no null. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Lays `over` on `base`: objects are merged key by key, everything else (lists too) is replaced. Neither is changed.
 * `Object.fromEntries` defines keys and never assigns them, so that a `__proto__` in the file stays an unknown key.
 */
export function overlay(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    merged.set(key, merged.has(key) ? overlay(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}
