import { EventEmitter, once } from 'node:events';
import type pg from 'pg';
import { Connections, type ConnectionsOptions, type PooledClient } from '../src/database/connections.js';

/** What `pg` would open: tells when it is released, and how. */
class FakeClient extends EventEmitter {
  isReleased = false;

  constructor(
    readonly number: number,
    private readonly onRelease: () => void,
  ) {
    super();
    this.on('error', () => undefined);
  }

  release(): void {
    if (this.isReleased) throw new Error('Release called on client which has already been released to the pool.');
    this.isReleased = true;
    this.onRelease();
    this.emit('released');
  }
}

const defaults = { max: 2, waitMillis: 60_000, idleMillis: 60_000, answerMillis: 0 };
const made: Connections[] = [];

afterEach(() => {
  for (const connections of made.splice(0)) connections.close();
});

interface Setup {
  readonly connections: Connections;
  /** All that were opened. */
  readonly clients: FakeClient[];
  readonly lost: unknown[];
}

function setUp(options: Partial<ConnectionsOptions> = {}): Setup {
  const clients: FakeClient[] = [];
  const lost: unknown[] = [];
  let count = 0;
  const connections: Connections = new Connections({
    ...defaults,
    open: async () => {
      count += 1;
      const client = new FakeClient(clients.length, () => {
        count -= 1;
        // As `pg` tells of it: when the connection has ended.
        queueMicrotask(() => connections.openForWaiting());
      });
      clients.push(client);
      return client as unknown as pg.PoolClient;
    },
    count: () => count,
    onIdleLost: (error) => lost.push(error),
    ...options,
  });
  made.push(connections);
  return { connections, clients, lost };
}

const numberOf = ({ client }: PooledClient): number => (client as unknown as FakeClient).number;

describe('a connection', () => {
  test('is one caller’s until it is given back, and the one that was given back last is the next', async () => {
    const { connections, clients } = setUp();
    const [first, second] = await Promise.all([connections.acquire(), connections.acquire()]);
    expect(connections.take()).toBeUndefined();

    connections.giveBack(first, true);
    connections.giveBack(second, true);

    expect(connections.take()).toBe(second);
    expect(await connections.acquire()).toBe(first);
    expect(connections.take()).toBeUndefined();
    expect(clients).toHaveLength(2);
  });

  test('is not given back twice, and so never handed to two', async () => {
    const { connections } = setUp();
    const pooled = await connections.acquire();
    connections.giveBack(pooled, true);

    expect(() => connections.giveBack(pooled, true)).toThrow('given back before');

    expect(connections.take()).toBe(pooled);
    expect(connections.take()).toBeUndefined();
  });

  test('that is not usable, or was lost in use, is closed and replaced', async () => {
    const { connections, clients, lost } = setUp({ max: 1 });
    const broken = await connections.acquire();
    connections.giveBack(broken, false);
    const failing = await connections.acquire();
    clients[1]?.emit('error', new Error('gone'));
    connections.giveBack(failing, true);
    const last = await connections.acquire();

    expect(clients.map(({ isReleased }) => isReleased)).toEqual([true, true, false]);
    expect(numberOf(last)).toBe(2);
    // Its own statement tells of the one in use.
    expect(lost).toEqual([]);
  });

  test.each(['error', 'end'])('whose %s comes while nobody has it is closed, told of, and never handed out', async (event) => {
    const { connections, clients, lost } = setUp();
    const [first, second] = await Promise.all([connections.acquire(), connections.acquire()]);
    connections.giveBack(first, true);
    connections.giveBack(second, true);
    const reason = event === 'error' ? new Error('terminated') : undefined;

    clients[1]?.emit(event, reason);
    // What follows an error is its end.
    clients[1]?.emit('end');

    expect(lost).toEqual([reason]);
    expect(clients.map(({ isReleased }) => isReleased)).toEqual([false, true]);
    expect(connections.take()).toBe(first);
    expect(numberOf(await connections.acquire())).toBe(2);
  });

  test('that is idle for too long is closed, and one that is used is not', async () => {
    const { connections, clients } = setUp({ idleMillis: 5 });
    const [used, idle] = await Promise.all([connections.acquire(), connections.acquire()]);
    const closed = once(clients[1] as FakeClient, 'released');

    connections.giveBack(idle, true);
    await closed;

    expect(clients.map(({ isReleased }) => isReleased)).toEqual([false, true]);
    const closedToo = once(clients[0] as FakeClient, 'released');
    connections.giveBack(used, true);
    await closedToo;
    expect(connections.take()).toBeUndefined();
  });
});

describe('those who wait', () => {
  test('are served in their order, by what is given back and by what takes the place of a broken one', async () => {
    const { connections, clients } = setUp();
    const [first, second] = await Promise.all([connections.acquire(), connections.acquire()]);
    const served: string[] = [];
    const waiting = ['a', 'b', 'c'].map(async (name) => {
      const pooled = await connections.acquire();
      served.push(`${name} ${numberOf(pooled)}`);
      return pooled;
    });

    connections.giveBack(second, true);
    connections.giveBack(first, false);
    const a = await waiting[0];
    await waiting[1];
    if (a) connections.giveBack(a, true);
    await waiting[2];

    expect(served).toEqual(['a 1', 'b 2', 'c 1']);
    expect(clients).toHaveLength(3);
  });

  test('are refused when their time is over, and the others served on', async () => {
    const { connections } = setUp({ max: 1, waitMillis: 5 });
    const pooled = await connections.acquire();

    const refused = await Promise.allSettled([connections.acquire(), connections.acquire()]);
    const reason = new Error('No connection became free in time.');
    expect(refused).toEqual([{ status: 'rejected', reason }, { status: 'rejected', reason }]);
    const last = connections.acquire();
    connections.giveBack(pooled, true);

    expect(await last).toBe(pooled);
  });

  test('never make more connections than there may be', async () => {
    const { connections, clients } = setUp({ max: 3 });
    let inUse = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 50 }, async (_unused, index) => {
        const pooled = await connections.acquire();
        inUse += 1;
        most = Math.max(most, inUse);
        await Promise.resolve();
        inUse -= 1;
        connections.giveBack(pooled, index % 7 > 0);
      }),
    );

    expect(most).toBe(3);
    // One of seven was broken.
    expect(clients.filter(({ isReleased }) => isReleased)).toHaveLength(8);
  });

  test('fail with the opening of their own connection, and with nobody else’s', async () => {
    const openings: { succeed(): void; fail(): void }[] = [];
    let count = 0;
    const { connections } = setUp({
      count: () => count,
      open: () => {
        count += 1;
        return new Promise((resolve, reject) => {
          openings.push({
            succeed: () => resolve(new FakeClient(openings.length, () => (count -= 1)) as unknown as pg.PoolClient),
            fail: () => {
              count -= 1;
              reject(new Error('nobody is let in'));
            },
          });
        });
      },
    });
    const [first, second, third] = [connections.acquire(), connections.acquire(), connections.acquire()];
    expect(openings).toHaveLength(2);

    // What was opened for the second comes first, and is the first's; what was opened for the first fails then.
    openings[1]?.succeed();
    await first;
    openings[0]?.fail();
    await new Promise((resolve) => setImmediate(resolve));
    expect(openings).toHaveLength(3);
    openings[2]?.fail();

    await expect(second).rejects.toThrow('nobody is let in');
    connections.giveBack(await first, true);
    expect(await third).toBe(await first);
  });
});

describe('the end', () => {
  test('closes what is idle, and the rest when it is given back; nobody gets one any more', async () => {
    const { connections, clients } = setUp();
    const [idle, used] = await Promise.all([connections.acquire(), connections.acquire()]);
    connections.giveBack(idle, true);

    connections.close();

    expect(clients.map(({ isReleased }) => isReleased)).toEqual([true, false]);
    expect(connections.take()).toBeUndefined();
    await expect(connections.acquire()).rejects.toThrow('closed');
    connections.giveBack(used, true);
    expect(clients.map(({ isReleased }) => isReleased)).toEqual([true, true]);
  });

  test('refuses those who wait, and closes what was being opened', async () => {
    const { connections, clients } = setUp({ max: 1 });
    const refused = expect(Promise.allSettled([connections.acquire(), connections.acquire()])).resolves.toMatchObject([
      { reason: new Error('The pool was closed.') },
      { reason: new Error('The pool was closed.') },
    ]);

    connections.close();

    await refused;
    expect(clients.map(({ isReleased }) => isReleased)).toEqual([true]);
  });
});
