// The limit of submissions: a token's check and one call to the database, which does all of it; see account-book.ts.
import '../../systems/shared/end-with-parent.ts';
import { createServer } from 'node:http';
import pg from 'pg';
import { createTokenCheck } from '../../systems/shared/bearer.ts';
import { readEnvironment } from '../../systems/shared/environment.ts';
import { readBody, send } from '../../systems/shared/http.ts';
import { obey } from './obey.ts';

const { port, serviceUrl, poolSize, jwtSecret } = readEnvironment();

const pool = new pg.Pool({ connectionString: serviceUrl, max: poolSize, idleTimeoutMillis: 30_000, application_name: 'bench limit' });
pool.on('error', () => undefined);
const statement = { name: 'submit', text: 'select bench.submit_generation($1::uuid, $2::uuid, $3::text, $4::int) as id' };
const viewerOf = createTokenCheck(jwtSecret);

interface Asked {
  readonly key: string;
  readonly words: string;
  readonly limit: number;
}

createServer((request, response) => {
  const viewer = viewerOf(request.headers.authorization);
  if (viewer === null) return void send(response, 401, '{"errors":["Sign in."]}');
  readBody(request)
    .then(async (body) => {
      const { key, words, limit } = JSON.parse(body) as Asked;
      const { rows } = await pool.query<{ id: string }>({ ...statement, values: [viewer, key, words, limit] });
      send(response, 200, JSON.stringify({ id: rows[0]?.id, status: 'STARTING' }));
    })
    .catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      send(response, 500, '{"errors":["It failed."]}');
    });
}).listen(port, '127.0.0.1', () => obey({}));
