import type pg from 'pg';
import { ALL_TEXT, type ResultFormats } from './packet.js';
import { asText, type BinaryParser, type ColumnParser, isAsciiType } from './values.js';

/** How the columns of a statement's rows are to be read, told by their types. */
export interface ColumnTypes {
  parserOf(type: number): ColumnParser;
  /** Null: of this type the text is asked for. */
  binaryParserOf(type: number): BinaryParser | null;
}

export interface ColumnReading {
  /** Null: its value is its text. */
  readonly parse: ColumnParser | null;
  /** Null: it comes as text. */
  readonly parseBinary: BinaryParser | null;
  readonly isAscii: boolean;
}

/** As the server sends them unasked: in texts. */
export function textColumns(fields: readonly pg.FieldDef[], types: ColumnTypes): ColumnReading[] {
  return fields.map(({ dataTypeID }) => {
    const parse = types.parserOf(dataTypeID);
    return { parse: parse === asText ? null : parse, parseBinary: null, isAscii: isAsciiType(dataTypeID) };
  });
}

/** As they are asked for where their types are known. */
export function wantedColumns(fields: readonly pg.FieldDef[], types: ColumnTypes): ColumnReading[] {
  return textColumns(fields, types).map((column, index) => ({
    ...column,
    parseBinary: types.binaryParserOf(fields[index]?.dataTypeID ?? 0),
  }));
}

export function formatsOf(columns: readonly ColumnReading[]): ResultFormats {
  return columns.some(({ parseBinary }) => parseBinary) ? columns.map(({ parseBinary }) => (parseBinary ? 1 : 0)) : ALL_TEXT;
}

/** The values of a row; see RowReader for what one looks like. */
export function valuesOf(columns: readonly ColumnReading[], bytes: Buffer, begin: number, end: number): unknown[] {
  // One text for all columns, and parts of it for each: a call into the engine for every column would cost the most of it.
  const row = bytes.toString('latin1', begin, end);
  // As long as it will be: to grow at each value is a call for each.
  const values = new Array<unknown>(columns.length);
  let at = begin + 2;
  let index = 0;
  for (const { parse, parseBinary, isAscii } of columns) {
    const place = index++;
    const length = lengthAt(bytes, at);
    at += 4;
    if (length < 0) {
      values[place] = null;
      continue;
    }
    const next = at + length;
    if (parseBinary) {
      values[place] = parseBinary(bytes, at);
    } else {
      const isPart = isAscii || isAsciiText(bytes, at, next);
      const text = isPart ? row.substring(at - begin, next - begin) : bytes.toString('utf8', at, next);
      values[place] = parse ? (parse(text) ?? null) : text;
    }
    at = next;
  }
  return values;
}

/** Without the checks of `readInt32BE`, which a row needs hundreds of. */
function lengthAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

function isAsciiText(bytes: Uint8Array, begin: number, end: number): boolean {
  let all = 0;
  for (let at = begin; at < end; at += 1) all |= bytes[at] ?? 0;
  return all < 128;
}
