import type { Page } from '../domain/page.js';
import type { Part } from '../domain/selection.js';
import { connectionPart, type ListDefinition } from './query/connection.js';
import { column, type Columns, type Entity, type PartDefinition, type Side, timestamp } from './query/entity.js';
import { rowPart, rowsPart } from './query/reading.js';
import { decodeRow, decodeRows, rowDecoder, rowExpressions, rowJson } from './query/row-shape.js';
import { limitSql, type StatementBuilder } from './query/statement.js';

/**
 * The tables that the hot paths read, with everything that their rows may bring along. They refer to each other, so
 * they stand together; what is done with them stands in the repositories beside this file.
 */

/** A count of rows that belong to a row. */
function countPart(from: (row: string) => string): PartDefinition {
  return { sql: (_builder, row) => `(select count(*)::int from ${from(row)})`, missing: 0 };
}

/**
 * Whether a row exists that belongs to a row. Not by EXISTS: the planner may answer that for all rows at once, by a hash
 * of every favorite there is, when a page asks about twenty.
 */
function existsPart(from: (row: string, builder: StatementBuilder, part: Part) => string): PartDefinition {
  return {
    sql: (builder, row, part) => `coalesce((select true from ${from(row, builder, part)} limit 1), false)`,
    missing: false,
  };
}

/** Picks a render's cover: the chosen variant, or the first there is where the chosen one is missing. */
function coverOrder(render: string, variant: string): string {
  return `(${variant}.idx = ${render}.cover_variant) desc, ${variant}.idx`;
}

/** A stored picture in its two sizes, as variants and published looks have it. */
const pictureColumns: Columns = {
  imagePath: column('image_path'),
  thumbPath: column('thumb_path'),
  width: column('width'),
  height: column('height'),
  byteSize: column('byte_size'),
  contentType: column('content_type'),
  placeholder: column('placeholder'),
};

export const renderVariants: Entity = {
  relation: 'render_variants',
  columns: {
    id: column('id'),
    renderId: column('render_id'),
    ownerId: column('owner_id'),
    idx: column('idx'),
    ...pictureColumns,
    version: column('version'),
    createdAt: timestamp('created_at'),
  },
  always: ['id'],
  parts: {
    isCover: {
      sql(builder, row) {
        const render = builder.alias('r');
        const other = builder.alias('v');
        return (
          `(${row}.id = (select ${other}.id from renders ${render} join render_variants ${other} ` +
          `on ${other}.render_id = ${render}.id where ${render}.id = ${row}.render_id ` +
          `order by ${coverOrder(render, other)} limit 1))`
        );
      },
      missing: false,
    },
  },
};

/** What an asset's row tells of a stored picture. */
export const assets: Entity = {
  relation: 'assets',
  columns: {
    path: column('path'),
    ownerId: column('owner_id'),
    kind: column('kind'),
    byteSize: column('byte_size'),
    contentType: column('content_type'),
    createdAt: timestamp('created_at'),
    markedAt: timestamp('marked_at'),
  },
  parts: {},
};

export const generationJobs: Entity = {
  relation: 'generation_jobs',
  columns: {
    id: column('id'),
    ownerId: column('owner_id'),
    mode: column('mode'),
    roomType: column('room_type'),
    style: column('style'),
    aspectRatio: column('aspect_ratio'),
    quality: column('quality'),
    variants: column('variants'),
    input1Path: column('input1_path'),
    input2Path: column('input2_path'),
    prompt: column('prompt'),
    status: column('status'),
    progress: column('progress'),
    errorCode: column('error_code'),
    error: column('error'),
    createdAt: timestamp('created_at'),
    startedAt: timestamp('started_at'),
    completedAt: timestamp('completed_at'),
    archivedAt: timestamp('archived_at'),
  },
  always: ['id'],
  ordering: ['createdAt'],
  parts: {
    render: rowPart(
      () => renders,
      (_builder, row, below) => `${below}.job_id = ${row}.id`,
    ),
  },
};

/** A render's cover; how many variants there are is told by a window over them, in the same look. */
const coverSide: Side = {
  select: (render, variant, expressions) =>
    `select ${expressions} from render_variants ${variant} where ${variant}.render_id = ${render}.id ` +
    `order by ${coverOrder(render, variant)} limit 1`,
};

export const renders: Entity = {
  relation: 'renders',
  columns: {
    id: column('id'),
    ownerId: column('owner_id'),
    jobId: column('job_id'),
    mode: column('mode'),
    roomType: column('room_type'),
    style: column('style'),
    prompt: column('prompt'),
    coverVariant: column('cover_variant'),
    createdAt: timestamp('created_at'),
  },
  always: ['id'],
  ordering: ['createdAt'],
  parts: {
    variantCount: {
      ...countPart((row) => `render_variants v where v.render_id = ${row}.id`),
      beside: {
        side: coverSide,
        leads: false,
        expressions: () => ['(count(*) over ())::int'],
        decoder: () => (values, at) => values[at] ?? 0,
      },
    },
    cover: {
      sql(builder, row, part) {
        const variant = builder.alias('v');
        return `(${coverSide.select(row, variant, rowJson(builder, renderVariants, variant, part.selection))})`;
      },
      missing: null,
      decode: (value, part) => decodeVariant(value, part),
      beside: {
        side: coverSide,
        leads: true,
        expressions: (builder, variant, part) => rowExpressions(builder, renderVariants, variant, part.selection),
        // Its id is the first of its columns, and always there.
        decoder: (part, level) => {
          const decode = rowDecoder(renderVariants, part.selection, level);
          return (values, at) => (values[at] === null ? null : decode(values, at));
        },
      },
    },
    variants: rowsPart(
      () => renderVariants,
      (_builder, row, below) => `${below}.render_id = ${row}.id`,
      '$row.idx',
    ),
    // The first photo before the second; a picture whose record is gone is left out.
    inputImages: {
      sql(builder, row, part) {
        const job = builder.alias('j');
        const asset = builder.alias('a');
        return (
          `(select coalesce(json_agg(${rowJson(builder, assets, asset, part.selection)} ` +
          `order by ${asset}.path = ${job}.input1_path desc), '[]'::json) from generation_jobs ${job} ` +
          `join assets ${asset} on ${asset}.path in (${job}.input1_path, ${job}.input2_path) ` +
          `where ${job}.id = ${row}.job_id)`
        );
      },
      missing: [],
      decode: (value, part) => decodeRows(assets, part.selection, value as unknown[][], 'nested'),
    },
    // The viewer's favorites are looked up once for the statement, because nothing in their subquery is the row's.
    isFavorite: existsPart(
      (row) =>
        `collection_items i where i.render_id = ${row}.id and i.collection_id = ` +
        `(select f.id from collections f where f.is_default_favorites ` +
        `and f.owner_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
    ),
    job: rowPart(
      () => generationJobs,
      (_builder, row, below) => `${below}.id = ${row}.job_id`,
    ),
    collections: connectionPart<{ page: Page }>((row) => collectionsOfRender(row)),
  },
};

function decodeVariant(value: unknown, part: Part): unknown {
  return value === null ? null : decodeRow(renderVariants, part.selection, value as unknown[], 'nested');
}

export const collections: Entity = {
  relation: 'collections',
  columns: {
    id: column('id'),
    ownerId: column('owner_id'),
    name: column('name'),
    isDefaultFavorites: column('is_default_favorites'),
    createdAt: timestamp('created_at'),
  },
  // The service looks whether the favorites are among them.
  always: ['id', 'isDefaultFavorites'],
  ordering: ['createdAt'],
  parts: {
    itemCount: countPart((row) => `collection_items i where i.collection_id = ${row}.id`),
    coverImages: {
      sql(builder, row, part) {
        const { first } = part.args as { first: number };
        const item = builder.alias('i');
        const render = builder.alias('r');
        const variant = builder.alias('v');
        const cover = `(${coverSide.select(render, variant, rowJson(builder, renderVariants, variant, part.selection))})`;
        return (
          `(select coalesce(json_agg(c.cover) filter (where c.cover is not null), '[]'::json) from ` +
          `(select ${cover} as cover from collection_items ${item} join renders ${render} on ${render}.id = ${item}.render_id ` +
          `where ${item}.collection_id = ${row}.id order by ${item}.added_at desc, ${item}.render_id desc ` +
          `limit ${limitSql(first)}) c)`
        );
      },
      missing: [],
      decode: (value, part) => (value as unknown[]).map((raw) => decodeVariant(raw, part)),
    },
    containsRender: existsPart((row, builder, part) => {
      const { renderId } = part.args as { renderId: string };
      return `collection_items i where i.collection_id = ${row}.id and i.render_id = ${builder.bind(renderId, 'uuid')}`;
    }),
    items: connectionPart<{ page: Page }>((row) => itemsOfCollection(row)),
  },
};

const placeColumns: Columns = { addedAt: timestamp('$rowl.added_at') };

/** The renders of a collection, with `addedAt` of their places in it. */
function itemsOfCollection(collection: string): ListDefinition {
  return {
    entity: renders,
    link: { relation: 'collection_items', on: (link, row) => `${row}.id = ${link}.render_id` },
    where: (_builder, _row, link) => [`${link}.collection_id = ${collection}.id`],
    keys: { addedAt: '$link.added_at', id: '$link.render_id' },
    extra: placeColumns,
  };
}

/** The collections that hold a render. */
function collectionsOfRender(render: string): ListDefinition {
  return {
    entity: collections,
    from: (row) => `collection_items ${row}i join collections ${row} on ${row}.id = ${row}i.collection_id`,
    where: (_builder, row) => [`${row}i.render_id = ${render}.id`],
  };
}

export const communityCollections: Entity = {
  relation: 'community_collections',
  columns: {
    id: column('id'),
    title: column('title'),
    description: column('description'),
    isFeatured: column('is_featured'),
    orderIndex: column('order_index'),
    createdAt: timestamp('created_at'),
  },
  always: ['id'],
  ordering: ['isFeatured', 'orderIndex', 'createdAt'],
  parts: {
    itemCount: countPart((row) => `community_items i where i.collection_id = ${row}.id`),
    coverItem: {
      sql(builder, row, part) {
        const item = builder.alias('i');
        return (
          `(select ${rowJson(builder, communityItems, item, part.selection)} from community_items ${item} ` +
          `where ${item}.collection_id = ${row}.id order by ${item}.order_index, ${item}.id limit 1)`
        );
      },
      missing: null,
      decode: (value, part) =>
        value === null ? null : decodeRow(communityItems, part.selection, value as unknown[], 'nested'),
    },
    items: connectionPart<{ page: Page }>((row) => ({
      entity: communityItems,
      where: (_builder, item) => [`${item}.collection_id = ${row}.id`],
    })),
  },
};

export const communityItems: Entity = {
  relation: 'community_items',
  columns: {
    id: column('id'),
    collectionId: column('collection_id'),
    source: column('source'),
    renderId: column('render_id'),
    externalImageUrl: column('external_image_url'),
    ...pictureColumns,
    applySettings: column('apply_settings'),
    orderIndex: column('order_index'),
    createdAt: timestamp('created_at'),
  },
  always: ['id'],
  ordering: ['orderIndex', 'createdAt'],
  parts: {
    collection: rowPart(
      () => communityCollections,
      (_builder, row, below) => `${below}.id = ${row}.collection_id`,
    ),
  },
};

export const usageEntries: Entity = {
  relation: 'usage_ledger',
  columns: {
    id: column('id'),
    ownerId: column('owner_id'),
    kind: column('kind'),
    amount: column('amount'),
    jobId: column('job_id'),
    reason: column('reason'),
    createdAt: timestamp('created_at'),
  },
  always: ['id'],
  ordering: ['createdAt'],
  parts: {
    job: rowPart(
      () => generationJobs,
      (_builder, row, below) => `${below}.id = ${row}.job_id`,
    ),
  },
};

