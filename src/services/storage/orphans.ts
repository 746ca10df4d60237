import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { eachAtOnce } from '../../domain/at-once.js';
import { incomingFolder, type KeptPicture, pictureOfKey } from '../../domain/storage-keys.js';
import * as assets from '../../repositories/assets.js';
import * as orphans from '../../repositories/orphans.js';
import type { ListedObject, Storage } from '../../storage/storage.js';
import { toleranceMs } from '../uploads/sweeping.js';
import { nothingFound, type OrphanSweep, type SweepOptions, type SweepReport } from './orphans/report.js';

const hour = 60 * 60 * 1_000;
const day = 24 * hour;

/** Keys, or rows, a statement. Where there are orphans among them, the pictures of every variant and look are read for each. */
const batchSize = 2_000;

/** Objects that the store is asked for at once. */
const looksAtOnce = 16;

/** Whoever sweeps without anybody who looks does not remove more than so much that is on no record. */
const unattended = { mostOrphans: 100, mostOfAll: 0.1 };

/** Why a record without a reference is an orphan. */
const reasons = { input: 'photo_unused', output: 'render_gone', thumbnail: 'render_gone', community: 'look_gone' } as const;

/**
 * Finds what storage holds and nothing needs. What is on record is marked, with a grace; what is on no record is written
 * down as due. Nothing is deleted here: the removal does it, which looks once more under a lock (removal.ts).
 *
 * - A photo that no live render and no unfinished job uses is kept for `retention.unusedInputDays`.
 * - A picture whose variant or look is gone is kept for `retention.orphanGraceHours`. Whoever deletes one marks its
 *   pictures in the same transaction, so there should be none.
 * - Bytes on no record are kept until they are `retention.orphanGraceHours` old. Whoever stores bytes writes their record
 *   first, so there should be none either: somebody has put them there, or taken the record away.
 *
 * Some things are never touched: keys that name no row of ours, as those of a seed's sample pictures; keys of accounts that
 * this database does not know, which another gateway with the same store may have; and what is referred to without a
 * record, which is told of.
 */
export function createOrphanSweep({
  databases,
  storage,
  runtime,
  now,
}: {
  databases: Databases;
  storage: Pick<Storage, 'list' | 'stat'>;
  runtime: RuntimeConfiguration;
  now: () => Date;
}): OrphanSweep {
  const graceMs = runtime.retention.orphanGraceHours * hour;
  const db = () => databases.service({ kind: 'system' });

  /** Those of these pictures that nothing refers to, by what their keys say and by what any row says. */
  async function unreferred<Picture extends KeptPicture & { readonly path: string }>(pictures: readonly Picture[]): Promise<Picture[]> {
    if (pictures.length === 0) return [];
    const referred = await assets.listReferredAssets(db(), pictures);
    const left = pictures.filter(({ path }) => !referred.has(path));
    // A photo is its owner's jobs' alone. A picture may be shared by a row that its key does not name.
    const shareable = left.filter(({ kind }) => kind !== 'input').map(({ path }) => path);
    if (shareable.length === 0) return left;
    const named = await orphans.listNamedPictures(db(), shareable);
    return left.filter(({ path }) => !named.has(path));
  }

  /** Marks the records that nothing refers to. */
  async function sweepRecords({ apply, signal, onOrphan, onProgress }: SweepOptions, report: SweepReport): Promise<void> {
    const at = now().getTime();
    const total = await orphans.countAssets(db());
    const dueAt = (kind: KeptPicture['kind']): Date =>
      new Date(at + (kind === 'input' ? runtime.retention.unusedInputDays * day : graceMs));
    for (let after = ''; ; ) {
      signal?.throwIfAborted();
      const page = await orphans.listUnmarkedAssets(db(), { after, limit: batchSize });
      const found = await unreferred(page.filter(isWhatItsKeySays));
      for (const kind of ['input', 'output', 'thumbnail', 'community'] as const) {
        const alike = found.filter((asset) => asset.kind === kind);
        if (alike.length === 0) continue;
        const paths = alike.map(({ path }) => path);
        const marked = new Set(apply ? await orphans.markOrphans(db(), paths, dueAt(kind)) : paths);
        for (const { path: key, byteSize, ownerId } of alike) {
          if (marked.has(key)) tell({ key, byteSize, ownerId, reason: reasons[kind], removableAt: dueAt(kind) });
        }
      }
      report.records += page.length;
      onProgress?.('records', report.records, Math.max(total, report.records));
      if (page.length < batchSize) return;
      after = page.at(-1)?.path ?? '';
    }

    function tell(orphan: Parameters<NonNullable<SweepOptions['onOrphan']>>[0]): void {
      report.orphans[orphan.reason].count += 1;
      report.orphans[orphan.reason].bytes += orphan.byteSize;
      onOrphan?.(orphan);
    }
  }

  /** Writes down, as due, the bytes that are on no record. */
  async function sweepBytes({ apply, signal, onOrphan, onProgress }: SweepOptions, report: SweepReport): Promise<void> {
    const at = now();
    const before = new Date(at.getTime() - graceMs - toleranceMs);
    const total = await orphans.countAssets(db());
    let page: ListedObject[] = [];

    async function look(): Promise<void> {
      const recorded = new Set((await orphans.listRecords(db(), page.map(({ key }) => key))).map(({ path }) => path));
      const unknown = page.filter(({ key }) => !recorded.has(key));
      page = [];
      const found = unknown.flatMap(({ key, lastModified }) => {
        const picture = pictureOfKey(key);
        return picture ? [{ path: key, lastModified, ...picture }] : [];
      });
      report.notOurs += unknown.length - found.length;
      if (found.length === 0) return;
      const owners = await orphans.listAccounts(db(), [...new Set(found.flatMap(({ ownerId }) => ownerId ?? []))]);
      const ours = found.filter(({ ownerId }) => ownerId === null || owners.has(ownerId));
      report.notOurs += found.length - ours.length;
      const left = await unreferred(ours.filter(({ lastModified }) => lastModified < before));
      const strays: assets.NewAsset[] = [];
      await eachAtOnce(left, looksAtOnce, async ({ lastModified: _, ...picture }) => {
        // It may have been removed, or written anew, since it was listed.
        const object = await storage.stat(picture.path);
        if (!object || object.lastModified >= before) return;
        strays.push({ ...picture, byteSize: object.byteSize, contentType: object.contentType });
      });
      strays.sort((a, b) => (a.path < b.path ? -1 : 1));
      const written = new Set(apply ? await orphans.recordOrphans(db(), strays, at) : strays.map(({ path }) => path));
      for (const { path: key, byteSize, ownerId } of strays) {
        if (!written.has(key)) continue;
        report.orphans.not_recorded.count += 1;
        report.orphans.not_recorded.bytes += byteSize;
        onOrphan?.({ key, byteSize, ownerId, reason: 'not_recorded', removableAt: at });
      }
    }

    for await (const object of storage.list('')) {
      signal?.throwIfAborted();
      report.objects += 1;
      // Nobody has looked at those yet; what nobody completes is swept away on its own (uploads/sweeping.ts).
      if (!object.key.startsWith(incomingFolder)) page.push(object);
      if (page.length < batchSize) continue;
      await look();
      onProgress?.('objects', report.objects, Math.max(total, report.objects));
    }
    await look();
    onProgress?.('objects', report.objects, report.objects);
  }

  /** Tells of what is referred to and on no record. It is never mended by taking the reference away. */
  async function findUnrecorded({ signal, onUnrecorded }: SweepOptions, report: SweepReport): Promise<void> {
    for (const by of orphans.referrers) {
      for (let after: string | null = null; ; ) {
        signal?.throwIfAborted();
        const page: Awaited<ReturnType<typeof orphans.listUnrecordedReferences>> = await orphans.listUnrecordedReferences(db(), by, {
          after,
          limit: batchSize,
        });
        report.unrecorded += page.missing.length;
        for (const { path: key, ownerId, of } of page.missing) onUnrecorded?.({ key, by, of, ownerId });
        if (page.last === null) break;
        after = page.last;
      }
    }
  }

  async function sweep(options: SweepOptions): Promise<SweepReport> {
    const report = nothingFound();
    await sweepRecords(options, report);
    await sweepBytes(options, report);
    await findUnrecorded(options, report);
    return report;
  }

  return {
    sweep,

    async sweepUnattended(signal) {
      const found = await sweep({ apply: false, signal });
      const { count } = found.orphans.not_recorded;
      if (count > unattended.mostOrphans && count > unattended.mostOfAll * found.objects) return { ...found, isHeld: true };
      return { ...(await sweep({ apply: true, signal })), isHeld: false };
    },
  };
}

/** Otherwise nothing says what it belongs to: it may be shared, as a seed's sample pictures are. */
function isWhatItsKeySays({ path, kind, ownerId }: orphans.RecordedAsset): boolean {
  const picture = pictureOfKey(path);
  const isPictureOfRender = (of: string): boolean => of === 'output' || of === 'thumbnail';
  return (
    picture !== null &&
    picture.ownerId === ownerId &&
    (picture.kind === kind || (isPictureOfRender(picture.kind) && isPictureOfRender(kind)))
  );
}
