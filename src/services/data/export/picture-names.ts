import { createHash } from 'node:crypto';

const extensions: Readonly<Record<string, string>> = { 'image/webp': 'webp', 'image/jpeg': 'jpg', 'image/png': 'png' };

const extensionOf = (contentType: string): string => extensions[contentType] ?? 'bin';

/** What of a text may stand in a file's name anywhere; presets' ids are of these characters already. */
const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '_').slice(0, 40);

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** A photo's key ends in its upload's id and an extension. */
const photoKey = new RegExp(`^inputs/${uuid}/(${uuid})\\.(?:webp|jpg|png)$`);

/** The file of an input photo of one person. Two of their keys never share one. */
export function photoFile(key: string): string {
  // Keys of another form are told apart by their hash; nothing of them but a known extension becomes part of a path.
  const id = photoKey.exec(key)?.[1] ?? createHash('sha256').update(key).digest('hex').slice(0, 32);
  return `pictures/photos/${id}.${/\.(webp|jpg|png)$/.exec(key)?.[1] ?? 'bin'}`;
}

/** What the name of a render's picture is made of. */
export interface RenderPicture {
  readonly renderId: string;
  /** From 0. */
  readonly index: number;
  readonly contentType: string;
  readonly madeAt: Date;
  readonly roomType: string | null;
  readonly style: string | null;
}

/** The file of a variant: `pictures/renders/2026-03/2026-03-01_kitchen_japandi_<render>_1.webp`. */
export function variantFile(picture: RenderPicture, size: 'full' | 'thumbnail'): string {
  const { renderId, index, contentType, madeAt, roomType, style } = picture;
  const day = madeAt.toISOString().slice(0, 10);
  const name = [day, ...[roomType, style].filter((text) => text !== null).map(plain), renderId, index + 1];
  const suffix = size === 'thumbnail' ? '_thumb' : '';
  return `pictures/renders/${day.slice(0, 7)}/${name.join('_')}${suffix}.${extensionOf(contentType)}`;
}
