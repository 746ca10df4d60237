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
