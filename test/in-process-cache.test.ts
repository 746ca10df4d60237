import fc from 'fast-check';
import { ownerTopic } from '../src/domain/cache-topics.js';
import type { CacheTopic } from '../src/domain/cache-topics.js';
import type { CacheOutcome, InProcessCache } from '../src/services/cache/in-process-cache.js';
import { createInProcessCache } from '../src/services/cache/in-process-cache.js';
import { freezeAndMeasure } from '../src/services/cache/freeze.js';
import { count } from './support/counts.js';

const anna = ownerTopic('anna');
const bert = ownerTopic('bert');

/** A load that the test lets finish. */
interface HeldLoad {
  finish(value: unknown): void;
  fail(error: Error): void;
}

/** A cache in use, on a clock that the test sets, with what it counted. */
function createCache({ maxBytes = 1_000_000, maxAgeMs = 60_000 } = {}) {
  const clock = { now: 1 };
  const outcomes: CacheOutcome[] = [];
  let held = { entries: 0, bytes: 0 };
  const cache = createInProcessCache({
    maxBytes,
    maxAgeMs,
    now: () => clock.now,
    counts: { read: (_name, outcome) => outcomes.push(outcome), held: (now) => (held = now) },
  });
  cache.resume();
  return { cache, clock, outcomes, held: () => held };
}

const read = <T>(cache: InProcessCache, topic: CacheTopic, key: string, load: () => Promise<T>): Promise<T> =>
  cache.through({ name: 'feed', topic, key: () => key }, load);

function holdLoad(): HeldLoad & { load: () => Promise<unknown> } {
  let settle: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;
  const loading = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { load: () => loading, finish: (value) => settle?.resolve(value), fail: (error) => settle?.reject(error) };
}

const never = () => Promise.reject(new Error('Nothing had to be loaded.'));

describe('the in-process cache', () => {
  it('keeps what was loaded, by name, topic and key', async () => {
    const { cache, outcomes, held } = createCache();

    await read(cache, anna, 'a', async () => 'of Anna');
    await read(cache, bert, 'a', async () => 'of Bert');
    await cache.through({ name: 'usage', topic: anna, key: () => 'a' }, async () => 'usage of Anna');

    expect(await read(cache, anna, 'a', never)).toBe('of Anna');
    expect(await read(cache, bert, 'a', never)).toBe('of Bert');
    expect(await cache.through({ name: 'usage', topic: anna, key: () => 'a' }, never)).toBe('usage of Anna');
    expect(outcomes).toEqual(['miss', 'miss', 'miss', 'hit', 'hit', 'hit']);
    expect(held().entries).toBe(3);
  });

  it('keeps "there is none" as well', async () => {
    const { cache } = createCache();

    await read(cache, anna, 'a', async () => null);

    expect(await read(cache, anna, 'a', never)).toBeNull();
  });

  it('drops what depends on a topic, and nothing else', async () => {
    const { cache, held } = createCache();
    for (const topic of [anna, bert]) {
      await read(cache, topic, 'a', async () => 'old');
      await read(cache, topic, 'b', async () => 'old');
    }

    cache.drop([anna]);

    expect(held().entries).toBe(2);
    expect(await read(cache, anna, 'a', async () => 'new')).toBe('new');
    expect(await read(cache, bert, 'a', never)).toBe('old');
  });

  it('does not keep a value whose load began before a drop, and does not share that load with later readers', async () => {
    const { cache, held } = createCache();
    const straddling = holdLoad();
    const before = read(cache, anna, 'a', straddling.load);
    const alsoBefore = read(cache, anna, 'a', never);

    cache.drop([anna]);
    const after = read(cache, anna, 'a', async () => 'new');
    straddling.finish('old');

    expect(await Promise.all([before, alsoBefore, after])).toEqual(['old', 'old', 'new']);
    expect(await read(cache, anna, 'a', never)).toBe('new');
    expect(held().entries).toBe(1);
  });

  it('shares one load among those who want the same at once, and its error too, which is not kept', async () => {
    const { cache, outcomes } = createCache();
    const held = holdLoad();
    const readers = [read(cache, anna, 'a', held.load), read(cache, anna, 'a', never), read(cache, anna, 'a', never)];

    held.fail(new Error('The database is away.'));

    const answers = await Promise.allSettled(readers);
    expect(answers.map((answer) => answer.status === 'rejected' && (answer.reason as Error).message)).toEqual(
      readers.map(() => 'The database is away.'),
    );
    expect(await read(cache, anna, 'a', async () => 'there')).toBe('there');
    expect(outcomes).toEqual(['miss', 'hit', 'hit', 'miss']);
  });

  it('gives the error of a loader that throws before it returns', async () => {
    const { cache } = createCache();

    const refused = read(cache, anna, 'a', () => {
      throw new Error('Refused.');
    });

    await expect(refused).rejects.toThrow('Refused.');
    expect(cache.topics()).toBe(0);
  });

  it('lets an entry grow as old as it may, from the beginning of its load', async () => {
    const { cache, clock } = createCache({ maxAgeMs: 1_000 });
    const slow = holdLoad();
    const first = read(cache, anna, 'a', slow.load);
    clock.now += 600;
    slow.finish('old');
    await first;

    clock.now += 400;
    expect(await read(cache, anna, 'a', never)).toBe('old');
    clock.now += 1;
    expect(await read(cache, anna, 'a', async () => 'new')).toBe('new');
  });

  it('keeps as many bytes as it may: what was read least recently goes first', async () => {
    const { cache, held } = createCache({ maxBytes: 10_000 });
    const load = async () => 'x'.repeat(500);
    for (let n = 0; n < 100; n++) {
      await read(cache, anna, 'often', load);
      await read(cache, ownerTopic(String(n)), 'a', load);
      expect(held().bytes).toBeLessThanOrEqual(10_000);
    }

    expect(held().entries).toBeGreaterThan(3);
    await read(cache, anna, 'often', never);
    await read(cache, ownerTopic('99'), 'a', never);
    await expect(read(cache, ownerTopic('0'), 'a', never)).rejects.toThrow('Nothing had to be loaded');
  });

  it('does not keep what is larger than the whole cache', async () => {
    const { cache, held } = createCache({ maxBytes: 10_000 });

    expect(await read(cache, anna, 'a', async () => 'x'.repeat(20_000))).toHaveLength(20_000);

    expect(held()).toEqual({ entries: 0, bytes: 0 });
  });

  it('remembers no topic of which it keeps nothing', async () => {
    const { cache, clock } = createCache({ maxBytes: 10_000, maxAgeMs: 1_000 });
    for (let n = 0; n < 1_000; n++) await read(cache, ownerTopic(String(n)), 'a', async () => 'x'.repeat(500));
    expect(cache.topics()).toBeLessThan(10);

    for (let n = 0; n < 1_000; n++) cache.drop([ownerTopic(String(n))]);
    expect(cache.topics()).toBe(0);

    await read(cache, anna, 'a', async () => 'old');
    clock.now += 2_000;
    await read(cache, anna, 'a', async () => Promise.reject(new Error('away'))).catch(() => undefined);
    expect(cache.topics()).toBe(0);
  });

  it('keeps and serves nothing before it hears of changes, and while it does not', async () => {
    const { cache, outcomes, held } = createCache();
    await read(cache, anna, 'a', async () => 'kept');
    const straddling = holdLoad();
    const before = read(cache, anna, 'b', straddling.load);

    cache.pause();
    expect(held()).toEqual({ entries: 0, bytes: 0 });
    expect(await read(cache, anna, 'a', async () => 'now')).toBe('now');
    const held1 = holdLoad();
    const apart = [read(cache, anna, 'b', held1.load), read(cache, anna, 'b', async () => 'now')];
    expect(await apart[1]).toBe('now');
    cache.resume();
    held1.finish('then');
    straddling.finish('then');
    expect(await Promise.all([before, ...apart])).toEqual(['then', 'then', 'now']);

    expect(held().entries).toBe(0);
    expect(await read(cache, anna, 'b', async () => 'new')).toBe('new');
    expect(outcomes).toEqual(['miss', 'miss', 'bypass', 'bypass', 'bypass', 'miss']);

    const fresh = createInProcessCache({ maxBytes: 1_000, maxAgeMs: 1_000, counts: { read() {}, held() {} } });
    await read(fresh, anna, 'a', async () => 'not kept');
    expect(await read(fresh, anna, 'a', async () => 'new')).toBe('new');
  });

  it('freezes what it keeps, so that no reader changes what another one gets', async () => {
    const { cache } = createCache();
    await read(cache, anna, 'a', async () => ({ rows: [{ parts: { covers: [{ width: 1 }] } }] }));

    const value = await read<{ rows: { parts: { covers: { width: number }[] } }[] }>(cache, anna, 'a', never);

    expect(() => (value.rows[0]!.parts.covers[0]!.width = 2)).toThrow(TypeError);
    expect(() => value.rows.push({ parts: { covers: [] } })).toThrow(TypeError);
  });

  it('estimates sizes on the high side of what is stored', () => {
    const row = { id: '0197b000-0000-7000-8000-000000000001', createdAt: new Date(), width: 1024, bytes: Buffer.alloc(100) };

    expect(freezeAndMeasure(row)).toBeGreaterThan(JSON.stringify({ ...row, bytes: 'x'.repeat(100) }).length);
    expect(freezeAndMeasure([row, row])).toBeGreaterThan(2 * freezeAndMeasure(row));
    expect(freezeAndMeasure('x'.repeat(1_000))).toBeGreaterThan(2_000);
  });

  it('never gives a reader a value whose load began before the last drop of its topic', async () => {
    const topics = [anna, bert, 'community'] as const;
    const seen: Record<CacheOutcome, number> = { hit: 0, miss: 0, bypass: 0 };
    const topic = fc.constantFrom(...topics);
    const key = fc.constantFrom('a', 'b');
    const action = fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant('read' as const), topic, key }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), which: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), topic }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'pause' as const, 'resume' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 800 }) }) },
    );

    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
        // 2,500 bytes hold two or three of the entries.
        const { cache, clock, outcomes, held } = createCache({ maxBytes: 2_500, maxAgeMs: 1_000 });
        let step = 0;
        let paused = false;
        const barrier = new Map<CacheTopic, number>(topics.map((name) => [name, -1]));
        const loads: { began: number; topic: CacheTopic; key: string; held: HeldLoad }[] = [];
        const faults: string[] = [];
        const flush = () => new Promise((resolve) => setImmediate(resolve));
        const bar = () => topics.forEach((name) => barrier.set(name, step));

        for (const act of actions) {
          step += 1;
          if (act.do === 'read') {
            const own = { began: step, at: clock.now, topic: act.topic, key: act.key, filler: 'x'.repeat(300) };
            const last = barrier.get(act.topic)!;
            const shareable = loads.some(
              (load) => load.topic === act.topic && load.key === act.key && load.began > last,
            );
            const before = loads.length;
            const wasPaused = paused;
            const { load, ...heldLoad } = holdLoad();
            const answer = read<unknown>(cache, act.topic, act.key, () => {
              loads.push({ ...own, held: { ...heldLoad, finish: () => heldLoad.finish(own) } });
              return load();
            });
            if (shareable && !paused && loads.length > before) faults.push(`step ${own.began} loaded what was being loaded`);
            answer.then(
              (value) => {
                const got = value as typeof own;
                if (got.topic !== own.topic || got.key !== own.key) faults.push(`step ${own.began} got another's value`);
                if (got.began <= last) faults.push(`step ${own.began} got what was loaded before the drop at ${last}`);
                if (wasPaused && got.began !== own.began) faults.push(`step ${own.began} was served while paused`);
                if (got.at < own.at - 1_000 && !shareable) faults.push(`step ${own.began} got what is too old`);
              },
              (error: Error) => error.message === 'away' || faults.push(error.message),
            );
          } else if (act.do === 'finish' || act.do === 'fail') {
            const [load] = loads.length > 0 ? loads.splice(act.which % loads.length, 1) : [];
            if (act.do === 'finish') load?.held.finish(undefined);
            else load?.held.fail(new Error('away'));
          } else if (act.do === 'drop') {
            cache.drop([act.topic]);
            barrier.set(act.topic, step);
          } else if (act.do === 'wait') {
            clock.now += act.ms;
          } else {
            cache[act.do]();
            // What was loaded while it was paused is nobody else's either.
            if (act.do !== 'resume' || paused) bar();
            if (act.do !== 'clear') paused = act.do === 'pause';
          }
          await flush();
          if (held().bytes > 2_500) faults.push(`${held().bytes} bytes at step ${step}`);
        }
        loads.forEach((load) => load.held.finish(undefined));
        await flush();
        cache.clear();

        expect(faults).toEqual([]);
        expect([held(), cache.topics()]).toEqual([{ entries: 0, bytes: 0 }, 0]);
        outcomes.forEach((outcome) => (seen[outcome] += 1));
      }),
      { numRuns: count(500, 20_000) },
    );

    // Otherwise it would have shown nothing.
    expect(Object.values(seen).every((times) => times > 100)).toBe(true);
  }, 120_000);
});
