import pg from 'pg';
import { DatabaseError } from './errors.js';

/** Turns the text that the server sent for one column into a value. */
export type ColumnParser = (text: string) => unknown;

/** The same with the bytes of the server's own form, which begin at `at`. */
export type BinaryParser = (bytes: Uint8Array, at: number) => unknown;

const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const INT8 = 20;
const TEXT_ARRAY: number = 1009;
const DATE_ARRAY = 1182;
const TIMESTAMP_ARRAY = 1115;
const INT8_ARRAY = 1016;

const BOOL = 16;
const INT2 = 21;
const INT4 = 23;
const TEXT: number = 25;
const UUID = 2950;

/** What a text is made of that no parser is needed for. */
export const asText: ColumnParser = (text) => text;
const driversText = pg.types.getTypeParser(TEXT, 'text') as ColumnParser;

/** Types whose texts are ASCII, so that a byte is a character. */
const asciiTypes: ReadonlySet<number> = new Set([BOOL, INT2, INT4, INT8, UUID, DATE, TIMESTAMP, TIMESTAMPTZ]);
export const isAsciiType = (type: number): boolean => asciiTypes.has(type);

/**
 * What a column becomes: `timestamptz` a Date, `date` and `timestamp` their text (a Date of either would be in the
 * process's own time zone, and so another day), `bigint` a number or an error where it is not a safe integer (cast such
 * a column to text), `numeric` and `uuid` text, `json` and `jsonb` parsed, the rest as `pg` has it.
 */
export function columnParser(type: number): ColumnParser {
  switch (type) {
    case DATE:
    case TIMESTAMP:
      return asText;
    case TIMESTAMPTZ:
      return utcInstant;
    case INT8:
      return safeInteger;
    case DATE_ARRAY:
    case TIMESTAMP_ARRAY:
      return pg.types.getTypeParser(TEXT_ARRAY, 'text') as ColumnParser;
    case INT8_ARRAY: {
      const elements = pg.types.getTypeParser(TEXT_ARRAY, 'text') as (text: string) => (string | null)[];
      return (text) => elements(text).map((item) => (item === null ? null : safeInteger(item)));
    }
    default: {
      const parser = pg.types.getTypeParser(type, 'text') as ColumnParser;
      return parser === driversText ? asText : parser;
    }
  }
}

const anyInstant = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as ColumnParser;
const ZERO = 48;

/**
 * An instant of a year with four digits in UTC, which is every connection's time zone: `2026-11-22 10:15:30.12+00`, with
 * up to three digits behind the point, as the columns' type has it. Read by its digits, because nearly every row has one,
 * and a page of them in the driver's way costs as much as the rest of its rows.
 */
const utcInstant: ColumnParser = (text) => {
  const end = text.length - 3;
  if (end < 19 || end > 23 || end === 20 || text[4] !== '-' || !text.endsWith('+00')) return anyInstant(text);
  const two = (at: number): number => (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
  let milliseconds = 0;
  for (let at = 20, unit = 100; at < end; at += 1, unit /= 10) milliseconds += (text.charCodeAt(at) - ZERO) * unit;
  const year = two(0) * 100 + two(2);
  // Of years before 100 Date.UTC makes those of the last century.
  if (year < 100) return anyInstant(text);
  return new Date(Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17), milliseconds));
};

/** What the types that have a short form of their own become from it: the same as from their text. */
export function binaryParser(type: number): BinaryParser | null {
  switch (type) {
    case TIMESTAMPTZ:
      return binaryInstant;
    case INT2:
      return (bytes, at) => (int16(bytes, at) << 16) >> 16;
    case INT4:
      return int32;
    case INT8:
      return (bytes, at) => safe(int32(bytes, at) * 2 ** 32 + (int32(bytes, at + 4) >>> 0));
    case BOOL:
      return (bytes, at) => bytes[at] === 1;
    default:
      return null;
  }
}

const int16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const int32 = (bytes: Uint8Array, at: number): number => (int16(bytes, at) << 16) | int16(bytes, at + 2);

const firstInstant = Date.UTC(2000, 0, 1);
/** Of microseconds: what is nearer to the first one than this, 285 years, a number holds to the last digit. */
const exactHigh = 2 ** 21;
const forever = 2 ** 31;

/** Microseconds since the first day of 2000, as a 64-bit integer, whose ends stand for the ends of time. */
const binaryInstant: BinaryParser = (bytes, at) => {
  const high = int32(bytes, at);
  const low = int32(bytes, at + 4) >>> 0;
  if (high >= -exactHigh && high < exactHigh) {
    return new Date(Math.floor((high * 2 ** 32 + low) / 1_000) + firstInstant);
  }
  if (high === forever - 1 && low === 2 ** 32 - 1) return Infinity;
  if (high === -forever && low === 0) return -Infinity;
  const micros = (BigInt(high) << 32n) | BigInt(low);
  return new Date(Number((micros - (((micros % 1_000n) + 1_000n) % 1_000n)) / 1_000n) + firstInstant);
};

const safeInteger = (text: string): number => safe(Number(text));

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) {
    throw new DatabaseError('A bigint does not fit a number; cast the column to text in the statement.');
  }
  return value;
}

/**
 * What a parameter becomes on the wire: null and undefined NULL, a Date its UTC instant (so a `date` column gets the UTC
 * day), bytes binary, an array an array literal, any other object JSON. An array meant as JSON goes in stringified.
 */
export function encodeValue(value: unknown): string | Buffer | null {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return null;
      if (Buffer.isBuffer(value)) return value;
      if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      if (value instanceof Date) return instant(value);
      return Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value);
    default:
      throw new DatabaseError(`A parameter of type ${typeof value} cannot be sent.`);
  }
}

function instant(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new DatabaseError('An invalid Date cannot be sent as a parameter.');
  return date.toISOString();
}

function arrayLiteral(items: readonly unknown[]): string {
  const elements = items.map((item) => {
    if (Array.isArray(item)) return arrayLiteral(item);
    const encoded = encodeValue(item);
    if (encoded === null) return 'NULL';
    const text = typeof encoded === 'string' ? encoded : `\\x${encoded.toString('hex')}`;
    return `"${text.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}
