import type { PageDefinition } from './page.js';
import { rowsOf, uuidKey } from './page.js';

const rows = rowsOf('renders', 'id, owner_id, job_id, mode, room_type, style, cover_variant');

/** Renders that say of their job what it does not say of itself. */
export const rendersMatchJobs: PageDefinition = {
  ...rows,
  key: [uuidKey('id')],
  size: 4_000,
  faults: `
    select case
        when j.id is null then 'render_without_job'
        when j.owner_id <> p.owner_id then 'render_of_other_owner'
        when j.status <> 'succeeded' then 'render_of_unsucceeded_job'
        else 'render_differs_from_job' end,
      p.id, p.owner_id, json_build_object('jobId', p.job_id, 'status', j.status)
    from page p left join generation_jobs j on j.id = p.job_id
    where p.job_id is not null and (
      j.id is null or j.owner_id <> p.owner_id or j.status <> 'succeeded'
      or (j.mode, j.room_type, j.style) is distinct from (p.mode, p.room_type, p.style)
    )`,
};

/** Renders without a picture, or with a cover that they do not have. */
export const rendersHaveVariants: PageDefinition = {
  ...rows,
  key: [uuidKey('id')],
  size: 4_000,
  faults: `
    select case when v.first is null then 'render_without_variants' else 'cover_missing' end, p.id, p.owner_id,
      json_build_object('coverVariant', p.cover_variant, 'first', v.first)
    from page p
    cross join lateral (
      select min(v.idx) as first, bool_or(v.idx = p.cover_variant) as has_cover from render_variants v where v.render_id = p.id
    ) v
    where v.has_cover is not true`,
};
