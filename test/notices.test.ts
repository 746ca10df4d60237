import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { createNoticeListener, type NoticeListener } from '../src/database/notices.js';
import { createTestDatabase, refuseConnections, type TestDatabase } from './support/database.js';
import { startWireProxy } from './support/wire-proxy.js';

let database: TestDatabase;
let superuser: pg.Client;
const listeners: NoticeListener[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  superuser = new pg.Client({ connectionString: database.urls.superuser });
  await superuser.connect();
});
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close())));
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

/** A listener with what it told, event by event. */
function createListener(url = database.urls.gateway) {
  const told: string[] = [];
  const logged: string[] = [];
  const waiting: { event: string; resolve: () => void }[] = [];
  const reach = (event: string) => waiting.filter((waiter) => waiter.event === event).forEach(({ resolve }) => resolve());
  const tell = (event: string) => {
    told.push(event);
    reach(event);
  };
  const log = (level: string) => (fields: object, message: string) => {
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
    reach(level);
  };
  const listener = createNoticeListener({
    url,
    channels: ['changes', 'more changes'],
    onNotice: (payload, channel) => tell(channel === 'changes' ? `notice ${payload}` : `${channel}: ${payload}`),
    onUp: () => tell('up'),
    onDown: () => tell('down'),
    log: { debug: log('debug'), warn: log('warn') },
    timing: { probeMillis: 50, answerMillis: 300, firstPauseMillis: 10, maxPauseMillis: 50 },
  });
  listeners.push(listener);
  const next = (event: string) => new Promise<void>((resolve) => waiting.push({ event, resolve }));
  return { listener, told, logged, next };
}

const notify = (payload: string, channel = 'changes') => superuser.query('select pg_notify($1, $2)', [channel, payload]);

async function listeningBackends(): Promise<number[]> {
  const { rows } = await superuser.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and application_name = 'roomfeed notices'",
  );
  return rows.map(({ pid }) => pid);
}

describe('the listener for notices', () => {
  it('hears what is committed, in that order, once it is up', async () => {
    const { listener, told, next } = createListener();
    await listener.start(5_000);
    const last = next('notice last');

    await superuser.query('begin');
    await notify('first');
    await notify('nobody hears of this one', 'elsewhere');
    await superuser.query('commit');
    await superuser.query('begin');
    await notify('rolled back');
    await superuser.query('rollback');
    await notify('second', 'more changes');
    await notify('last');
    await last;

    expect(told).toEqual(['up', 'notice first', 'more changes: second', 'notice last']);
  });

  it('says at once that its connection is lost, and comes back on another', async () => {
    const { listener, told, next } = createListener();
    await listener.start(5_000);
    const before = await listeningBackends();
    const up = next('up');

    await superuser.query('select pg_terminate_backend($1)', [before[0]]);
    await up;
    const heard = next('notice again');
    await notify('again');
    await heard;

    expect(told).toEqual(['up', 'down', 'up', 'notice again']);
    expect(await listeningBackends()).not.toEqual(before);
  });

  it('notices a network that fell silent, and goes on trying', async () => {
    const proxy = await startWireProxy(database.urls.gateway);
    try {
      const { listener, told, logged, next } = createListener(proxy.url);
      await listener.start(5_000);
      const down = next('down');
      const warned = next('warn');

      proxy.silence();
      await down;
      await warned;
      await next('debug');
      await listener.close();

      expect(told).toEqual(['up', 'down']);
      expect(proxy.connections()).toBeGreaterThan(1);
      expect(logged.join('\n')).toMatch(/warn notices of the database do not arrive[^]*debug .* still do not arrive/);
      expect(logged.join('\n')).not.toContain(new URL(proxy.url).password);
    } finally {
      await proxy.close();
    }
  });

  it('holds nobody up where there is no database, and is up when there is one', async () => {
    const { listener, told, next } = createListener();
    const admitting = await refuseConnections(database);
    await listener.start(30);
    expect(told).toEqual([]);

    const up = next('up');
    await admitting();
    await up;
    expect(told).toEqual(['up']);
  });

  it('can be closed while it connects, while it pauses, twice, and before it began', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const connecting = createListener(`postgresql://nobody:secret@127.0.0.1:${port}/nothing`);
    const connected = once(mute, 'connection');
    const starting = connecting.listener.start(60_000);
    await connected;
    await connecting.listener.close();
    await starting;
    await connecting.listener.close();
    sockets.forEach((socket) => socket.destroy());
    mute.close();
    await once(mute, 'close');

    const refused = createListener(`postgresql://nobody:secret@127.0.0.1:${port}/nothing`);
    await refused.listener.start(50);
    await refused.listener.close();

    const { listener, told } = createListener();
    await listener.close();
    await listener.start(1_000);

    expect([connecting.told, refused.told, told]).toEqual([[], [], []]);
    expect(refused.logged.length).toBeGreaterThan(0);
  });

  it('leaves no connection behind', async () => {
    const { listener, told } = createListener();
    await listener.start(5_000);
    expect(await listeningBackends()).toHaveLength(1);

    await listener.close();

    expect(told).toEqual(['up', 'down']);
    // The server learns of it a moment later.
    while ((await listeningBackends()).length > 0);
  });
});
