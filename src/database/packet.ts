/**
 * What is sent to the server, message by message
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html), put together in one place and sent as one: a
 * buffer for each message, as the driver makes them, costs more than what is in it.
 */

const codes = {
  bind: 'B'.charCodeAt(0),
  close: 'C'.charCodeAt(0),
  describe: 'D'.charCodeAt(0),
  execute: 'E'.charCodeAt(0),
  parse: 'P'.charCodeAt(0),
  sync: 'S'.charCodeAt(0),
  portal: 'P'.charCodeAt(0),
  statement: 'S'.charCodeAt(0),
};

const TEXT_FORMAT = 0;
const BINARY_FORMAT = 1;
const NULL_LENGTH = -1;

/** What a packet is put together in; a longer one gets its own, and this is kept. */
const kept = Buffer.allocUnsafeSlow(16_384);
let bytes = kept;
/** Where the next byte goes. */
let at = 0;

/** How a statement's rows are to come: a format for each column. No codes: all as text. */
export type ResultFormats = readonly (0 | 1)[];
export const ALL_TEXT: ResultFormats = [];

export function addClose(statement: string): void {
  const begin = beginMessage(codes.close);
  addByte(codes.statement);
  addName(statement);
  endMessage(begin);
}

export function addParse(statement: string, text: string): void {
  const begin = beginMessage(codes.parse);
  addName(statement);
  addName(text);
  // The types of the parameters are the server's to find.
  addInt16(0);
  endMessage(begin);
}

/** To the unnamed portal, as everything here. */
export function addBind(statement: string, values: readonly (string | Buffer | null)[], results: ResultFormats): void {
  const begin = beginMessage(codes.bind);
  addName('');
  addName(statement);
  addFormats(values);
  addInt16(values.length);
  for (const value of values) addValue(value);
  addInt16(results.length);
  for (const format of results) addInt16(format);
  endMessage(begin);
}

export function addDescribe(): void {
  const begin = beginMessage(codes.describe);
  addByte(codes.portal);
  addName('');
  endMessage(begin);
}

export function addExecute(): void {
  const begin = beginMessage(codes.execute);
  addName('');
  // All rows.
  addInt32(0);
  endMessage(begin);
}

export function addSync(): void {
  endMessage(beginMessage(codes.sync));
}

/** The messages that are added by `addAll`, and nothing of those that were added where that failed before. */
export function packetOf(addAll: () => void): Buffer {
  bytes = kept;
  at = 0;
  addAll();
  const packet = bytes.subarray(0, at);
  // The system may take it later, when the next one is put together already.
  if (bytes === kept) return Buffer.from(packet);
  bytes = kept;
  return packet;
}

function beginMessage(code: number): number {
  addByte(code);
  const begin = at;
  addInt32(0);
  return begin;
}

/** The length counts itself and not the code. */
function endMessage(begin: number): void {
  const end = at;
  at = begin;
  addInt32(end - begin);
  at = end;
}

/** No codes: all are texts. */
function addFormats(values: readonly (string | Buffer | null)[]): void {
  if (!values.some(isBytes)) {
    addInt16(0);
    return;
  }
  addInt16(values.length);
  for (const value of values) addInt16(isBytes(value) ? BINARY_FORMAT : TEXT_FORMAT);
}

const isBytes = (value: unknown): boolean => typeof value === 'object' && value !== null;

function addValue(value: string | Buffer | null): void {
  if (value === null) {
    addInt32(NULL_LENGTH);
  } else if (typeof value === 'string') {
    const begin = at;
    addInt32(0);
    addText(value);
    const end = at;
    at = begin;
    addInt32(end - begin - 4);
    at = end;
  } else {
    addInt32(value.length);
    makeRoom(value.length);
    at += value.copy(bytes, at);
  }
}

function addName(text: string): void {
  addText(text);
  addByte(0);
}

/** Longer than most names and ids. */
const SHORT = 64;

function addText(text: string): void {
  if (text.length <= SHORT) {
    // A character is three bytes at most.
    makeRoom(text.length * 3);
    if (addAscii(text)) return;
  } else {
    makeRoom(Buffer.byteLength(text));
  }
  at += bytes.write(text, at);
}

/** For a few characters a call into the engine costs more than they do. */
function addAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return false;
    bytes[at + index] = code;
  }
  at += text.length;
  return true;
}

function addByte(value: number): void {
  makeRoom(1);
  bytes[at] = value;
  at += 1;
}

function addInt16(value: number): void {
  makeRoom(2);
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
  at += 2;
}

function addInt32(value: number): void {
  makeRoom(4);
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  at += 4;
}

function makeRoom(length: number): void {
  if (at + length <= bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, at + length));
  bytes.copy(larger, 0, 0, at);
  bytes = larger;
}
