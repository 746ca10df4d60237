import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Kind, RecordsByKind } from './records.js';

/** All records of the double, in memory, and in a file where one is named. */
export interface Store {
  /** Null where there is none. */
  get<K extends Kind>(kind: K, id: string): RecordsByKind[K] | null;
  /** Puts a record in the place of the one with its id, or adds it. Returns it. */
  put<K extends Kind>(kind: K, record: RecordsByKind[K]): RecordsByKind[K];
  remove(kind: Kind, id: string): void;
  /** In the order in which they were added. */
  list<K extends Kind>(kind: K): readonly RecordsByKind[K][];
  /** Changes all or nothing: what `work` throws is thrown on, with everything as it was. May be nested; not for promises. */
  transact<Result>(work: () => Result): Result;
  /** By how many seconds the double's clock is ahead of the real one. */
  clockOffset(): number;
  setClockOffset(seconds: number): void;
  /** Writes the file, where one is named: wholly or not at all. */
  save(): void;
}

const kinds: readonly Kind[] = [
  'customer', 'payment_method', 'product', 'price', 'subscription', 'subscription_schedule', 'invoice', 'invoiceitem',
  'payment_intent', 'charge', 'refund', 'dispute', 'checkout.session', 'billing_portal.session', 'event', 'kept_answer',
];

interface SavedState {
  readonly format: 1;
  readonly clockOffset: number;
  readonly records: Readonly<Partial<Record<Kind, readonly { readonly id: string }[]>>>;
}

/** @throws Error where the file cannot be read, or is none of the double's. */
export function createStore(stateFile: string | null): Store {
  const saved = stateFile === null ? null : readState(stateFile);
  const maps = new Map<Kind, Map<string, { readonly id: string }>>(
    kinds.map((kind) => [kind, new Map((saved?.records[kind] ?? []).map((record) => [record.id, record]))]),
  );
  let clockOffset = saved?.clockOffset ?? 0;
  const mapOf = <K extends Kind>(kind: K) => maps.get(kind) as Map<string, RecordsByKind[K]>;

  return {
    get: (kind, id) => mapOf(kind).get(id) ?? null,
    put(kind, record) {
      mapOf(kind).set(record.id, record);
      return record;
    },
    remove: (kind, id) => void mapOf(kind).delete(id),
    list: (kind) => [...mapOf(kind).values()],
    transact(work) {
      const before = new Map([...maps].map(([kind, map]) => [kind, new Map(map)]));
      try {
        return work();
      } catch (error) {
        for (const [kind, map] of before) maps.set(kind, map);
        throw error;
      }
    },
    clockOffset: () => clockOffset,
    setClockOffset: (seconds) => void (clockOffset = seconds),
    save() {
      if (stateFile === null) return;
      const records = Object.fromEntries([...maps].map(([kind, map]) => [kind, [...map.values()]]));
      const state: SavedState = { format: 1, clockOffset, records };
      mkdirSync(dirname(stateFile), { recursive: true });
      const draft = `${stateFile}.${process.pid}.new`;
      writeFileSync(draft, JSON.stringify(state), { mode: 0o600 });
      renameSync(draft, stateFile);
    },
  };
}

function readState(path: string): SavedState | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const state = parse(text);
  if (state?.format !== 1) throw new Error(`${path} holds no state of the Stripe double. Move it away to begin anew.`);
  return state;
}

function parse(text: string): SavedState | null {
  try {
    return JSON.parse(text) as SavedState | null;
  } catch {
    return null;
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** An id as Stripe makes them: `cus_` and letters. */
export function newId(prefix: string, length = 24): string {
  return prefix + Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
}
