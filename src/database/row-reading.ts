import { EventEmitter } from 'node:events';
import { Socket, type SocketConstructorOpts } from 'node:net';
import pg from 'pg';

/** Takes the answer to the statement that is being answered, as bytes, which are another's as soon as a method returns. */
export interface AnswerReader {
  /** One row: how many columns it has in two bytes, and for each its length in four (-1: NULL) and its value. */
  readRow(bytes: Buffer, begin: number, end: number): void;
  /** The end of one statement's rows: the command's name and how many rows it was for, with a zero behind. */
  readCompletion(bytes: Buffer, begin: number, end: number): void;
}

/** What of a connection of `pg` is used here: it calls `attachListeners` with the stream that the server's answers come by. */
interface Attachable {
  attachListeners(stream: EventEmitter): void;
}

/** Who reads the answers at this moment; null: the driver. */
interface Place {
  reader: AnswerReader | null;
}

const places = new WeakMap<pg.Connection, Place>();

/** Has the answers that come by a connection read by this one; null: by the driver, as on connections of other clients. */
export function readAnswersBy(connection: pg.Connection, reader: AnswerReader | null): void {
  const place = places.get(connection);
  if (place) place.reader = reader;
}

/** What the system hands over at once, at most: as much as a stream takes. */
const RECEIVED_BYTES = 65_536;

const DATA_ROW = 'D'.charCodeAt(0);
const COMMAND_COMPLETE = 'C'.charCodeAt(0);
/** Says that a statement has its parameters, which nobody waits for. */
const BIND_COMPLETE = '2'.charCodeAt(0);
/** The end of an answer, which says in one byte whether the connection is in a transaction. */
const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const READY_BYTES = 5;
/** One byte says what a message is, and four how long it is, themselves included. */
const CODE_BYTES = 1;
const HEADER_BYTES = CODE_BYTES + 4;

/**
 * A client of `pg` whose rows are not made into texts before somebody says what of. The driver makes one of every column by
 * a call into the engine, and an object and two events of every row: for a page, more than for everything that is done
 * with them. Rows go to the statement's own reader as bytes, and so does what comes with every answer; everything else the
 * driver reads as ever.
 */
export class RowClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    let take: ((received: Buffer) => void) | null = null;
    super({
      ...config,
      // Encryption reads from the stream itself. Everything else comes into one buffer, which no stream passes on.
      stream: (({ ssl }: { readonly ssl: unknown }) =>
        ssl ? new Socket() : new Socket(readInto(Buffer.allocUnsafe(RECEIVED_BYTES), (received) => take?.(received)))) as () => Socket,
    });
    const connection = (this as unknown as { connection: pg.Connection & Attachable }).connection;
    const attach = connection.attachListeners.bind(connection);
    const place: Place = { reader: null };
    places.set(connection, place);
    connection.attachListeners = (stream) => {
      const rest = new EventEmitter();
      // A copy: the driver keeps the beginning of what is not all there, and the buffer is filled anew.
      const split = createSplitter(
        place,
        (part) => rest.emit('data', Buffer.from(part)),
        // As the driver tells itself of it.
        (status) => connection.emit('readyForQuery', { name: 'readyForQuery', length: READY_BYTES, status }),
      );
      if (connection.stream === stream && !isEncrypted(stream)) take = split;
      else stream.on('data', split);
      stream.on('end', () => rest.emit('end'));
      attach(rest);
    };
  }
}

const isEncrypted = (stream: EventEmitter): boolean => 'encrypted' in stream;

/** An option of `net.connect`, which hands it to the socket that it makes. */
function readInto(buffer: Buffer, onRead: (received: Buffer) => void): SocketConstructorOpts {
  const onread = {
    buffer,
    callback(length: number): boolean {
      onRead(buffer.subarray(0, length));
      return true;
    },
  };
  const options: object = { onread };
  return options;
}

/**
 * Parts what the server sends at its messages, which have had this form since protocol 3
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
export function createSplitter(
  place: Readonly<Place>,
  onRest: (part: Buffer) => void,
  onReady: (status: string) => void,
): (received: Buffer) => void {
  /** Bytes of the driver's present message that are still to come. */
  let owed = 0;
  /** A message's first bytes, too few to tell its length. */
  let begun: Buffer | null = null;
  /** A message of the reader's that comes in parts, and how much of it has come. */
  let whole: Buffer | null = null;
  let filled = 0;

  function read(reader: AnswerReader, bytes: Buffer, at: number, next: number): void {
    if (bytes[at] === DATA_ROW) reader.readRow(bytes, at + HEADER_BYTES, next);
    else if (bytes[at] === COMMAND_COMPLETE) reader.readCompletion(bytes, at + HEADER_BYTES, next);
    else if (bytes[at] === READY_FOR_QUERY) onReady(String.fromCharCode(bytes[at + HEADER_BYTES] ?? 0));
  }

  return function split(received: Buffer): void {
    const bytes: Buffer = begun ? Buffer.concat([begun, received]) : received;
    begun = null;
    const end = bytes.length;
    let at = Math.min(owed, end);
    owed -= at;
    /** From here on, up to `at`, is what the driver gets next. */
    let from = 0;
    if (whole) {
      from = at = bytes.copy(whole, filled);
      filled += at;
      if (filled < whole.length) return;
      if (place.reader) read(place.reader, whole, 0, filled);
      whole = null;
    }
    while (at + HEADER_BYTES <= end) {
      const next = at + CODE_BYTES + bytes.readUInt32BE(at + CODE_BYTES);
      if (place.reader && isReaders(bytes[at])) {
        // What the driver gets comes first, as it was sent: the end of the statement before, or what the columns are.
        if (at > from) onRest(bytes.subarray(from, at));
        if (next > end) {
          whole = Buffer.allocUnsafe(next - at);
          filled = bytes.copy(whole, 0, at);
          return;
        }
        read(place.reader, bytes, at, next);
        from = next;
      } else if (next > end) {
        owed = next - end;
        at = end;
        break;
      }
      at = next;
    }
    if (at > from) onRest(bytes.subarray(from, at));
    if (at < end) begun = Buffer.from(bytes.subarray(at));
  };
}

const isReaders = (code: number | undefined): boolean =>
  code === DATA_ROW || code === COMMAND_COMPLETE || code === BIND_COMPLETE || code === READY_FOR_QUERY;
