import { jsonPgSmartTags } from 'postgraphile/utils';

/**
 * What PostGraphile does not read from the catalogue. It knows unique constraints, and the tables have unique indexes; it
 * leaves out relations whose columns no index covers wholly, and the tables' keys hold the owner as a second column that
 * no index needs.
 */
export const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      'public.render_variants': {
        tags: {
          unique: 'render_id,idx',
          foreignKey: '(render_id) references public.renders (id)|@fieldName render|@foreignFieldName variants',
        },
      },
      'public.renders': {
        tags: { foreignKey: '(job_id) references public.generation_jobs (id)|@fieldName job|@foreignFieldName render' },
      },
      'public.collection_items': {
        tags: {
          foreignKey: [
            '(collection_id) references public.collections (id)|@fieldName collection|@foreignFieldName items',
            '(render_id) references public.renders (id)|@fieldName render|@foreignFieldName places',
          ],
        },
      },
      'bench_postgraphile.plans': { tags: { behavior: '-*' } },
    },
    // Otherwise the schema's name stands in front.
    procedure: {
      'bench_postgraphile.viewer_usage': { tags: { name: 'viewer_usage' } },
      'bench_postgraphile.add_to_favorites': { tags: { name: 'add_to_favorites' } },
    },
  },
});
