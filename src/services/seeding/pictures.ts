import type { AspectRatio } from '../../config/runtime.js';
import { encodePhoto, encodePicture } from '../../generation/pictures.js';
import type { Storage } from '../../storage/storage.js';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Sharp on a phone, and small enough that a first start draws all of its rooms within seconds. */
export const usualSide = 896;

/** Pixels of a picture whose square would have this side; other shapes have about its area. */
export function pictureSize(aspect: AspectRatio, side: number): PictureSize {
  const long = Math.round(side * 1.2);
  const short = Math.round((long * 2) / 3);
  if (aspect === '1:1') return { width: side, height: side };
  return aspect === '3:2' ? { width: long, height: short } : { width: short, height: long };
}

/** A room to draw and where to keep it. A photo has no thumbnail. */
export type PictureTask =
  | { readonly kind: 'picture'; readonly imageKey: string; readonly thumbKey: string; draw(): string }
  | { readonly kind: 'photo'; readonly imageKey: string; draw(): string };

export interface StoredPicture {
  readonly width: number;
  readonly height: number;
  /** Bytes. */
  readonly imageSize: number;
  readonly contentType: string;
  /** Null for a photo. */
  readonly thumbnailSize: number | null;
  readonly placeholder: string | null;
}

/** Two at once: one is drawn while the other is encoded, which keeps two processors busy and little in memory. */
const atOnce = 2;

/** Draws and stores all of them; by image key. Rejects at the first failure, with what is stored left in place. */
export async function storePictures(
  storage: Storage,
  tasks: readonly PictureTask[],
  onStored: (done: number) => void,
): Promise<Map<string, StoredPicture>> {
  const stored = new Map<string, StoredPicture>();
  const waiting = tasks.values();
  const work = async (): Promise<void> => {
    for (const task of waiting) {
      stored.set(task.imageKey, await storeOne(storage, task));
      onStored(stored.size);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return stored;
}

async function storeOne(storage: Storage, task: PictureTask): Promise<StoredPicture> {
  const put = async (key: string, body: Buffer, contentType: string): Promise<number> =>
    (await storage.put(key, body, { contentType, byteSize: body.length })).byteSize;
  if (task.kind === 'photo') {
    const { image, width, height, contentType } = await encodePhoto(task.draw());
    const imageSize = await put(task.imageKey, image, contentType);
    return { width, height, imageSize, contentType, thumbnailSize: null, placeholder: null };
  }
  const { image, thumbnail, width, height, contentType, placeholder } = await encodePicture(task.draw());
  const [imageSize, thumbnailSize] = await Promise.all([
    put(task.imageKey, image, contentType),
    put(task.thumbKey, thumbnail, contentType),
  ]);
  return { width, height, imageSize, contentType, thumbnailSize, placeholder };
}
