import { isSample, keyShape } from './key-shapes.js';
import { has, type PageDefinition, rowsOf, uuidKey } from './page.js';

/*
 * Rows that name a picture, and the picture's record. Of each name the first thing that is wrong is told, and what is
 * wrong with the record itself, such as whose it is, is told where records are looked through (assets.ts). A size that
 * differs comes with both: which of them is right, only the store can tell.
 */

/** What is wrong with a name; `key` has (path, shape, folder, byte_size), `a` is the record by that path. */
const faultOfKey = `case
    when key.path !~ key.shape then 'path_malformed'
    when not starts_with(key.path, key.folder) and not ${isSample('key.path')} then 'path_not_owned'
    when a.path is null then 'asset_missing'
    when a.marked_at is not null then 'asset_marked'
    when key.byte_size <> a.byte_size then 'size_differs'
  end`;

const detailOfKey = `json_build_object('path', key.path, 'byteSize', key.byte_size, 'recorded', a.byte_size)`;

/**
 * Whose a render is: its job tells, where it has one, because the row itself may be what is wrong.
 */
const ownerOfRender = 'coalesce(j.owner_id, r.owner_id)';

/** Pictures of renders. By render and not by variant, because variants have no index by owner. */
export const renderPictures: PageDefinition = {
  ...rowsOf('renders', 'id, owner_id, job_id'),
  key: [uuidKey('id')],
  size: 1_000,
  examined: 'select count(*) from page p join render_variants v on v.render_id = p.id',
  faults: `
    select 'variant_of_other_owner', v.id, p.owner_id, json_build_object('renderId', p.id)
    from page p join render_variants v on v.render_id = p.id left join generation_jobs j on j.id = p.job_id
    where v.owner_id <> coalesce(j.owner_id, p.owner_id)
    union all
    select f.category, v.id, p.owner_id, ${detailOfKey}
    from page p join render_variants v on v.render_id = p.id left join generation_jobs j on j.id = p.job_id
    cross join lateral (values
      (v.image_path, ${keyShape.variantImage}, v.byte_size),
      (v.thumb_path, ${keyShape.variantThumbnail}, null)
    ) name (path, shape, byte_size)
    cross join lateral (select name.*, format('renders/%s/%s/', v.owner_id, p.id) as folder) key
    left join assets a on a.path = key.path
    cross join lateral (select ${faultOfKey} as category offset 0) f
    where v.owner_id = coalesce(j.owner_id, p.owner_id) and f.category is not null`,
};

/** Variants of renders that are not there. */
export const variantsHaveRenders: PageDefinition = {
  rows: 'select id, render_id, idx, owner_id from render_variants',
  ownedRows: null,
  key: [uuidKey('render_id'), { column: 'idx', type: 'smallint', first: '-1' }],
  size: 10_000,
  examined: 'select 0',
  faults: `
    select 'variant_without_render', p.id, p.owner_id, json_build_object('renderId', p.render_id)
    from page p where not exists (select from renders r where r.id = p.render_id)`,
};

const needsPhotos = (job: string): string => `(
  (${job}.archived_at is null and ${job}.status in ('starting', 'processing'))
  or ${has(`from renders r where r.job_id = ${job}.id`)})`;

/** Photos of jobs; one that several need is told of with the first of them. What is over and came to nothing needs no photo: its name stays, and the photo may be gone. */
export const jobPhotos: PageDefinition = {
  ...rowsOf('generation_jobs', 'id, owner_id, status, archived_at, input1_path, input2_path', {
    halves: ['archived_at is null', 'archived_at is not null'],
  }),
  key: [uuidKey('id')],
  size: 4_000,
  examined: `select coalesce(sum(num_nonnulls(input1_path, input2_path)), 0) from page`,
  faults: `
    select f.category, p.id, p.owner_id, ${detailOfKey}
    from page p
    cross join lateral (values (p.input1_path), (p.input2_path)) name (path)
    cross join lateral (
      select name.path, ${keyShape.photo} as shape, format('inputs/%s/', p.owner_id) as folder, null::int as byte_size
    ) key
    left join assets a on a.path = key.path
    cross join lateral (select ${faultOfKey} as category offset 0) f
    where key.path is not null and f.category is not null and (
      f.category in ('path_malformed', 'path_not_owned')
      or (${needsPhotos('p')} and not ${has(`from (
            select id, status, archived_at from generation_jobs
            where owner_id = p.owner_id and archived_at is null and key.path in (input1_path, input2_path)
            union all
            select id, status, archived_at from generation_jobs
            where owner_id = p.owner_id and archived_at is not null and key.path in (input1_path, input2_path)
          ) o where o.id < p.id and ${needsPhotos('o')}`)})
    )`,
};

/** Published looks, and their copies of pictures. */
export const communityItems: PageDefinition = {
  rows: 'select id, collection_id, source, render_id, external_image_url, image_path, thumb_path, byte_size from community_items',
  ownedRows: `
    select i.id, i.collection_id, i.source, i.render_id, i.external_image_url, i.image_path, i.thumb_path, i.byte_size
    from renders o join community_items i on i.render_id = o.id where o.owner_id = {owner}`,
  key: [uuidKey('id')],
  size: 2_000,
  faults: `
    select f.category, p.id, null::uuid, json_build_object('collectionId', p.collection_id, 'renderId', p.render_id)
    from page p
    left join community_collections c on c.id = p.collection_id
    left join renders r on r.id = p.render_id
    cross join lateral (values
      (case when c.id is null then 'item_without_collection' end),
      (case when p.render_id is not null and r.id is null then 'item_without_render' end),
      (case when p.source = 'external' and coalesce(p.external_image_url, '') !~ '^https://' then 'external_not_https' end),
      (case when p.source = 'internal' and p.image_path is null then 'item_without_picture' end)
    ) f (category)
    where f.category is not null
    union all
    select f.category, p.id, null::uuid, ${detailOfKey}
    from page p
    cross join lateral (values (p.image_path, p.byte_size), (p.thumb_path, null)) name (path, byte_size)
    cross join lateral (
      select name.*, ${keyShape.copy} as shape, format('community/%s/', p.id) as folder
    ) key
    left join assets a on a.path = key.path
    cross join lateral (select ${faultOfKey} as category offset 0) f
    where p.source = 'internal' and key.path is not null and f.category is not null`,
};

/** Places of renders in collections. */
export const collectionItems: PageDefinition = {
  rows: 'select collection_id, render_id, owner_id from collection_items',
  ownedRows: `
    select t.collection_id, t.render_id, t.owner_id
    from collections o join collection_items t on t.collection_id = o.id where o.owner_id = {owner}`,
  key: [uuidKey('collection_id'), uuidKey('render_id')],
  size: 4_000,
  faults: `
    select case
        when c.id is null then 'item_without_collection'
        when r.id is null then 'item_without_render'
        else 'item_of_other_owner' end,
      p.collection_id || '/' || p.render_id, coalesce(c.owner_id, p.owner_id), json_build_object()
    from page p
    left join collections c on c.id = p.collection_id
    left join renders r on r.id = p.render_id
    left join generation_jobs j on j.id = r.job_id
    where c.id is null or r.id is null or p.owner_id <> c.owner_id or p.owner_id <> ${ownerOfRender}`,
};
