import { addAbortSignal } from 'node:stream';
import type { Databases, Sql } from '../../database/database.js';
import { DatabaseUnavailable } from '../../database/errors.js';
import { isUuid, parseGlobalId } from '../../domain/global-id.js';
import { isKeyOfOthers } from '../../domain/storage-keys.js';
import * as accounts from '../../repositories/account-export.js';
import { InvalidStorageKey } from '../../storage/errors.js';
import type { Storage } from '../../storage/storage.js';
import { exportKinds, picturesOf, recordOf } from './export/records.js';
import type { ExportPicture, ExportRecord, ExportSink } from './export/sink.js';

/** What an export came to. */
export interface ExportReport {
  /** Records of each kind. */
  readonly counts: Readonly<Record<accounts.ExportKind, number>>;
  /** When the person's data was erased; null where it was not. An erased account has what had to stay. */
  readonly erasedAt: Date | null;
  /** Pictures whose bytes the sink took. */
  readonly pictures: number;
  /** Pictures that the store does not have: lost, or deleted since the records were read. */
  readonly missingPictures: number;
}

export interface ExportOptions {
  /** Aborted: the export stops, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: 'records' | 'pictures', done: number, total: number) => void;
}

/** Pictures that are read at a time: enough to hide what each costs to open, few enough for a store that has users too. */
const picturesAtOnce = 4;

/** All that is read stands as it stood at the transaction's first look. */
const snapshot = { isolation: 'repeatable read', readOnly: true } as const;

export type ExportService = ReturnType<typeof createExportService>;

/** Gives a person all that their account holds. For operators: nothing here asks who the caller is. */
export function createExportService({ databases, storage }: { databases: Databases; storage: Pick<Storage, 'get'> }) {
  const system = () => databases.service({ kind: 'system' });

  return {
    /**
     * The profiles that somebody means by a profile's UUID, its id in the API, or an e-mail, which several may have; at
     * most `limit`, oldest first.
     */
    async findProfiles(text: string, limit: number): Promise<readonly string[]> {
      const asked = text.trim();
      const global = parseGlobalId(asked);
      const id = global?.type === 'Profile' ? global.id : asked.toLowerCase();
      if (isUuid(id)) return accounts.listProfilesById(system(), id);
      // No text with a NUL reaches PostgreSQL, and no e-mail has one.
      return asked === '' || asked.includes('\0') ? [] : accounts.listProfilesByEmail(system(), asked, limit);
    },

    /**
     * Hands a sink all that an account holds: first the records, as they stood at one instant, then the pictures that
     * those name, one by one. Keeps a batch of rows and a few open pictures, whatever the account's size. The snapshot is
     * let go of before the first picture, because it holds back the database's cleaning for as long as it lasts.
     *
     * @throws DatabaseUnavailable, what the store or the sink throws, and the signal's reason. What the sink has by then
     * is not the whole, and is the sink's to throw away.
     */
    async exportAccount(ownerId: string, sink: ExportSink, { signal, onProgress }: ExportOptions = {}): Promise<ExportReport> {
      const counts = {} as Record<accounts.ExportKind, number>;
      let erasedAt: Date | null = null;
      let remembered = 0;

      await databases.service({ kind: 'viewer', id: ownerId }).transaction(once(readRecords), snapshot);
      const missingPictures = await copyPictures();
      return { counts, erasedAt, pictures: remembered - missingPictures, missingPictures };

      async function readRecords(tx: Sql): Promise<void> {
        const total = await countRecords(tx);
        let done = 0;
        onProgress?.('records', 0, total);
        for (const kind of exportKinds) {
          counts[kind] = 0;
          await sink.records(kind, []);
          await inScopeOf(kind, tx, async (reader) => {
            for await (const rows of accounts.readRows(reader, kind, ownerId)) {
              signal?.throwIfAborted();
              await take(kind, rows);
              counts[kind] += rows.length;
              done += rows.length;
              onProgress?.('records', done, total);
            }
          });
        }
      }

      async function take(kind: accounts.ExportKind, rows: readonly accounts.ExportRow[]): Promise<void> {
        if (kind === 'profile') erasedAt = (rows[0]?.['erasedAt'] ?? null) as Date | null;
        const records: ExportRecord[] = rows.map((row) => recordOf(kind, row));
        const pictures = rows.flatMap((row) => picturesOf(kind, row));
        remembered += pictures.length;
        await sink.records(kind, records);
        if (pictures.length > 0) await sink.remember(pictures);
      }

      async function countRecords(tx: Sql): Promise<number> {
        let total = 0;
        for (const kind of exportKinds) {
          await inScopeOf(kind, tx, async (reader) => {
            total += await accounts.countRows(reader, kind, ownerId);
          });
        }
        return total;
      }

      async function copyPictures(): Promise<number> {
        const waiting = sink.remembered()[Symbol.asyncIterator]();
        const failures: unknown[] = [];
        let missing = 0;
        let done = 0;
        onProgress?.('pictures', 0, remembered);
        const copy = async (): Promise<void> => {
          for (let next = await waiting.next(); !next.done && failures.length === 0; next = await waiting.next()) {
            signal?.throwIfAborted();
            const body = await open(next.value);
            if (body === null) missing += 1;
            // A store that hangs does not hold up whoever wants to stop.
            else if (signal) addAbortSignal(signal, body);
            await sink.picture(next.value, body);
            done += 1;
            onProgress?.('pictures', done, remembered);
          }
        };
        // All are waited for, so that none works on when this rejects.
        await Promise.all(Array.from({ length: picturesAtOnce }, () => copy().catch((error: unknown) => failures.push(error))));
        await waiting.return?.();
        if (failures.length > 0) throw failures[0];
        return missing;
      }

      /** Null for what is not in the store, and for what cannot be this person's or cannot be in a store. */
      async function open({ key }: ExportPicture) {
        if (isKeyOfOthers(key, ownerId)) return null;
        try {
          const body = (await storage.get(key))?.body ?? null;
          // It may fail before the sink listens to it, and an error that nobody hears ends the process.
          body?.on('error', () => undefined);
          return body;
        } catch (error) {
          if (error instanceof InvalidStorageKey) return null;
          throw error;
        }
      }
    },
  };

  /**
   * Runs the reading of a kind in the scope that sees it: the person's, so that the policies are a second line behind the
   * statements' own conditions. Decisions about accounts are seen by no person's scope; they are read beside it, in the
   * same snapshot.
   */
  async function inScopeOf(kind: accounts.ExportKind, tx: Sql, read: (reader: Sql) => Promise<void>): Promise<void> {
    if (kind !== 'statusChanges') return read(tx);
    const name = await accounts.shareSnapshot(tx);
    await system().transaction(
      once(async (beside) => {
        await accounts.takeSnapshot(beside, name);
        await read(beside);
      }),
      snapshot,
    );
  }
}

/** A transaction that is broken off is run anew; what a sink has taken cannot be taken back, and so the export ends. */
function once(work: (tx: Sql) => Promise<void>): (tx: Sql) => Promise<void> {
  let begun = false;
  return async (tx) => {
    if (begun) throw new DatabaseUnavailable('The database broke the reading off; export again.');
    begun = true;
    await work(tx);
  };
}
