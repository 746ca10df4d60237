import pg from 'pg';
import { serialize } from 'pg-protocol';
import { DatabaseError, DatabaseUnavailable } from './errors.js';
import type { PreparedStatements } from './prepared-statements.js';
import { readRowsBy, type RowReader } from './row-reading.js';
import { asText, type ColumnParser, isAsciiType } from './values.js';

/** One statement as it goes over the wire. An empty name means: parsed anew each time. */
export interface WireStatement {
  readonly name: string;
  readonly text: string;
  readonly values: (string | Buffer | null)[];
}

export interface Answer {
  readonly fields: readonly pg.FieldDef[];
  readonly rows: unknown[];
  readonly rowCount: number | null;
  /** The command tag's first word, such as SELECT or ROLLBACK. */
  readonly command: string;
}

export interface AnswerShape {
  readonly rows: 'objects' | 'arrays';
  readonly parserOf: (type: number) => ColumnParser;
}

/** The columns of a statement's rows, and how they were read last. */
export interface RowDescription {
  readonly fields: pg.FieldDef[];
  readonly shape: AnswerShape;
  readonly columns: readonly ColumnReading[];
}

interface ColumnReading {
  /** Null: its value is its text. */
  readonly parse: ColumnParser | null;
  readonly isAscii: boolean;
}

/**
 * A statement with others in front of it, in one round trip: Parse, Bind and Execute of each, then ONE Sync. Outside of
 * a transaction block the server runs everything up to the Sync in one implicit transaction, so a setting made "local"
 * by the first holds for the second and is gone when the answer arrives; and after an error it skips to the Sync, so the
 * statement never runs where the setting failed
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).
 *
 * It is not a `pg.Query`, because that keeps its books for one Parse: with two it takes the first ParseComplete for its
 * own, and a named statement that failed to parse would be broken on that connection for ever.
 */
export class PipelinedQuery implements pg.Submittable, RowReader {
  readonly answer: Promise<Answer>;
  /** Once settled: whether the connection may serve another statement. */
  usable = false;

  #resolve: (answer: Answer) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #completed = 0;
  #command = '';
  #rowCount: number | null = null;
  #fields: pg.FieldDef[] = [];
  #columns: readonly ColumnReading[] = [];
  readonly #rows: unknown[] = [];
  #decodingError: unknown;
  #refusal: DatabaseError | undefined;
  #connection: pg.Connection | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly statements: readonly WireStatement[],
    private readonly prepared: PreparedStatements<RowDescription>,
    private readonly shape: AnswerShape,
    /** 0: wait for ever. Otherwise the connection is ended where the server says nothing for so long. */
    private readonly answerTimeoutMillis: number,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  // What follows is called by pg.Client.

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    if (this.answerTimeoutMillis > 0) {
      this.#deadline = setTimeout(
        () => this.#end(new DatabaseUnavailable('The database did not answer in time.')),
        this.answerTimeoutMillis,
      );
    }
    readRowsBy(connection, this);
    const messages: Buffer[] = this.prepared.takeDropped().map((name) => serialize.close({ type: 'S', name }));
    this.statements.forEach((statement, index) => this.#write(messages, statement, index === this.#last));
    messages.push(serialize.sync());
    // As one, so that all of it leaves in one packet, by one write.
    if (connection.stream.writable) connection.stream.write(Buffer.concat(messages));
  }

  handleRowDescription({ fields }: { readonly fields: pg.FieldDef[] }): void {
    this.#confirm();
    this.#read({ fields, shape: this.shape, columns: this.#columnsOf(fields) });
  }

  /** A row that arrived in parts, so that the driver has made texts of it. */
  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#isUnasked) return;
    try {
      this.#keep(fields.map((text, index) => (text === null ? null : this.#value(text, index))));
    } catch (error) {
      this.#decodingError = error;
    }
  }

  /** All others; see row-reading.ts. */
  readRow(bytes: Buffer, begin: number, end: number): void {
    if (this.#isUnasked) return;
    try {
      this.#keep(this.#valuesOf(bytes, begin, end));
    } catch (error) {
      this.#decodingError = error;
    }
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#confirm();
    this.#completed += 1;
    if (this.#completed <= this.#last) return;
    const words = message.text.split(' ');
    const count = Number(words.at(-1));
    this.#command = words[0] ?? '';
    this.#rowCount = words.length > 1 && Number.isInteger(count) ? count : null;
  }

  handleEmptyQuery(): void {
    this.#completed += 1;
  }

  handlePortalSuspended(): void {
    this.#end(new DatabaseError('The server suspended a portal that has no row limit.'));
  }

  handleCopyInResponse(): void {
    // In copy mode the server throws our Sync away: the connection could only hang.
    this.#end(new DatabaseError('COPY needs a connection of its own.'));
  }

  handleCopyData(): void {
    this.#end(new DatabaseError('COPY needs a connection of its own.'));
  }

  handleError(error: unknown): void {
    clearTimeout(this.#deadline);
    // After anything graver than ERROR, and after what is not the server's word at all, the connection is gone.
    this.usable = error instanceof pg.DatabaseError && error.severity === 'ERROR';
    // Whether the failed one was parsed is not known; the next use closes and parses it again, which is never an error.
    const failed = this.statements[Math.min(this.#completed, this.#last)];
    if (failed) this.prepared.forget(failed.name);
    this.#reject(this.#refusal ?? error);
  }

  handleReadyForQuery(): void {
    clearTimeout(this.#deadline);
    if (this.#connection) readRowsBy(this.#connection, null);
    this.usable = this.#completed > this.#last && this.#refusal === undefined;
    if (this.#refusal) this.#reject(this.#refusal);
    else if (!this.usable) this.#reject(new DatabaseError('The server answered fewer statements than were sent.'));
    else if (this.#decodingError !== undefined) this.#reject(this.#decodingError);
    else this.#resolve({ fields: this.#fields, rows: this.#rows, rowCount: this.#rowCount, command: this.#command });
  }

  get #last(): number {
    return this.statements.length - 1;
  }

  /** Rows of what was sent in front have no description, and nobody asked for them. */
  get #isUnasked(): boolean {
    return this.#completed < this.#last || this.#decodingError !== undefined;
  }

  #write(messages: Buffer[], { name, text, values }: WireStatement, isLast: boolean): void {
    if (name === '' || this.prepared.textOf(name) === undefined) {
      if (name !== '') messages.push(serialize.close({ type: 'S', name }));
      messages.push(serialize.parse({ name, text, types: [] }));
    }
    messages.push(serialize.bind({ portal: '', statement: name, values }));
    if (isLast && !this.#isDescribed(name)) messages.push(serialize.describe({ type: 'P', name: '' }));
    messages.push(serialize.execute({ portal: '' }));
  }

  /** Of a statement that this connection keeps, the rows are known from its first time. */
  #isDescribed(name: string): boolean {
    const known = name === '' ? undefined : this.prepared.descriptionOf(name);
    if (!known) return false;
    this.#read(known);
    return true;
  }

  #read({ fields, shape, columns }: RowDescription): void {
    this.#fields = fields;
    this.#columns = shape === this.shape ? columns : this.#columnsOf(fields);
    const { name } = this.statements[this.#last] ?? {};
    if (name) this.prepared.describe(name, { fields, shape: this.shape, columns: this.#columns });
  }

  #columnsOf(fields: readonly pg.FieldDef[]): ColumnReading[] {
    return fields.map(({ dataTypeID }) => {
      const parse = this.shape.parserOf(dataTypeID);
      return { parse: parse === asText ? null : parse, isAscii: isAsciiType(dataTypeID) };
    });
  }

  #confirm(): void {
    const current = this.statements[this.#completed];
    if (current && current.name !== '') this.prepared.remember(current.name, current.text);
  }

  #end(refusal: DatabaseError): void {
    this.#refusal = refusal;
    this.#connection?.stream.destroy(refusal);
  }

  #keep(values: unknown[]): void {
    if (this.shape.rows === 'arrays') {
      this.#rows.push(values);
      return;
    }
    const row: Record<string, unknown> = {};
    this.#fields.forEach((field, index) => {
      row[field.name] = values[index];
    });
    this.#rows.push(row);
  }

  /** See RowReader for what a row looks like. */
  #valuesOf(bytes: Buffer, begin: number, end: number): unknown[] {
    // One text for all columns, and parts of it for each: a call into the engine for every column would cost the most of it.
    const row = bytes.toString('latin1', begin, end);
    const values: unknown[] = [];
    let at = begin + 2;
    for (const column of this.#columns) {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < 0) {
        values.push(null);
        continue;
      }
      const next = at + length;
      const isPart = column.isAscii || isAscii(bytes, at, next);
      const text = isPart ? row.substring(at - begin, next - begin) : bytes.toString('utf8', at, next);
      values.push(column.parse === null ? text : (column.parse(text) ?? null));
      at = next;
    }
    return values;
  }

  #value(text: string, index: number): unknown {
    const parse = this.#columns[index]?.parse;
    return parse ? (parse(text) ?? null) : text;
  }
}

function isAscii(bytes: Buffer, begin: number, end: number): boolean {
  let all = 0;
  for (let at = begin; at < end; at += 1) all |= bytes[at] ?? 0;
  return all < 128;
}
