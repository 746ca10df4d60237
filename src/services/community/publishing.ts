import type { Databases, Sql } from '../../database/database.js';
import { nothing, type Selection } from '../../domain/selection.js';
import { communityItemFolder } from '../../domain/storage-keys.js';
import { InvalidInput, NotFound } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import * as assets from '../../repositories/assets.js';
import * as community from '../../repositories/community.js';
import * as renders from '../../repositories/renders.js';
import type { CommunityItemRow, RenderVariantRow } from '../../repositories/rows.js';
import { StoredObjectMissing } from '../../storage/errors.js';
import type { Storage, StoredObject } from '../../storage/storage.js';
import type { Writes } from '../writes.js';

/** Two copies take a second. What was begun an hour ago was left by a process that is gone. */
const abandonedAfterMs = 60 * 60 * 1_000;

const cover: Selection = new Map([['cover', { name: 'cover', args: undefined, selection: nothing }]]);

const extensions: Readonly<Record<string, string>> = { 'image/webp': 'webp', 'image/jpeg': 'jpg', 'image/png': 'png' };

/** Everything of a look but its picture. */
export type Placement = Pick<community.NewCommunityItem, 'id' | 'collectionId' | 'applySettings' | 'orderIndex'>;

/** A render that is about to be published, and the copies that are to be made of its cover. */
interface Draft {
  readonly itemId: string;
  readonly renderId: string;
  readonly cover: RenderVariantRow;
  readonly image: assets.NewAsset;
  readonly thumb: assets.NewAsset;
}

export type Publishing = ReturnType<typeof createPublishing>;

/**
 * Publishes renders: the cover's picture is copied, so that the look outlives the render. Rows and bytes cannot change in
 * one step, and so the rows of the copies are written first, marked as due in an hour; then the bytes are copied; then
 * the look is inserted, and the marks go in the same transaction. Whatever ends it on the way leaves rows that fall due,
 * so that no bytes are left that nobody knows of, and no look is ever without its picture.
 */
export function createPublishing({
  databases,
  writes,
  storage,
  onAssetsMarked,
  now,
}: {
  databases: Databases;
  writes: Writes;
  storage: Pick<Storage, 'copy'>;
  onAssetsMarked: () => void;
  now: () => Date;
}) {
  async function begin(tx: Sql, viewer: Viewer, renderId: string): Promise<Draft> {
    const render = await renders.getRender(tx, viewer.id, renderId, cover);
    if (!render) throw new NotFound('render');
    const variant = render.parts?.['cover'] as RenderVariantRow | null;
    if (!variant) throw wrongRender('This render has no picture that could be published. Choose another one.');
    const itemId = await community.nextItemId(tx);
    const { byteSize, contentType } = variant;
    const extension = extensions[contentType] ?? 'bin';
    const folder = communityItemFolder(itemId);
    const shared = { ownerId: null, kind: 'community', contentType } as const;
    const image = { ...shared, path: `${folder}v1.${extension}`, byteSize };
    // What it weighs is not known before it is copied.
    const thumb = { ...shared, path: `${folder}v1_thumb.${extension}`, byteSize: 0 };
    await assets.announceAssets(tx, [image, thumb], new Date(now().getTime() + abandonedAfterMs));
    return { itemId, renderId, cover: variant, image, thumb };
  }

  async function end(
    tx: Sql,
    viewer: Viewer,
    draft: Draft,
    copies: { readonly image: StoredObject; readonly thumb: StoredObject },
    placement: Placement,
  ): Promise<CommunityItemRow> {
    // Deleted while its picture was copied.
    if (!(await community.lockOwnRender(tx, viewer.id, draft.renderId))) throw new NotFound('render');
    const item = await community.createCommunityItem(tx, {
      ...placement,
      picture: {
        renderId: draft.renderId,
        imagePath: draft.image.path,
        thumbPath: draft.thumb.path,
        width: draft.cover.width,
        height: draft.cover.height,
        byteSize: copies.image.byteSize,
        contentType: copies.image.contentType,
        placeholder: draft.cover.placeholder,
      },
    });
    const made = ({ key, byteSize, contentType }: StoredObject): assets.NewAsset => ({
      path: key,
      ownerId: null,
      kind: 'community',
      byteSize,
      contentType,
    });
    const adopted = await assets.adoptAssets(tx, [made(copies.image), made(copies.thumb)], { now: now() });
    if (adopted !== 2) throw new Error('Publishing took so long that its copies were given up.');
    return item;
  }

  /** What was begun is due at once. Where even that cannot be written, it is due in an hour. */
  async function giveUp({ image, thumb }: Draft): Promise<void> {
    try {
      // In nobody's scope: whoever began it may have lost the right to go on.
      await assets.renounceAssets(databases.service({ kind: 'system' }), [image, thumb], now());
      onAssetsMarked();
    } catch {
      // What failed first is the error to tell.
    }
  }

  return {
    /**
     * Publishes a render of the viewer's. `place` runs in the first transaction and again in the last one, which may
     * come to other answers: it checks and locks, and tells where the look goes.
     *
     * @throws NotFound where the render is not theirs, or was deleted meanwhile.
     * @throws InvalidInput where it has no picture, or the picture is not in the store.
     * @throws StorageUnavailable, and whatever `place` throws.
     */
    async publish(
      viewer: Viewer,
      renderId: string,
      place: (tx: Sql) => Promise<Omit<Placement, 'id'>>,
    ): Promise<CommunityItemRow> {
      const draft = await writes.curate(viewer, async (tx) => {
        await place(tx);
        return begin(tx, viewer, renderId);
      });
      try {
        // One after the other: no copy may still be under way when what was begun is given up.
        const image = await storage.copy(draft.cover.imagePath, draft.image.path);
        const thumb = await storage.copy(draft.cover.thumbPath, draft.thumb.path);
        return await writes.curate(viewer, async (tx) =>
          end(tx, viewer, draft, { image, thumb }, { ...(await place(tx)), id: draft.itemId }),
        );
      } catch (error) {
        await giveUp(draft);
        if (!(error instanceof StoredObjectMissing)) throw error;
        throw wrongRender('The picture of this render is not in storage any more. Choose another render.');
      }
    },
  };
}

function wrongRender(message: string): InvalidInput {
  return new InvalidInput([{ path: ['renderId'], message }]);
}

/** The pictures of looks that are gone which were theirs alone; the demo's may share others. */
export function ownCopies(items: readonly community.DeletedItem[]): string[] {
  return items.flatMap(({ id, imagePath, thumbPath }) =>
    [imagePath, thumbPath].filter((key): key is string => key !== null && key.startsWith(communityItemFolder(id))),
  );
}
