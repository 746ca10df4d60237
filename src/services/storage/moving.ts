import type { Databases } from '../../database/database.js';
import { keyOfVersion, renderFolder } from '../../domain/storage-keys.js';
import * as assets from '../../repositories/assets.js';
import { listPictureKeys, type NewKeys, type PictureKeys, setPictureKeys } from '../../repositories/picture-keys.js';
import type { Storage } from '../../storage/storage.js';

/** Six copies take seconds. What was begun an hour ago was left by a process that is gone. */
const abandonedAfterMs = 60 * 60 * 1_000;

/** What came of a move. */
export type MoveOutcome =
  | { readonly outcome: 'moved'; readonly keys: readonly string[] }
  /** There is no such render, or its account was deleted; its pictures are under shared keys; it was changed meanwhile. */
  | { readonly outcome: 'none' | 'not its own' | 'changed' };

/**
 * Moves a render's pictures to the next version of their keys, so that no address which was given out leads to them any
 * more. A move is a copy, the record of it, and a mark on the old: records of the copies are written first, due in an hour;
 * then the bytes are copied; then, in one transaction, the variants name the copies, these are adopted, and the old ones
 * fall due. Whatever ends it on the way leaves the render as it was, and records that fall due.
 */
export function createPictureMoves({
  databases,
  storage,
  now,
}: {
  databases: Databases;
  storage: Pick<Storage, 'copy'>;
  now: () => Date;
}) {
  const db = () => databases.service({ kind: 'system' });

  function nextKeys(renderId: string, picture: PictureKeys): NewKeys | null {
    const { ownerId, idx, imagePath, thumbPath } = picture;
    const folder = renderFolder(ownerId, renderId);
    if (!imagePath.startsWith(folder) || !thumbPath.startsWith(folder)) return null;
    const version = picture.version + 1;
    const [image, thumb] = [keyOfVersion(imagePath, version), keyOfVersion(thumbPath, version)];
    if (image === null || thumb === null) return null;
    return { idx, from: { imagePath, thumbPath }, to: { imagePath: image, thumbPath: thumb, version } };
  }

  return {
    /**
     * @throws StoredObjectMissing where a picture's bytes are gone.
     * @throws StorageUnavailable and DatabaseUnavailable, with the render as it was.
     */
    async movePictures(renderId: string): Promise<MoveOutcome> {
      const pictures = await listPictureKeys(db(), renderId);
      const ownerId = pictures[0]?.ownerId;
      if (ownerId === undefined) return { outcome: 'none' };
      const moves = pictures.flatMap((picture) => nextKeys(renderId, picture) ?? []);
      if (moves.length !== pictures.length) return { outcome: 'not its own' };
      const announced = moves.flatMap(({ to }, index): assets.NewAsset[] => {
        const { contentType, byteSize } = pictures[index] as PictureKeys;
        return [
          { path: to.imagePath, ownerId, kind: 'output', byteSize, contentType },
          // What it weighs is not known before it is copied.
          { path: to.thumbPath, ownerId, kind: 'thumbnail', byteSize: 0, contentType },
        ];
      });
      await assets.announceAssets(db(), announced, new Date(now().getTime() + abandonedAfterMs));
      let isMoved = false;
      try {
        const made: assets.NewAsset[] = [];
        for (const { from, to } of moves) {
          const image = await storage.copy(from.imagePath, to.imagePath);
          const thumb = await storage.copy(from.thumbPath, to.thumbPath);
          made.push({ path: to.imagePath, ownerId, kind: 'output', byteSize: image.byteSize, contentType: image.contentType });
          made.push({ path: to.thumbPath, ownerId, kind: 'thumbnail', byteSize: thumb.byteSize, contentType: thumb.contentType });
        }
        isMoved = await db().transaction(async (tx) => {
          if ((await setPictureKeys(tx, { ownerId, renderId }, moves)) !== moves.length) throw new Changed();
          const at = now();
          if ((await assets.adoptAssets(tx, made, { now: at })) !== made.length) throw new Changed();
          await assets.markAssets(tx, ownerId, moves.flatMap(({ from }) => [from.imagePath, from.thumbPath]), at);
          return true;
        });
      } catch (error) {
        if (error instanceof Changed) return { outcome: 'changed' };
        throw error;
      } finally {
        // What was begun is due at once. Where even that cannot be written, it is due in an hour.
        if (!isMoved) await assets.renounceAssets(db(), announced, now()).catch(() => undefined);
      }
      return { outcome: 'moved', keys: announced.map(({ path }) => path) };
    },
  };
}

/** Undoes the transaction. */
class Changed extends Error {
  override readonly name = 'Changed';
}
