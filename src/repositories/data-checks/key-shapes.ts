/*
 * What keys of the store look like (domain/storage-keys.ts), as regular expressions of the database. The pictures that a
 * seed for measurements has its renders share are below samples/ and belong to nobody.
 */

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const output = `renders/${uuid}/${uuid}/v[1-9][0-9]*/[0-2]\\.webp`;
const thumbnail = `renders/${uuid}/${uuid}/v[1-9][0-9]*/[0-2]_thumb\\.webp`;
const input = `inputs/${uuid}/${uuid}\\.(jpg|png|webp)`;
const copy = `community/${uuid}/v[1-9][0-9]*(_thumb)?\\.(jpg|png|webp)`;
const sample = 'samples/[a-z0-9_-]+\\.(webp|jpg)';

const whole = (...shapes: readonly string[]): string => `'^(${shapes.join('|')})$'`;

/** SQL literals. */
export const keyShape = {
  variantImage: whole(output, sample),
  variantThumbnail: whole(thumbnail, sample),
  photo: whole(input, sample),
  copy: whole(copy, sample),
  any: whole(output, thumbnail, input, copy, sample),
} as const;

/** What the record of a picture may be called, by its kind; `asset` is the row. */
export const isShapeOfKind = (asset: string): string =>
  `(case ${asset}.kind
     when 'output' then ${asset}.path ~ ${whole(output)} when 'thumbnail' then ${asset}.path ~ ${whole(thumbnail)}
     when 'input' then ${asset}.path ~ ${whole(input)} else ${asset}.path ~ ${whole(copy, sample)} end)`;

export const isSample = (path: string): string => `starts_with(${path}, 'samples/')`;
