import type { Sql } from '../database/database.js';

export interface UploadRow {
  readonly id: string;
  readonly ownerId: string;
  /** Where the bytes are: `incoming/…` until it is complete, then their key for good. */
  readonly path: string;
  readonly contentType: string;
  /** As announced until it is complete, then of what is kept. */
  readonly byteSize: number;
  /** pending: nothing was checked yet. ready: may be submitted. used: was submitted, and may be again. */
  readonly state: 'pending' | 'ready' | 'used';
  /** Null while it is pending. In pixels. */
  readonly width: number | null;
  readonly height: number | null;
  /** A thumbhash, base64. */
  readonly placeholder: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const columns = `id, owner_id as "ownerId", path, content_type as "contentType", byte_size as "byteSize", state,
  width, height, placeholder, created_at as "createdAt", expires_at as "expiresAt"`;

/** An owner's uploads among these ids. */
export function listUploads(db: Sql, ownerId: string, ids: readonly string[]): Promise<UploadRow[]> {
  return db.query<UploadRow>(`select ${columns} from uploads where id = any($2::uuid[]) and owner_id = $1::uuid`, [ownerId, ids]);
}

/** An owner's upload, or null. */
export async function getUpload(db: Sql, ownerId: string, id: string): Promise<UploadRow | null> {
  const [row] = await listUploads(db, ownerId, [id]);
  return row ?? null;
}

export interface NewUpload {
  readonly contentType: string;
  readonly byteSize: number;
  readonly at: Date;
  readonly expiresAt: Date;
}

/**
 * Makes an upload that waits for its bytes, where fewer than `maxPending` of the owner's wait at `at`; null where as many
 * do. Exact only while nobody else makes one for this owner: the caller holds the owner's lock.
 */
export async function createUpload(
  tx: Sql,
  ownerId: string,
  { contentType, byteSize, at, expiresAt }: NewUpload,
  maxPending: number,
): Promise<UploadRow | null> {
  const [row] = await tx.query<UploadRow>(
    `insert into uploads (id, owner_id, path, content_type, byte_size, created_at, expires_at)
     select fresh.id, $1::uuid, 'incoming/' || fresh.id, $2::text, $3::int, $4::timestamptz, $5::timestamptz
     from (select uuid_v7() as id) fresh
     where (
       select count(*) from uploads where owner_id = $1::uuid and state = 'pending' and expires_at > $4::timestamptz
     ) < $6::int
     returning ${columns}`,
    [ownerId, contentType, byteSize, at, expiresAt, maxPending],
  );
  return row ?? null;
}

/** What came of an upload that was checked. */
export interface CheckedPhoto {
  readonly path: string;
  readonly byteSize: number;
  readonly width: number;
  readonly height: number;
  readonly placeholder: string;
}

/** Makes a pending upload of an owner's ready, and returns it; null where there is none that is pending. */
export async function readyUpload(tx: Sql, ownerId: string, id: string, photo: CheckedPhoto): Promise<UploadRow | null> {
  const [row] = await tx.query<UploadRow>(
    `update uploads
     set state = 'ready', path = $3::text, byte_size = $4::int, width = $5::int, height = $6::int, placeholder = $7::text
     where id = $2::uuid and owner_id = $1::uuid and state = 'pending'
     returning ${columns}`,
    [ownerId, id, photo.path, photo.byteSize, photo.width, photo.height, photo.placeholder],
  );
  return row ?? null;
}

/** Notes that an owner's uploads were submitted. */
export async function useUploads(tx: Sql, ownerId: string, ids: readonly string[]): Promise<void> {
  await tx.query(
    `update uploads set state = 'used' where id = any($2::uuid[]) and owner_id = $1::uuid and state = 'ready'`,
    [ownerId, ids],
  );
}
