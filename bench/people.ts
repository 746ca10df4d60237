import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { jwtSecret } from './settings.ts';

/** Somebody in whose name requests are made. */
export interface Person {
  readonly id: string;
  readonly token: string;
  /** Of how many renders. */
  readonly renders: number;
}

/** So many people take turns, that no row is asked for again and again. */
const crowd = 200;

/** The busiest person, with the longest feed, then others of the seed by chance that is the same each time. */
export async function choosePeople(superuser: pg.Client): Promise<readonly Person[]> {
  const { rows } = await superuser.query<{ id: string; renders: number }>(
    `with counts as (select owner_id as id, count(*)::int as renders from renders group by owner_id having count(*) >= 20)
     select id, renders from counts
     order by renders = (select max(renders) from counts) desc, md5(id::text) limit $1`,
    [crowd],
  );
  return rows.map(({ id, renders }) => ({ id, renders, token: signToken(id) }));
}

/** A bearer token as an identity provider would sign it (RFC 7519, HS256), for a day. */
export function signToken(id: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: id, iat: now, exp: now + 86_400 })}`;
  return `${signed}.${createHmac('sha256', jwtSecret).update(signed).digest('base64url')}`;
}
