import type pg from 'pg';

/** To be raised with any change here: the data is then made anew. */
export const galleryVersion = 1;

const collectionId = (n: string): string => `overlay(md5('bench gallery ' || ${n}) placing '7' from 13 for 1)::uuid`;

/**
 * A curated gallery of realistic size, which the seed lacks: 24 collections of 12 looks, a third of them featured. Every
 * twelfth picture is from elsewhere, the others are published copies, under community/ as the gateway keeps them.
 */
export async function fileGallery(superuser: pg.Client): Promise<void> {
  await superuser.query('begin');
  await superuser.query(
    `insert into community_collections (id, title, description, is_featured, order_index, created_at)
     select ${collectionId('n')}, 'Looks for the home, part ' || n, 'Rooms that other people liked, number ' || n || '.',
       n % 3 = 0, n / 3, timestamptz '2025-01-01' + n * interval '1 day'
     from generate_series(1, 24) n`,
  );
  await superuser.query(
    `with looks as (
       select c, i, overlay(md5('bench look ' || c || ' ' || i) placing '7' from 13 for 1)::uuid as id, i = 12 as elsewhere
       from generate_series(1, 24) c cross join generate_series(1, 12) i
     )
     insert into community_items (id, collection_id, source, external_image_url, image_path, thumb_path, width, height,
       byte_size, content_type, placeholder, apply_settings, order_index, created_at)
     select id, ${collectionId('c')}, case when elsewhere then 'external' else 'internal' end,
       case when elsewhere then 'https://pictures.example.com/looks/' || c || '.webp' end,
       case when not elsewhere then 'community/' || id || '/v1.webp' end,
       case when not elsewhere then 'community/' || id || '/v1_thumb.webp' end,
       case when not elsewhere then 896 end, case when not elsewhere then 896 end,
       case when not elsewhere then 48000 + i * 100 end, case when not elsewhere then 'image/webp' end,
       case when not elsewhere then encode(substr(sha256(id::text::bytea), 1, 24), 'base64') end,
       jsonb_build_object('mode', 'redesign', 'roomType', 'kitchen', 'style', 'modern'), i,
       timestamptz '2025-02-01' + (c * 12 + i) * interval '1 hour'
     from looks`,
  );
  await superuser.query('commit');
}
