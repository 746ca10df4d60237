/**
 * Freezes a value of rows, lists and plain objects through and through, and tells about how many bytes it takes in V8:
 * a rough figure, on the high side, because it bounds memory. Dates stay as they are (nothing can freeze their time), and
 * so do bytes.
 */
export function freezeAndMeasure(value: unknown): number {
  if (typeof value === 'string') return 24 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return 96 + value.byteLength;
  if (value instanceof Date) return 64;
  let bytes = 32;
  if (Array.isArray(value)) {
    for (const item of value) bytes += 8 + freezeAndMeasure(item);
  } else {
    // By descriptors: what a getter would give, such as a page's cursors, is made when a reader asks, or never.
    for (const { value: item } of Object.values(Object.getOwnPropertyDescriptors(value))) {
      bytes += 16 + freezeAndMeasure(item);
    }
  }
  Object.freeze(value);
  return bytes;
}
