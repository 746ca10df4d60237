import { TYPES, type PgSelectSingleStep } from 'postgraphile/@dataplan/pg';
import { lambda, list } from 'postgraphile/grafast';
import { extendSchema } from 'postgraphile/utils';
import { createAssetUrls, thumbnailSize, type AssetUrlSettings } from '../../gateway/pictures.ts';

interface Picture {
  readonly url: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly byteSize?: number | null;
  readonly placeholder: string | null;
}

type Row = PgSelectSingleStep;

/** A value of some columns of a row, made when the answer is. */
function fromColumns<Values extends readonly unknown[]>(row: Row, columns: readonly string[], make: (values: Values) => Picture) {
  // It depends on nothing else, so Grafast may call it without a guard.
  return lambda(list(columns.map((name) => row.get(name))), (values) => make(values as unknown as Values), true);
}

/** What of an API with pictures PostGraphile cannot know from the tables: covers, counts and signed URLs. */
export function createPicturesPlugin(settings: AssetUrlSettings): GraphileConfig.Plugin {
  const urls = createAssetUrls(settings);
  return extendSchema((build) => {
    const { sql } = build;
    const { render_variants: renderVariants } = build.input.pgRegistry.pgResources;
    // An expression within the one statement: as fast as a function that is inlined, and a little faster than
    // `totalCount` of a connection, which comes as an array of an array.
    const count = (row: Row, table: string, column: string) =>
      row.select(
        sql`(select count(*)::int from ${sql.identifier(table)} n where n.${sql.identifier(column)} = ${row.getClassStep().alias}.id)`,
        TYPES.int,
      );
    return {
      typeDefs: /* GraphQL */ `
        type Image {
          url: String!
          width: Int
          height: Int
          byteSize: Int
          placeholder: String
        }
        extend type RenderVariant {
          image: Image!
          thumbnail: Image!
        }
        extend type Render {
          cover: RenderVariant
          variantCount: Int!
        }
        extend type Collection {
          itemCount: Int!
        }
        extend type CommunityCollection {
          itemCount: Int!
        }
        extend type CommunityItem {
          thumbnail: Image!
        }
      `,
      objects: {
        RenderVariant: {
          plans: {
            image: (variant: Row) =>
              fromColumns<readonly [string, number, number, number, string | null]>(
                variant,
                ['image_path', 'width', 'height', 'byte_size', 'placeholder'],
                ([key, width, height, byteSize, placeholder]) => ({ url: urls.signed(key).url, width, height, byteSize, placeholder }),
              ),
            thumbnail: (variant: Row) =>
              fromColumns<readonly [string, number, number, string | null]>(
                variant,
                ['thumb_path', 'width', 'height', 'placeholder'],
                ([key, width, height, placeholder]) => ({
                  url: urls.signed(key).url,
                  ...thumbnailSize({ width, height }),
                  placeholder,
                }),
              ),
          },
        },
        Render: {
          plans: {
            // By a unique key: joined in the one statement. All renders of the sample have the variant that they name.
            cover: (render: Row) => renderVariants?.get({ render_id: render.get('id'), idx: render.get('cover_variant') }),
            variantCount: (render: Row) => count(render, 'render_variants', 'render_id'),
          },
        },
        Collection: { plans: { itemCount: (collection: Row) => count(collection, 'collection_items', 'collection_id') } },
        CommunityCollection: {
          plans: { itemCount: (collection: Row) => count(collection, 'community_items', 'collection_id') },
        },
        CommunityItem: {
          plans: {
            thumbnail: (item: Row) =>
              fromColumns<readonly [string | null, string | null, number | null, number | null, string | null]>(
                item,
                ['external_image_url', 'thumb_path', 'width', 'height', 'placeholder'],
                ([external, key, width, height, placeholder]) => ({
                  url: external ?? urls.public(key ?? ''),
                  ...(width === null || height === null ? { width, height } : thumbnailSize({ width, height })),
                  placeholder,
                }),
              ),
          },
        },
      },
    };
  });
}
