import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { createApp, type App } from '../../src/app.js';
import { parseConfiguration, type Configuration } from '../../src/config/configuration.js';
import { Secret } from '../../src/config/secret.js';
import { signDevelopmentToken } from '../../src/server/authentication/development-token.js';
import { COST_HEADER, type OperationCost } from '../../src/server/graphql/cost.js';
import type { BillingProvider } from '../../src/billing/provider.js';
import type { GenerationProvider } from '../../src/generation/provider.js';
import type { Storage } from '../../src/storage/storage.js';
import { compareExecutions } from './both-executions.js';
import { createTestDatabase, type TestDatabase } from './database.js';

const jwtSecret = 'a secret for tests that is long enough';

/** A statement that the gateway sent while a test counted. */
export interface SentStatement {
  readonly text: string;
  readonly role: string;
}

export interface Answer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string };
  }[];
  /** What the operation sent to the database; the first sight of a viewer is not counted. */
  readonly statements: readonly SentStatement[];
  /** As the gateway tells it; absent where the document was refused, and in production. */
  readonly cost?: OperationCost;
}

/** A person who can ask. */
export interface Person {
  readonly id: string;
  readonly token: string;
}

export interface TestApp {
  readonly app: App;
  readonly database: TestDatabase;
  readonly url: string;
  readonly storageDirectory: string;
  /** A new signed-in person; their profile is made at first sight. */
  signUp(options?: { id?: string; email?: string }): Promise<Person>;
  /** Somebody with a token who has not asked for anything yet, and so has no profile. */
  newcomer(claims: Claims): Promise<Person>;
  /**
   * Asks over HTTP; throws unless the answer is JSON, and where the operation sent more statements than was foreseen: so
   * every test that asks is one of the budgets, too.
   */
  ask<Data = Record<string, unknown>>(
    query: string,
    options?: { as?: Person | undefined; variables?: Record<string, unknown> | undefined },
  ): Promise<Answer<Data>>;
  close(): Promise<void>;
}

/** What a token says of its person; `id` is its `sub`. */
export interface Claims {
  readonly id: string;
  readonly email: string | null;
  readonly name?: string | null;
}

export interface TestAppOptions {
  /** Variables of the environment beside those that a test needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Laid over the runtime configuration. */
  readonly runtime?: Readonly<Record<string, unknown>>;
  readonly now?: () => Date;
  readonly database?: TestDatabase;
  /** Told of every notice of a change that the cache has obeyed. */
  readonly onNotice?: (payload: string) => void;
  /** Let the gateway work beside requests. Off by default: its statements would be counted among theirs. */
  readonly background?: boolean;
  /** Puts itself before the provider of pictures. */
  readonly wrapProvider?: (provider: GenerationProvider) => GenerationProvider;
  /** Puts itself before the payment provider, which is none without its variables. */
  readonly wrapBilling?: (provider: BillingProvider | null) => BillingProvider | null;
  /** Puts itself before the store. */
  readonly wrapStorage?: (storage: Storage) => Storage;
  /** Whom GraphiQL signs in, as the demo user is at `npm start`. */
  readonly graphiqlPerson?: { readonly id: string; readonly email: string };
  /** Whether every operation is executed both ways and compared, as it is by default; off where the answers are huge. */
  readonly comparesExecutions?: boolean;
  /** Whether `ask` throws where more statements were sent than were foreseen, as it does by default. */
  readonly holdsBudgets?: boolean;
  /** In place of a log that nobody reads. */
  readonly log?: Logger;
  /** URLs in place of the two roles', for tests that switch a line of defence off. */
  readonly databaseUrls?: { readonly gateway: string; readonly service: string };
}

export async function newcomer(profile: Claims): Promise<Person> {
  const secret = new Secret(jwtSecret);
  return {
    id: profile.id,
    token: await signDevelopmentToken({ profile, secret, issuer: null, audience: null, expiresIn: 3_600 }),
  };
}

/**
 * The whole gateway over HTTP on a database of its own, with files in a folder of its own. `LOOK_AHEAD=off npm test`
 * runs every test of it on loaders alone. Every operation is executed by its plan and the plain way, and closing throws
 * where the two answered differently.
 */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await createTestDatabase());
  const folder = await mkdtemp(join(tmpdir(), 'roomfeed-app-'));
  const storageDirectory = join(folder, 'storage');
  const configuration = configure(storageDirectory, options);
  const sent: SentStatement[] = [];
  const { graphiqlPerson } = options;
  const comparison = compareExecutions();
  const app = createApp({
    configuration,
    databaseUrls: options.databaseUrls ?? database.urls,
    log: options.log ?? pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
    onStatement: ({ text, role }) => sent.push({ text, role }),
    ...(options.now ? { now: options.now } : {}),
    ...(options.onNotice ? { onNotice: options.onNotice } : {}),
    background: options.background ?? false,
    ...((options.comparesExecutions ?? true) ? { wrapEngine: comparison.wrapEngine } : {}),
    ...(options.wrapStorage ? { wrapStorage: options.wrapStorage } : {}),
    ...(options.wrapProvider ? { wrapProvider: options.wrapProvider } : {}),
    ...(options.wrapBilling ? { wrapBilling: options.wrapBilling } : {}),
    ...(graphiqlPerson ? { graphiqlToken: (await newcomer({ ...graphiqlPerson, name: 'Demo' })).token } : {}),
  });
  // In production only administrators are told, and who asks is looked up.
  const tellsCost = !configuration.environment.production;
  await app.prepare();
  const { url } = await app.server.listen();

  let people = 0;
  async function signUp({ id, email }: { id?: string; email?: string } = {}): Promise<Person> {
    people += 1;
    const person = await newcomer({
      id: id ?? `0197b000-0000-7000-8000-${String(people).padStart(12, '0')}`,
      email: email ?? `person${people}@roomfeed.test`,
      name: `Person ${people}`,
    });
    await ask('{ viewer { __typename } }', { as: person });
    return person;
  }

  async function ask<Data>(
    query: string,
    { as, variables }: { as?: Person | undefined; variables?: Record<string, unknown> | undefined } = {},
  ): Promise<Answer<Data>> {
    const before = sent.length;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(tellsCost ? { [COST_HEADER]: '1' } : {}),
        ...(as ? { authorization: `Bearer ${as.token}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Pick<Answer<Data>, 'data' | 'errors'> & { extensions?: { cost: OperationCost } };
    const cost = body.extensions?.cost;
    if (cost && (options.holdsBudgets ?? true)) expectWithinBudget(cost, query);
    return {
      status: response.status,
      data: body.data,
      ...(body.errors ? { errors: body.errors } : {}),
      statements: sent.slice(before),
      ...(cost ? { cost } : {}),
    };
  }

  return {
    app,
    database,
    url,
    storageDirectory,
    signUp,
    newcomer,
    ask,
    async close() {
      await app.close();
      if (!options.database) await database.drop();
      await rm(folder, { recursive: true, force: true });
      comparison.expectSame();
    },
  };
}

/** Throws where an operation, or the first sight of its viewer, sent more statements than was foreseen. */
export function expectWithinBudget({ statements }: OperationCost, query: string): void {
  const { budget, reserve, used, firstSight } = statements;
  if (used <= budget + reserve && firstSight <= 1) return;
  throw new Error(`More statements were sent than were foreseen: ${JSON.stringify(statements)} by ${query}`);
}

/** What a gateway of the tests is started with; several of one database that share a folder take one another's tokens. */
export function testVariables(storageDirectory: string): Readonly<Record<string, string | undefined>> {
  return {
    PORT: '0',
    NODE_ENV: 'test',
    LOOK_AHEAD: process.env['LOOK_AHEAD'],
    COMPILED_EXECUTION: process.env['COMPILED_EXECUTION'],
    // Seeds write past the gateway and many tests count statements: only the cache's own tests switch it on.
    CACHE: 'off',
    JWT_SECRET: jwtSecret,
    ASSET_SIGNING_SECRET: 'another secret for tests that is long enough',
    STORAGE_URL: `file:${storageDirectory}`,
    PUBLIC_URL: 'http://127.0.0.1:4000',
  };
}

function configure(storageDirectory: string, { environment, runtime }: TestAppOptions): Configuration {
  const variables = { ...testVariables(storageDirectory), ROOMFEED_CONFIG: 'runtime.json', ...environment };
  const parsed = parseConfiguration(variables, () => JSON.stringify(runtime ?? {}));
  // Every secret is given above, so that the parser left no gap.
  return parsed as Configuration;
}
