// The limit of watching: node:http that holds streams of server-sent events, checks tokens, sends the same signs of life as
// the gateway, and passes on what the database tells without reading anything.
import '../../systems/shared/end-with-parent.ts';
import { createServer, type ServerResponse } from 'node:http';
import pg from 'pg';
import { createTokenCheck } from '../../systems/shared/bearer.ts';
import { readEnvironment } from '../../systems/shared/environment.ts';
import { readBody, send } from '../../systems/shared/http.ts';
import { obey } from './obey.ts';

const pingMillis = 12_000;

const { port, serviceUrl, jwtSecret } = readEnvironment();
const viewerOf = createTokenCheck(jwtSecret);
const streams = new Map<string, Set<ServerResponse>>();

setInterval(() => {
  for (const ofOne of streams.values()) for (const response of ofOne) response.write(':\n\n');
}, pingMillis);

const client = new pg.Client({ connectionString: serviceUrl, application_name: 'bench limit' });
await client.connect();
client.on('notification', ({ payload = '' }) => {
  const [owner = '', seq = ''] = payload.split(' ');
  for (const response of streams.get(owner) ?? []) response.write(`id: ${seq}\nevent: next\ndata: {"seq":${seq}}\n\n`);
});
await client.query('listen roomfeed_job_events');

createServer((request, response) => {
  const viewer = viewerOf(request.headers.authorization);
  if (viewer === null) return void send(response, 401, '{"errors":["Sign in."]}');
  void readBody(request).then(() => {
    const ofOne = streams.get(viewer) ?? new Set();
    streams.set(viewer, ofOne.add(response));
    response.once('close', () => ofOne.delete(response));
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    response.write(':\n\n');
  });
}).listen(port, '127.0.0.1', () => obey({}));
