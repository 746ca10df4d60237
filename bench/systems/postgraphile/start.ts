// PostGraphile v5 as its manual recommends for production: as a library on node:http, the amber preset, a pool of its
// own, claims from a verified token to pgSettings, no explain, no watching, no GraphiQL. See bench/README.md for choices.
import '../shared/end-with-parent.ts';
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { createTokenCheck } from '../shared/bearer.ts';
import { readEnvironment } from '../shared/environment.ts';
import { createPicturesPlugin } from './pictures.ts';
import { tags } from './tags.ts';

const { port, databaseUrl, poolSize, jwtSecret, signingSecret, publicUrl } = readEnvironment();
const viewerOf = createTokenCheck(jwtSecret);

const preset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [tags, createPicturesPlugin({ publicUrl, signingSecret })],
  pgServices: [
    makePgService({
      connectionString: databaseUrl,
      schemas: ['public', 'bench_postgraphile'],
      // Nothing here subscribes, and a listener would take a connection.
      pubsub: false,
      poolConfig: { max: poolSize, idleTimeoutMillis: 30_000, application_name: 'bench postgraphile' },
    }),
  ],
  schema: { dontSwallowErrors: true },
  grafast: {
    explain: false,
    context(requestContext) {
      const viewer = viewerOf(requestContext.node?.req.headers.authorization);
      if (viewer === null) throw new Error('Sign in.');
      return { pgSettings: { 'app.user_id': viewer } };
    },
  },
  grafserv: { port, host: '127.0.0.1', graphiql: false, watch: false },
};

const server = createServer();
const serv = postgraphile(preset).createServ(grafserv);
await serv.addTo(server);
await serv.ready();
server.listen(port, '127.0.0.1');
