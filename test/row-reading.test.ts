import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { parse } from 'pg-protocol';
import type { Databases } from '../src/database/database.js';
import { createDatabases } from '../src/database/databases.js';
import { type AnswerReader, createSplitter } from '../src/database/row-reading.js';
import { columnParser } from '../src/database/values.js';
import { count, seededRandom } from './support/counts.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';

/*
 * Rows are read from the wire by the gateway itself; `pg` stays the judge of what they say.
 */

let database: TestDatabase;
let driver: pg.Client;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  driver = new pg.Client({ connectionString: database.urls.service, types: { getTypeParser: columnParser as never } });
  await driver.connect();
});
afterAll(async () => {
  for (const one of open.reverse()) await one.close();
  await driver.end();
  await database.drop();
});

function databasesAt(service: string): Databases {
  const made = createDatabases({
    gatewayUrl: database.urls.gateway,
    serviceUrl: service,
    pool: {
      max: 2, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 10_000, statementTimeoutMillis: 60_000, lockTimeoutMillis: 20_000,
    },
  });
  open.push(made);
  return made;
}

let statements = 0;

/** The same statement as the driver reads it, and as the gateway does, the second time without a description. */
async function expectTheSame(sql: string, databases = databasesAt(database.urls.service)): Promise<void> {
  const { rows } = await driver.query<Record<string, unknown>>(sql);
  const service = databases.service({ kind: 'system' });
  const named = `statement ${(statements += 1)}`;
  for (const name of ['as the driver reads it', 'as the driver reads it', 'and now without a description']) {
    expect({ name, rows: await service.query({ text: sql, name: named }) }).toEqual({ name, rows });
    expect({ name, rows: await service.query({ text: sql, name: named, rows: 'arrays' }) }).toEqual({
      name,
      rows: rows.map((row) => Object.values(row)),
    });
  }
}

const values = `
  (1, null, 'plain', 'wähle ein Büro', '🛋️', '', 2147483647, -9007199254740991, true, '2026-02-28 23:59:59.999+00',
   'infinity', '0197a000-01fd-753d-96e6-3e54b6881e17', '{"a":["ü",1]}', '{x,"y z",NULL}', '\\x00ff80', 1.5, '{1,2}', '0044-03-15 00:00:00+00 BC'),
  (2, 'x', E'line\\nbreak\\ttab "quotes" \\\\', 'ÿ', 'a', 'é', -2147483648, 9007199254740991, false, '0001-01-01 00:00:00+00',
   '2026-11-23 10:15:30.1+00', '00000000-0000-0000-0000-000000000000', 'null', '{}', '', 'NaN', '{}', '9999-12-31 23:59:59.999+00')`;
const table = `(values ${values}) t (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)`;
const everyKind = `select a, b, c, d, e, f, g::int4, h::int8, i::bool, j::timestamptz, k::timestamptz, l::uuid, m::jsonb, n::text[], o::bytea,
  p::numeric, p::float8 as p2, q::int4[], r::timestamptz from ${table} order by a`;

describe('what a row says', () => {
  it('is the same as by the driver for every kind of column, with and without a description', async () => {
    await expectTheSame(everyKind);
  });

  it.each([100, 65_000, 70_000, 3_000_000])('is the same where texts are %d characters long, and rows come in parts', async (length) => {
    await expectTheSame(`select n, repeat('ab', ${length / 2}) as plain, repeat('ö', ${length / 2}) as other, n::text as last from generate_series(1, 5) n`);
  });

  it.each([0, 70_000])('is the same for instants and integers of any size, beside texts of %d characters', async (length) => {
    const instants = ['0001-01-01', '0099-12-31 23:59:59.999', '1714-09-01', '1969-12-31 23:59:59.999', '1999-12-31 23:59:59.999999',
      '2000-01-01', '2000-01-01 00:00:00.000001', '2285-06-05 12:00:00.001', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999',
      '10000-01-01', '275760-09-13', '4713-01-01 BC', '0001-12-31 23:59:59.999 BC'];
    const texts = [...instants.map((text) => text.replace(/( BC)?$/, '+00$1')), 'infinity', '-infinity'];
    await expectTheSame(`select t::timestamptz as t, repeat('ö', ${length}) as long from unnest('{${texts.map((text) => `"${text}"`).join()}}'::text[]) t`);
    await expectTheSame(
      `select timestamptz '1500-01-01' + n * interval '97 days 5 hours 7 minutes 11.013 seconds' as t from generate_series(0, 5000) n`,
    );
    await expectTheSame(
      `select case when abs(n) <= 15 then (sign(n) * (2 ^ abs(n) - 1))::int2 end as a, case when abs(n) <= 31 then (sign(n) * (2 ^ abs(n) - 1))::int4 end as b,
        (sign(n) * (2 ^ abs(n)::numeric - 1))::int8 as c, n % 2 = 0 as d, repeat('a', ${length}) as long from generate_series(-53, 53) n`,
    );
    await expectTheSame(`select '-32768'::int2 as a, '-2147483648'::int4 as b, '-9007199254740991'::int8 as c, '4294967296'::int8 as d`);
  });

  it('is no instant where a Date holds none, however it comes', async () => {
    const service = databasesAt(database.urls.service).service({ kind: 'system' });
    const statement = { text: `select unnest('{275760-09-13 00:00:00.001+00,294276-12-31 23:59:59.999999+00}'::timestamptz[]) as t`, name: 'late' };
    for (const time of ['first', 'second', 'third']) {
      const rows = await service.query<{ t: Date }>(statement);
      expect({ time, texts: rows.map(({ t }) => String(t)) }).toEqual({ time, texts: ['Invalid Date', 'Invalid Date'] });
    }
  });

  it('refuses an integer that no number holds, however it comes', async () => {
    const service = databasesAt(database.urls.service).service({ kind: 'system' });
    for (const text of ['9007199254740992', '9007199254740993', '-9007199254740992', '-9223372036854775808', '9223372036854775807']) {
      const statement = { text: `select '${text}'::int8 as large`, name: `large ${text}` };
      for (const time of ['first', 'second', 'third']) {
        const refused = await service.query(statement).catch((reason: unknown) => reason);
        expect({ text, time, refused: String(refused) }).toMatchObject({ text, time, refused: expect.stringContaining('bigint') });
      }
    }
  });

  it('is the same for no rows, for no columns and for thousands of rows', async () => {
    await expectTheSame(`select 1 as one where false`);
    await expectTheSame(`select n, md5(n::text) as sum, case when n % 3 = 0 then null else n end as maybe from generate_series(1, 20000) n`);
    const service = databasesAt(database.urls.service).service({ kind: 'system' });
    expect(await service.query('select from generate_series(1, 3)')).toEqual([{}, {}, {}]);
  });

  it('is not of the statement before, whose error or whose rows came on the same connection', async () => {
    const service = databasesAt(database.urls.service).service({ kind: 'system' });
    await expect(service.query(`select n, 1 / (n - 3) as x from generate_series(1, 5) n`)).rejects.toThrow();
    expect(await service.query('select 7 as seven')).toEqual([{ seven: 7 }]);
    await expect(service.query(`select '9007199254740993'::int8 as large`)).rejects.toThrow('bigint');
    expect(await service.query('select 8 as eight')).toEqual([{ eight: 8 }]);
  });
});

describe('through encryption', () => {
  it('rows say the same', async () => {
    const proxy = await startEncryptingProxy(database.urls.service);
    open.push(proxy);
    const databases = databasesAt(proxy.url);
    await expectTheSame(everyKind, databases);
    await expectTheSame(`select n, repeat('ö', 70000) as long from generate_series(1, 5) n`, databases);
    expect(proxy.encrypted()).toBeGreaterThan(0);
  });
});

describe('messages in any parts', () => {
  const random = seededRandom('parts of messages');

  function message(code: string, body: Buffer): Buffer {
    const header = Buffer.alloc(5);
    header.write(code, 'latin1');
    header.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([header, body]);
  }

  function row(texts: readonly (string | null)[]): Buffer {
    const columns = texts.map((text) => {
      const bytes = Buffer.from(text ?? '');
      const length = Buffer.alloc(4);
      length.writeInt32BE(text === null ? -1 : bytes.length);
      return Buffer.concat([length, bytes]);
    });
    return message('D', Buffer.concat([Buffer.from([0, texts.length]), ...columns]));
  }

  const anyMessage = (): Buffer =>
    random.pick([
      () => row(Array.from({ length: random.integer(0, 4) }, () => (random.integer(0, 3) === 0 ? null : 'é'.repeat(random.integer(0, 90))))),
      () => message('2', Buffer.alloc(0)),
      () => message('C', Buffer.from('SELECT 20\0')),
      () => message('S', Buffer.from('TimeZone\0UTC\0')),
      () => message('Z', Buffer.from(random.pick(['I', 'T', 'E']))),
    ])();

  function partsOf(bytes: Buffer): Buffer[] {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = random.pick([1, 2, 3, 4, 5, 7, random.integer(1, 40), random.integer(1, 400), bytes.length]);
      parts.push(bytes.subarray(at, at + length));
      at += length;
    }
    return parts;
  }

  it('are the messages that the driver finds, in their order, whoever reads the rows', () => {
    for (let run = 0; run < count(1_000, 100_000); run += 1) {
      const parts = partsOf(Buffer.concat(Array.from({ length: random.integer(1, 12) }, anyMessage)));
      const hasReader = random.integer(0, 3) > 0;
      const expected: unknown[] = [];
      feedDriver((found) => expected.push(found))(parts);

      const found: unknown[] = [];
      const feed = driverInput((one) => found.push(one));
      // As the driver would have read it, from its own bytes.
      const read = (bytes: Buffer, begin: number, end: number): void =>
        feedDriver((one) => found.push(one))([Buffer.from(bytes.subarray(begin - 5, end))]);
      const reader: AnswerReader = { readRow: read, readCompletion: read };
      // All parts come in one buffer, as a connection's do.
      const buffer = Buffer.alloc(parts.reduce((most, part) => Math.max(most, part.length), 0));
      const split = createSplitter(
        { reader: hasReader ? reader : null },
        (part) => feed(Buffer.from(part)),
        (status) => found.push({ name: 'readyForQuery', length: 5, status }),
      );
      for (const part of parts) {
        buffer.fill(0xff);
        part.copy(buffer);
        split(buffer.subarray(0, part.length));
      }
      // That a statement has its parameters is what no reader is told.
      expect(found).toEqual(hasReader ? expected.filter((one) => !isBindComplete(one)) : expected);
    }
  });

  const isBindComplete = (found: unknown): boolean => (found as { readonly name: string }).name === 'bindComplete';

  /** The driver's parser, which takes its input from what looks like a stream. */
  function driverInput(onMessage: (found: unknown) => void): (part: Buffer) => void {
    let feed: (part: Buffer) => void = () => undefined;
    const stream = { on: (event: string, listener: typeof feed) => void (event === 'data' && (feed = listener)) };
    void parse(stream as never, (found) => onMessage({ ...found }));
    return feed;
  }

  function feedDriver(onMessage: (found: unknown) => void): (parts: readonly Buffer[]) => void {
    const feed = driverInput(onMessage);
    return (parts) => parts.forEach((part) => feed(Buffer.from(part)));
  }
});

/** What PostgreSQL does with a key of its own: says yes to the client's wish for TLS, and goes on inside. */
async function startEncryptingProxy(url: string): Promise<{ url: string; encrypted(): number; close(): Promise<void> }> {
  // A key for this test alone.
  const pem = readFileSync(fileURLToPath(new URL('fixtures/localhost.pem', import.meta.url)));
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let encrypted = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.once('data', () => {
      client.write('S');
      const inside = new TLSSocket(client, { isServer: true, key: pem, cert: pem });
      inside.on('error', () => undefined);
      inside.once('secure', () => (encrypted += 1));
      inside.pipe(upstream).pipe(inside);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = new URL(url);
  here.hostname = '127.0.0.1';
  here.port = String((server.address() as AddressInfo).port);
  here.searchParams.set('sslmode', 'no-verify');
  return {
    url: here.toString(),
    encrypted: () => encrypted,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
