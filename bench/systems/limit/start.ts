// The limit: what a good engineer would write by hand for these operations and no others. One statement a request, the
// viewer's scope in the same round trip, rows to objects to JSON.
import '../shared/end-with-parent.ts';
import { createServer } from 'node:http';
import { createAssetUrls, thumbnailSize } from '../../gateway/pictures.ts';
import { planOfPriceId, runtime } from '../../gateway/plans.ts';
import { createTokenCheck } from '../shared/bearer.ts';
import { readEnvironment } from '../shared/environment.ts';
import { readBody, send } from '../shared/http.ts';
import { addFavorite } from './add-favorite.ts';
import { collections } from './collections.ts';
import { community } from './community.ts';
import { feed } from './feed.ts';
import type { Handler, Tools } from './handler.ts';
import { render } from './render.ts';
import { createScopedPool } from './scoped-pool.ts';
import { createUsage } from './usage.ts';

const { port, databaseUrl, poolSize, jwtSecret, signingSecret, publicUrl } = readEnvironment();

const urls = createAssetUrls({ publicUrl, signingSecret });
const tools: Tools = {
  query: createScopedPool({
    connectionString: databaseUrl,
    max: poolSize,
    idleTimeoutMillis: 30_000,
    // The statements are few and their plans the same for everybody; PostgreSQL would plan them anew each time.
    options: '-c TimeZone=UTC -c plan_cache_mode=force_generic_plan',
    application_name: 'bench limit',
  }),
  signed: urls.signed,
  publicUrl: urls.public,
  thumbnailSize,
};
const handlers: Readonly<Record<string, Handler<never>>> = {
  '/feed': feed,
  '/collections': collections,
  '/render': render,
  '/community': community,
  '/usage': createUsage((priceId) => planOfPriceId(runtime, priceId)),
  '/add-favorite': addFavorite,
};
const viewerOf = createTokenCheck(jwtSecret);

createServer((request, response) => {
  const viewer = viewerOf(request.headers.authorization);
  const handler = handlers[request.url ?? ''];
  if (viewer === null) return void send(response, 401, '{"error":"Sign in."}');
  if (handler === undefined) return void send(response, 404, '{"error":"There is no such operation."}');
  readBody(request)
    .then((body) => handler(JSON.parse(body) as never, viewer, tools))
    .then(
      (answer) => send(response, 200, JSON.stringify(answer)),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        send(response, 500, '{"error":"It failed."}');
      },
    );
}).listen(port, '127.0.0.1');
