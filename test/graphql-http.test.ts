import { serverAudits } from 'graphql-http';
import { schemaOf, startServer } from './support/http.js';
import type { StartedServer } from './support/http.js';

let started: StartedServer;

beforeAll(async () => {
  started = await startServer({ schema: schemaOf('type Query { hello: String }', { hello: 'world' }) });
});
afterAll(() => started.server.close());

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => started.endpoint });

  it('is audited in every point that the audit suite has', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
    '%s: the server %s',
    async (_id, _name, audit) => {
      expect(await audit.fn()).toMatchObject({ status: 'ok' });
    },
  );
});
