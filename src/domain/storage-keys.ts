/**
 * Whose picture a key of the store is. A key names the row that it belongs to, so that nothing has to be searched to
 * find out whether a picture is still needed:
 *
 * - `renders/{owner}/{render}/…`: a variant of the render;
 * - `community/{item}/…`: a published look;
 * - `incoming/{upload}`: a photo as it came, which nobody has looked at yet;
 * - `inputs/{owner}/{upload}.…`: a photo that was checked and kept.
 */

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const renderKey = new RegExp(`^renders/${uuid}/(${uuid})/`);
const communityKey = new RegExp(`^community/(${uuid})/`);
const ownedKey = new RegExp(`^(?:renders|inputs)/(${uuid})/`);

/** What the keys of a render's pictures begin with. */
export function renderFolder(ownerId: string, renderId: string): string {
  return `renders/${ownerId}/${renderId}/`;
}

/** What the keys of a community item's pictures begin with. */
export function communityItemFolder(itemId: string): string {
  return `community/${itemId}/`;
}

/** The render that a key names, or null. */
export function renderOfKey(key: string): string | null {
  return renderKey.exec(key)?.[1] ?? null;
}

/** Whether a key names somebody else than this person as the owner of what it holds. */
export function isKeyOfOthers(key: string, ownerId: string): boolean {
  const named = ownedKey.exec(key)?.[1];
  return named !== undefined && named !== ownerId;
}

/** The community item that a key names, or null. */
export function communityItemOfKey(key: string): string | null {
  return communityKey.exec(key)?.[1] ?? null;
}

/** What the keys of photos begin with that nobody has looked at yet. */
export const incomingFolder = 'incoming/';

/** Where the bytes of an upload arrive. */
export function incomingKey(uploadId: string): string {
  return `${incomingFolder}${uploadId}`;
}

/** Where an upload's photo is kept once it was checked; `extension` is without a dot. */
export function inputKey(ownerId: string, uploadId: string, extension: string): string {
  return `inputs/${ownerId}/${uploadId}.${extension}`;
}

const kept = new RegExp(
  `^(?:inputs/(?<photoOf>${uuid})/[^/]+|renders/(?<renderOf>${uuid})/${uuid}/v[0-9]+/[^/]+|community/${uuid}/v[0-9]+[^/]*)$`,
);
const ofThumbnail = /_thumb\.[a-z]+$/;

/** What a key says of the picture that is kept under it. */
export interface KeptPicture {
  readonly kind: 'input' | 'output' | 'thumbnail' | 'community';
  /** Null for the community's, which nobody owns. */
  readonly ownerId: string | null;
}

/** What a key says that names the row it belongs to; null for every other one, such as those of a seed's sample pictures. */
export function pictureOfKey(key: string): KeptPicture | null {
  const groups = kept.exec(key)?.groups;
  if (!groups) return null;
  const { photoOf, renderOf } = groups;
  if (photoOf !== undefined) return { kind: 'input', ownerId: photoOf };
  if (renderOf !== undefined) return { kind: ofThumbnail.test(key) ? 'thumbnail' : 'output', ownerId: renderOf };
  return { kind: 'community', ownerId: null };
}

const versioned = /^(renders\/[^/]+\/[^/]+\/v)[0-9]+(\/[^/]+)$/;

/** The key of another version of a render's picture; null where the key has no version. */
export function keyOfVersion(key: string, version: number): string | null {
  const parts = versioned.exec(key);
  return parts ? `${parts[1]}${version}${parts[2]}` : null;
}

/** What the keys of everything begin with that is kept for a person; photos that nobody has looked at yet are not there. */
export function ownerFolders(ownerId: string): readonly string[] {
  return [`renders/${ownerId}/`, `inputs/${ownerId}/`];
}
