import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Alone } from '../../../src/services/uploads/completion.js';
import type { Storage } from '../../../src/storage/storage.js';
import { createTestApp, type TestApp } from '../app.js';
import { createSeed, type Seed } from '../seed.js';

/** A gateway whose clock is the test's, with a store that remembers what it was given. */
export interface Stage {
  readonly app: TestApp;
  readonly seed: Seed;
  readonly clock: { now: Date };
  readonly storage: Storage;
  /** What was last stored under each key. */
  readonly given: Map<string, Buffer>;
  /** What is in the store now, by key. */
  contents(): Promise<Map<string, Buffer>>;
  readonly alone: Alone;
  /** Takes away what a play has left, but the jobs and the people, which nobody can. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const clock = { now: new Date() };
  const app = await createTestApp({ now: () => clock.now, comparesExecutions: false });
  const seed = oneAfterTheOther(await createSeed(app));
  const store = app.app.storage;
  const given = new Map<string, Buffer>();
  const storage: Storage = {
    ...store,
    async put(key, body, options) {
      given.set(key, Buffer.isBuffer(body) ? body : await buffer(body));
      return store.put(key, given.get(key) as Buffer, options);
    },
    async copy(from, to) {
      const copied = await store.copy(from, to);
      given.set(to, given.get(from) as Buffer);
      return copied;
    },
  };
  const held = new Set<string>();
  return {
    app,
    seed,
    clock,
    storage,
    given,
    async contents() {
      const found = new Map<string, Buffer>();
      for await (const { key } of store.list('')) {
        const object = await store.get(key);
        if (object) found.set(key, await buffer(object.body));
      }
      return found;
    },
    async alone(name, work) {
      if (held.has(name)) return null;
      held.add(name);
      try {
        return await work(new AbortController().signal);
      } finally {
        held.delete(name);
      }
    },
    async clear() {
      for (const table of ['community_items', 'community_collections', 'renders', 'uploads', 'assets']) await seed.sql(`delete from ${table}`);
      await seed.sql(`update generation_jobs set status = 'canceled' where status in ('starting', 'processing')`);
      // No play has to do with the accounts of an earlier one.
      await seed.sql('update profiles set erasure_completed_at = erased_at where erased_at is not null');
      const keys: string[] = [];
      for await (const { key } of store.list('')) keys.push(key);
      await store.delete(keys);
      given.clear();
    },
    async close() {
      await seed.close();
      await app.close();
    },
  };
}

/** Whatever happens at once: a connection takes one statement at a time. */
function oneAfterTheOther(seed: Seed): Seed {
  let line: Promise<unknown> = Promise.resolve();
  return {
    ...seed,
    sql(...asked: Parameters<Seed['sql']>) {
      const answer = line.then(() => seed.sql(...asked));
      line = answer.catch(() => undefined);
      return answer as Promise<never>;
    },
  };
}

/** A person who can do things. */
export async function person({ seed }: Stage, role: 'admin' | 'user'): Promise<string> {
  const id = randomUUID();
  await seed.sql('insert into profiles (id, role) values ($1, $2)', [id, role]);
  return id;
}
