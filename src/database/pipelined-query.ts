import pg from 'pg';
import type { AnswerWatch } from './answer-watch.js';
import { type ColumnReading, type ColumnTypes, formatsOf, textColumns, valuesOf, wantedColumns } from './columns.js';
import { DatabaseError, DatabaseUnavailable } from './errors.js';
import { addBind, addClose, addDescribe, addExecute, addParse, addSync, ALL_TEXT, packetOf, type ResultFormats } from './packet.js';
import type { PreparedStatements } from './prepared-statements.js';
import { type AnswerReader, readAnswersBy } from './row-reading.js';

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
  readonly types: ColumnTypes;
}

/** The columns of a statement's rows, and how they are asked for and read the next time. */
export interface RowDescription {
  readonly fields: pg.FieldDef[];
  readonly types: ColumnTypes;
  readonly columns: readonly ColumnReading[];
  readonly formats: ResultFormats;
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
export class PipelinedQuery implements pg.Submittable, AnswerReader {
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

  constructor(
    private readonly statements: readonly WireStatement[],
    private readonly prepared: PreparedStatements<RowDescription>,
    private readonly shape: AnswerShape,
    /** Where it finds the answer late, the connection is ended. */
    private readonly watch: AnswerWatch,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  // What follows is called by pg.Client.

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    this.watch.begin(() => this.#end(new DatabaseUnavailable('The database did not answer in time.')));
    readAnswersBy(connection, this);
    // As one, so that all of it leaves in one packet, by one write.
    const packet = packetOf(() => {
      for (const name of this.prepared.takeDropped()) addClose(name);
      this.statements.forEach((statement, index) => this.#add(statement, index === this.#last));
      addSync();
    });
    if (connection.stream.writable) connection.stream.write(packet);
  }

  handleRowDescription({ fields }: { readonly fields: pg.FieldDef[] }): void {
    this.#confirm();
    this.#fields = fields;
    this.#columns = textColumns(fields, this.shape.types);
    const { name } = this.statements[this.#last] ?? {};
    if (name) this.prepared.describe(name, this.#described(fields));
  }

  readRow(bytes: Buffer, begin: number, end: number): void {
    // Rows of what was sent in front have no description, and nobody asked for them.
    if (this.#completed < this.#last || this.#decodingError !== undefined) return;
    try {
      this.#keep(valuesOf(this.#columns, bytes, begin, end));
    } catch (error) {
      this.#decodingError = error;
    }
  }

  readCompletion(bytes: Buffer, begin: number, end: number): void {
    this.#confirm();
    this.#completed += 1;
    if (this.#completed <= this.#last) return;
    // A zero stands at its end.
    const tag = bytes.toString('latin1', begin, end - 1);
    const space = tag.indexOf(' ');
    const count = space < 0 ? NaN : Number(tag.slice(tag.lastIndexOf(' ') + 1));
    this.#command = space < 0 ? tag : tag.slice(0, space);
    this.#rowCount = Number.isInteger(count) ? count : null;
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
    this.watch.end();
    // After anything graver than ERROR, and after what is not the server's word at all, the connection is gone.
    this.usable = error instanceof pg.DatabaseError && error.severity === 'ERROR';
    // Whether the failed one was parsed is not known; the next use closes and parses it again, which is never an error.
    const failed = this.statements[Math.min(this.#completed, this.#last)];
    if (failed) this.prepared.forget(failed.name);
    this.#reject(this.#refusal ?? error);
  }

  handleReadyForQuery(): void {
    this.watch.end();
    if (this.#connection) readAnswersBy(this.#connection, null);
    this.usable = this.#completed > this.#last && this.#refusal === undefined;
    if (this.#refusal) this.#reject(this.#refusal);
    else if (!this.usable) this.#reject(new DatabaseError('The server answered fewer statements than were sent.'));
    else if (this.#decodingError !== undefined) this.#reject(this.#decodingError);
    else this.#resolve({ fields: this.#fields, rows: this.#rows, rowCount: this.#rowCount, command: this.#command });
  }

  get #last(): number {
    return this.statements.length - 1;
  }

  #add({ name, text, values }: WireStatement, isLast: boolean): void {
    if (name === '' || this.prepared.textOf(name) === undefined) {
      if (name !== '') addClose(name);
      addParse(name, text);
    }
    // Of a statement that this connection keeps, the rows are known from its first time.
    const known = isLast && name !== '' ? this.prepared.descriptionOf(name) : undefined;
    if (known) {
      const { fields, columns, formats } = known.types === this.shape.types ? known : this.#described(known.fields);
      this.#fields = fields;
      this.#columns = columns;
      addBind(name, values, formats);
    } else {
      addBind(name, values, ALL_TEXT);
      if (isLast) addDescribe();
    }
    addExecute();
  }

  #described(fields: pg.FieldDef[]): RowDescription {
    const { types } = this.shape;
    const columns = wantedColumns(fields, types);
    return { fields, types, columns, formats: formatsOf(columns) };
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
}
