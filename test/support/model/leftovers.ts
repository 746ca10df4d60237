import { copiesOf } from './gallery-views.js';
import type { Stage } from './stage.js';
import { living, names, type World } from './world.js';

/**
 * What no reader sees: the records of stored pictures, the bytes of those that the model's people had stored, and the
 * decisions on record. Nothing is lost, and nothing is left behind.
 */
export async function mustHoldNothingElse({ app, seed }: Stage, { people, gallery, decisions }: World): Promise<void> {
  const accounts = names.map((name) => people[name]);
  const pictures = accounts.flatMap(({ renders }) => living(renders).flatMap(({ variants }) => variants));
  const copies = living(gallery.looks).flatMap((look) => {
    const { image, thumb } = copiesOf(look);
    return 'of' in look.picture ? [`${image} ${look.picture.of.imageBytes}`, `${thumb} ${look.picture.of.thumbBytes}`] : [];
  });
  const recorded = await seed.sql<{ asset: string }>(
    `select path || ' ' || byte_size || case when marked_at is null then '' else ' and marked' end as asset from assets
     where kind = 'community' or kind <> 'input' and owner_id = any($1::uuid[])`,
    [accounts.map(({ id }) => id)],
  );
  expect(recorded.map(({ asset }) => asset).sort()).toEqual(
    [...pictures.flatMap(({ image, thumb, imageBytes, thumbBytes }) => [`${image} ${imageBytes}`, `${thumb} ${thumbBytes}`]), ...copies].sort(),
  );

  const stored: string[] = [];
  for (const prefix of [`renders/${people.Ada.id}/`, 'community/']) {
    for await (const { key, byteSize } of app.app.storage.list(prefix)) stored.push(`${key} ${byteSize}`);
  }
  const hers = living(people.Ada.renders).flatMap(({ variants }) => variants);
  expect(stored.sort()).toEqual(
    [...hers.flatMap(({ image, thumb, imageBytes, thumbBytes }) => [`${image} ${imageBytes}`, `${thumb} ${thumbBytes}`]), ...copies].sort(),
  );

  expect(
    await seed.sql(
      `select owner_id as about, changed_by as by, status, reason from account_status_changes
       where owner_id = any($1::uuid[]) order by created_at, id`,
      [accounts.map(({ id }) => id)],
    ),
  ).toEqual(decisions);
}
