import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { listPlans, runtime } from '../../gateway/plans.ts';

/** Makes PostGraphile's own functions anew, so that they are those of this checkout. */
export async function preparePostgraphile(superuser: pg.Client): Promise<void> {
  await superuser.query(await readFile(new URL('schema.sql', import.meta.url), 'utf8'));
  for (const { id, priceId, monthlyGenerations } of listPlans(runtime)) {
    await superuser.query('insert into bench_postgraphile.plans values ($1, $2, $3)', [id, priceId, monthlyGenerations]);
  }
}
