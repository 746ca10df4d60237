import type { Person } from '../app.js';
import type { Seed } from '../seed.js';

/**
 * Changes that no gateway makes: a worker, a webhook, a person with psql. Each is of something that kept answers hold,
 * so that together they try the triggers of every table behind them. `period` is the present month's, YYYY-MM-01.
 */
export const outsideChanges: Readonly<
  Record<string, (world: { seed: Seed; period: string; createdAt: Date }, person: Person) => Promise<unknown>>
> = {
  'a render': ({ seed, createdAt }, { id }) => seed.renders(id, 1, { jobs: true, createdAt }),
  'a job': ({ seed }, { id }) => seed.sql("update generation_jobs set prompt = prompt || '!' where owner_id = $1", [id]),
  'a variant': ({ seed }, { id }) => seed.sql('update render_variants set width = width + 1 where owner_id = $1', [id]),
  'a lost photo': ({ seed }, { id }) => seed.sql("delete from assets where owner_id = $1 and path like '%-a.jpg'", [id]),
  'a name': ({ seed }, { id }) =>
    seed.sql("update collections set name = 'Renamed' where owner_id = $1 and not is_default_favorites", [id]),
  'a place': ({ seed }, { id }) => seed.sql('delete from collection_items where owner_id = $1', [id]),
  'a deleted render': ({ seed }, { id }) =>
    seed.sql('delete from renders where id = (select id from renders where owner_id = $1 order by id limit 1)', [id]),
  'a charge': ({ seed, period }, { id }) =>
    seed.sql(
      `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
       select owner_id, 'generation_debit', 1, $2::date, id, (select count(*) + 1 from usage_ledger l where l.job_id = j.id)
       from generation_jobs j where owner_id = $1 order by id limit 1`,
      [id, period],
    ),
  'a plan': ({ seed }, { id }) =>
    seed.sql("update profiles set price_id = 'price_starter_monthly', has_access = not has_access where id = $1", [id]),
  'a title': ({ seed }) => seed.sql("update community_collections set title = title || '!' where length(title) < 50"),
  'a look': async ({ seed }) => {
    const [gallery] = await seed.sql<{ id: string }>('select id from community_collections order by id limit 1');
    return gallery && seed.communityItems(gallery.id, 1);
  },
  'an order': ({ seed }) => seed.sql('update community_items set order_index = 100 - order_index'),
};
