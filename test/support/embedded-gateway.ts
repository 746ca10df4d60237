// A gateway reduced to its embedded server, for tests that kill one: `embedded-gateway <data directory> [elsewhere]`.
// Prints a line of JSON for each event. On SIGINT and SIGTERM it drains (asks the database once more) and stops.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedServer } from '../../src/database/embedded.js';

const say = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
const log = {
  info: (message: string) => say({ event: 'log', message }),
  warn: (message: string) => say({ event: 'log', message }),
  error: (message: string) => say({ event: 'log', message }),
};

const [dataDirectory = '', elsewhere] = process.argv.slice(2);
const server = await startEmbeddedServer({ dataDirectory, log, ...(elsewhere ? { elsewhere } : {}) });
const client = new pg.Client({ connectionString: server.urls.gateway });
await client.connect();

const stayAlive = setInterval(() => undefined, 60_000);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    void (async () => {
      // Long enough for a server that got the signal too to act on it, and to fail the query.
      await delay(500);
      const { rows } = await client.query<{ answer: number }>('SELECT 42 AS answer');
      say({ event: 'drained', answer: rows[0]?.answer });
      await client.end();
      await server.stop();
      clearInterval(stayAlive);
    })();
  });
}
say({ event: 'ready', urls: server.urls, directory: server.directory });
