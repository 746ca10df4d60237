import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { parseConfiguration, parseMigrationConfiguration, type Configuration } from '../src/config/configuration.js';
import { readOrCreateDevelopmentSecrets } from '../src/config/development-secrets.js';
import { ConfigurationError, type ConfigurationFault } from '../src/config/faults.js';
import { loadConfiguration, loadDevelopmentSignIn } from '../src/config/load.js';
import { freePlan, listPlans, planById, planOfPriceId, upgradesFrom } from '../src/config/plans.js';
import { variableNames, type EnvironmentVariables } from '../src/config/variables.js';

const SECRET = 'a-secret-that-must-never-be-printed-1234567890';
const OTHER_SECRET = 'another-secret-that-must-never-be-printed-0987';

const noFile = (): string => {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
};

const parse = (variables: EnvironmentVariables, file?: unknown): Configuration<null> =>
  parseConfiguration(file === undefined ? variables : { ...variables, ROOMFEED_CONFIG: 'roomfeed.json' }, (path) =>
    file === undefined || path !== 'roomfeed.json' ? noFile() : typeof file === 'string' ? file : JSON.stringify(file),
  );

function errorOf(act: () => unknown): ConfigurationError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted.');
}

const faultsOf = (variables: EnvironmentVariables, file?: unknown): readonly ConfigurationFault[] =>
  errorOf(() => parse(variables, file)).faults;

const production = { NODE_ENV: 'production', JWT_SECRET: SECRET, ASSET_SIGNING_SECRET: OTHER_SECRET };

describe('the environment', () => {
  test('needs nothing on a development machine', () => {
    const { environment } = parse({});

    expect(environment).toEqual({
      production: false,
      host: '127.0.0.1',
      port: 4000,
      publicUrl: 'http://127.0.0.1:4000',
      corsOrigins: [],
      returnOrigins: ['http://127.0.0.1:4000'],
      graphiql: true,
      operations: { manifest: null, adHoc: 'everyone' },
      logLevel: 'info',
      lookAhead: true,
      compiled: true,
      cache: true,
      shutdownGraceSeconds: 10,
      dataDirectory: '.roomfeed',
      database: { kind: 'embedded' },
      databasePoolMax: 10,
      signIn: { key: null, issuer: null, audience: null },
      storage: { kind: 'files', directory: '.roomfeed/storage', signingSecret: null, previousSigningSecret: null },
      worker: true,
      workerConcurrency: 4,
      stripe: null,
      replicate: null,
    });
  });

  test('takes every value that is given', () => {
    const { environment } = parse(
      {
        ...production,
        HOST: '::',
        PORT: '0',
        PUBLIC_URL: 'https://api.example.com/',
        CORS_ORIGINS: 'https://app.example.com, http://localhost:3000/,https://app.example.com',
        GRAPHIQL: 'on',
        LOG_LEVEL: 'debug',
        LOOK_AHEAD: 'off',
        COMPILED_EXECUTION: 'off',
        CACHE: 'off',
        SHUTDOWN_GRACE_SECONDS: '0',
        ROOMFEED_DATA_DIR: '/data',
        DATABASE_URL: 'postgresql://gateway:one@db/roomfeed',
        DATABASE_SERVICE_URL: 'postgres://service:two@db:5433/roomfeed',
        DATABASE_OWNER_URL: 'postgresql://owner:three@db/roomfeed',
        DATABASE_POOL_MAX: '40',
        JWT_ISSUER: 'https://id.example.com/',
        JWT_AUDIENCE: 'roomfeed',
        STORAGE_URL: 'file:pictures',
        ASSET_SIGNING_PREVIOUS_SECRET: SECRET,
        STRIPE_SECRET_KEY: 'sk_test_1',
        STRIPE_WEBHOOK_SECRET: 'whsec_1',
        STRIPE_API_BASE: 'http://127.0.0.1:12111',
        REPLICATE_API_TOKEN: 'r8_1',
        REPLICATE_WEBHOOK_SECRET: 'whsec_2',
        REPLICATE_WEBHOOK_PREVIOUS_SECRET: 'whsec_1',
      },
      { plans: { starter: { priceId: 'price_1' }, advanced: { priceId: 'price_2' } } },
    );

    expect(environment).toMatchObject({
      production: true,
      host: '::',
      port: 0,
      publicUrl: 'https://api.example.com',
      corsOrigins: ['https://app.example.com', 'http://localhost:3000'],
      graphiql: true,
      logLevel: 'debug',
      lookAhead: false,
      compiled: false,
      cache: false,
      shutdownGraceSeconds: 0,
      dataDirectory: '/data',
      databasePoolMax: 40,
      storage: { kind: 'files', directory: 'pictures' },
      stripe: { apiBase: 'http://127.0.0.1:12111' },
      replicate: { apiBase: 'https://api.replicate.com' },
    });
    const { database, signIn, storage, stripe, replicate } = environment;
    expect(
      database.kind === 'urls' &&
        [database.gatewayUrl, database.serviceUrl, database.ownerUrl].map((url) => url?.reveal()),
    ).toEqual([
      'postgresql://gateway:one@db/roomfeed',
      'postgres://service:two@db:5433/roomfeed',
      'postgresql://owner:three@db/roomfeed',
    ]);
    expect(signIn).toMatchObject({ issuer: 'https://id.example.com/', audience: 'roomfeed', key: { kind: 'secret' } });
    expect(signIn.key?.kind === 'secret' && signIn.key.secret.reveal()).toBe(SECRET);
    expect(
      storage.kind === 'files' && [storage.signingSecret?.reveal(), storage.previousSigningSecret?.reveal()],
    ).toEqual([OTHER_SECRET, SECRET]);
    expect([stripe?.secretKey.reveal(), stripe?.webhookSecret.reveal()]).toEqual(['sk_test_1', 'whsec_1']);
    expect([replicate?.apiToken.reveal(), replicate?.webhookSecret.reveal()]).toEqual(['r8_1', 'whsec_2']);
    expect(replicate?.previousWebhookSecret?.reveal()).toBe('whsec_1');
  });

  test('takes an empty variable for none, as compose files pass them', () => {
    expect(parse({ PORT: '', JWT_SECRET: ' ', DATABASE_URL: '', STORAGE_URL: '' }).environment).toEqual(
      parse({}).environment,
    );
  });

  test('names every fault at once, in one line each, and prints no secret', () => {
    const error = errorOf(() =>
      parse(
        {
          NODE_ENV: 'prod',
          PORT: '65536',
          HOST: 'http://localhost',
          PUBLIC_URL: `https://user:${SECRET}@example.com`,
          CORS_ORIGINS: '*',
          GRAPHIQL: 'yes',
          LOG_LEVEL: 'loud',
          LOOK_AHEAD: 'true',
          COMPILED_EXECUTION: 'never',
          CACHE: 'yes',
          SHUTDOWN_GRACE_SECONDS: '-1',
          DATABASE_URL: `mysql://root:${SECRET}@db/roomfeed`,
          DATABASE_POOL_MAX: '0',
          JWT_SECRET: 'too-short-a-secret',
          JWKS_URL: 'http://id.example.com/keys',
          STORAGE_URL: `s3://key:${SECRET}@s3.example.com/bucket`,
          STRIPE_SECRET_KEY: SECRET,
          REPLICATE_API_BASE: 'ftp://example.com',
        },
        { graphql: { maxDepth: 0, maxDeepness: 3 }, defaults: { mode: 'paint' } },
      ),
    );

    expect(error.faults.map(({ name }) => name).sort()).toEqual([
      'CACHE',
      'COMPILED_EXECUTION',
      'CORS_ORIGINS',
      'DATABASE_POOL_MAX',
      'DATABASE_SERVICE_URL',
      'DATABASE_URL',
      'GRAPHIQL',
      'HOST',
      'JWKS_URL',
      'JWKS_URL',
      'JWT_SECRET',
      'LOG_LEVEL',
      'LOOK_AHEAD',
      'NODE_ENV',
      'PORT',
      'PUBLIC_URL',
      'REPLICATE_API_BASE',
      'REPLICATE_API_TOKEN',
      'REPLICATE_WEBHOOK_SECRET',
      'ROOMFEED_CONFIG',
      'ROOMFEED_CONFIG',
      'ROOMFEED_CONFIG',
      'SHUTDOWN_GRACE_SECONDS',
      'STORAGE_URL',
      'STRIPE_WEBHOOK_SECRET',
    ]);
    expect(error.message.split('\n')).toHaveLength(1 + error.faults.length);
    expect(error.message).toContain('  PORT: must be a whole number from 0 to 65535');
    for (const shown of [error.message, JSON.stringify(error), inspect(error)]) {
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toContain('too-short-a-secret');
    }
  });

  test.each([
    ['NODE_ENV', 'staging'],
    ['PORT', '4000x'],
    ['PORT', '-1'],
    ['PORT', '4e3'],
    ['HOST', 'two words'],
    ['PUBLIC_URL', 'api.example.com'],
    ['PUBLIC_URL', 'https://api.example.com/?a=b'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['CORS_ORIGINS', 'https://app.example.com/path'],
    ['CORS_ORIGINS', 'app.example.com'],
    ['CORS_ORIGINS', 'null'],
    ['JWT_SECRET', 'x'.repeat(31)],
    ['JWKS_URL', 'http://10.0.0.1/keys'],
    ['JWKS_URL', 'http://127.0.0.1.example.com/keys'],
    ['JWKS_URL', 'https://user:password@id.example.com/keys'],
    ['STORAGE_URL', '/var/lib/roomfeed'],
    ['STORAGE_URL', 'file:'],
    ['STORAGE_URL', 'file://other-host/pictures'],
    ['STORAGE_URL', 's3://'],
    ['STORAGE_URL', 's3://host/Two/Parts'],
    ['STORAGE_URL', `s3://host/${'b'.repeat(57)}`],
    ['STORAGE_URL', 's3://host/two..dots'],
    ['STORAGE_URL', 's3://host/10.0.0.1'],
    ['STORAGE_PUBLIC_URL', 'https://pictures.example.com/behind/a/path'],
    ['STRIPE_API_BASE', 'http://stripe.example.com'],
  ])('refuses %s=%s', (name, value) => {
    expect(faultsOf({ [name]: value }).map((fault) => fault.name)).toContain(name);
  });

  test.each([
    ['http://localhost:8080/keys'],
    ['http://127.1.2.3/keys'],
    ['http://[::1]:8080/keys'],
    ['https://id.example.com/keys'],
  ])('takes keys from %s', (url) => {
    expect(parse({ JWKS_URL: url }).environment.signIn.key).toEqual({ kind: 'jwks', url });
  });

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:4000'],
    ['0.0.0.0', 'http://127.0.0.1:4000'],
    ['::', 'http://[::1]:4000'],
    ['fe80::1', 'http://[fe80::1]:4000'],
    ['gateway.internal', 'http://gateway.internal:4000'],
  ])('listening on %s is called at %s', (host, url) => {
    expect(parse({ HOST: host }).environment.publicUrl).toBe(url);
  });

  test('requires the secrets in production, and makes none up', () => {
    expect(faultsOf({ NODE_ENV: 'production' }).map(({ name }) => name)).toEqual([
      'JWT_SECRET',
      'ASSET_SIGNING_SECRET',
    ]);
    expect(parse(production).environment).toMatchObject({ production: true, graphiql: false });
    expect(
      parse({ ...production, JWT_SECRET: undefined, JWKS_URL: 'https://id.example.com/keys' }).environment.production,
    ).toBe(true);
  });

  test('needs the URLs of both roles where it has one, and the owner only to migrate', () => {
    const gateway = { DATABASE_URL: 'postgresql://gateway:one@db/roomfeed' };
    const service = { DATABASE_SERVICE_URL: 'postgresql://service:two@db/roomfeed' };
    const owner = { DATABASE_OWNER_URL: 'postgresql://owner:three@db/roomfeed' };

    expect(faultsOf(gateway).map(({ name }) => name)).toEqual(['DATABASE_SERVICE_URL']);
    expect(faultsOf(service).map(({ name }) => name)).toEqual(['DATABASE_URL']);
    expect(faultsOf(owner).map(({ name }) => name)).toEqual(['DATABASE_URL', 'DATABASE_SERVICE_URL']);
    expect(parse({ ...gateway, ...service }).environment.database).toMatchObject({ kind: 'urls', ownerUrl: null });
    expect(parseMigrationConfiguration({ NODE_ENV: 'production', ...owner }).database).toMatchObject({ kind: 'url' });
    expect(errorOf(() => parseMigrationConfiguration(gateway)).faults.map(({ name }) => name)).toEqual([
      'DATABASE_OWNER_URL',
    ]);
    expect(parseMigrationConfiguration({}).database).toEqual({ kind: 'embedded' });
  });

  test('refuses one role in two places, because it would have the rights of both', () => {
    const url = 'postgresql://roomfeed:one@db/roomfeed';

    expect(faultsOf({ DATABASE_URL: url, DATABASE_SERVICE_URL: url }).map(({ name }) => name)).toEqual([
      'DATABASE_SERVICE_URL',
    ]);
  });

  test('takes one way to sign in, not two', () => {
    expect(faultsOf({ JWT_SECRET: SECRET, JWKS_URL: 'https://id.example.com/keys' }).map(({ name }) => name)).toEqual([
      'JWKS_URL',
    ]);
  });

  test('reads relative and absolute places of pictures', () => {
    const directoryOf = (url: string): unknown => {
      const { storage } = parse({ STORAGE_URL: url }).environment;
      return storage.kind === 'files' ? storage.directory : storage;
    };

    expect(directoryOf('file:pictures/here')).toBe('pictures/here');
    expect(directoryOf('file:./pictures')).toBe('./pictures');
    expect(directoryOf('file:/var/pictures')).toBe('/var/pictures');
    expect(directoryOf('file:///var/my%20pictures')).toBe('/var/my pictures');
  });

  test('holds the variables of a store together', () => {
    const keys = { STORAGE_ACCESS_KEY: 'access', STORAGE_SECRET_KEY: SECRET };
    const url = { STORAGE_URL: 's3://s3.internal:9000/pictures' };

    const { storage } = parse({ ...url, ...keys, STORAGE_TLS: 'off' }).environment;
    expect(storage).toMatchObject({
      kind: 's3',
      host: 's3.internal',
      port: 9000,
      bucket: 'pictures',
      region: 'us-east-1',
      tls: false,
    });
    expect(faultsOf(url).map(({ name }) => name)).toEqual(['STORAGE_ACCESS_KEY', 'STORAGE_SECRET_KEY']);
    expect(faultsOf(keys).map(({ name }) => name)).toEqual(['STORAGE_ACCESS_KEY', 'STORAGE_SECRET_KEY']);
    expect(faultsOf({ ...url, ...keys, ASSET_SIGNING_SECRET: SECRET }).map(({ name }) => name)).toEqual([
      'ASSET_SIGNING_SECRET',
    ]);
    expect(faultsOf({ ASSET_SIGNING_PREVIOUS_SECRET: SECRET }).map(({ name }) => name)).toEqual([
      'ASSET_SIGNING_PREVIOUS_SECRET',
    ]);
  });

  test('takes all of a provider or nothing', () => {
    expect(faultsOf({ STRIPE_WEBHOOK_SECRET: 'whsec_1' }).map(({ name }) => name)).toEqual(['STRIPE_SECRET_KEY']);
    expect(faultsOf({ REPLICATE_API_TOKEN: 'r8_1' }).map(({ name }) => name)).toEqual(['REPLICATE_WEBHOOK_SECRET']);
    expect(faultsOf({ REPLICATE_WEBHOOK_PREVIOUS_SECRET: 'whsec_1' }).map(({ name }) => name)).toEqual([
      'REPLICATE_API_TOKEN',
      'REPLICATE_WEBHOOK_SECRET',
    ]);
  });

  test('shows no secret when the configuration is logged, printed or made JSON', () => {
    const configuration = parse(
      {
        ...production,
        DATABASE_URL: `postgresql://gateway:${SECRET}@db/roomfeed`,
        DATABASE_SERVICE_URL: `postgresql://service:${SECRET}@db/roomfeed`,
        STRIPE_SECRET_KEY: SECRET,
        STRIPE_WEBHOOK_SECRET: SECRET,
      },
      { plans: { starter: { priceId: 'price_1' }, advanced: { priceId: 'price_2' } } },
    );
    const { key } = configuration.environment.signIn;

    for (const shown of [
      JSON.stringify(configuration),
      inspect(configuration, { depth: 9, showHidden: true }),
      `${key?.kind === 'secret' ? key.secret : ''}`,
    ]) {
      expect(shown).toContain('[secret]');
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toContain(OTHER_SECRET);
    }
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

  test('lists exactly the variables that the parser reads, each with its explanation', () => {
    const asked = new Set<string>();
    const spying = new Proxy<Record<string, string>>(
      {},
      {
        get(_target, name) {
          if (typeof name === 'string') asked.add(name);
          return undefined;
        },
      },
    );
    parseConfiguration(spying, noFile);

    const lines = example.split('\n');
    const listed = lines.flatMap((line, index) => {
      const name = /^#?([A-Z][A-Z0-9_]*)=/.exec(line)?.[1];
      if (name !== undefined) expect(lines[index - 1]).toMatch(/^# \S.*\.$|^# \S.*: \S/);
      return name === undefined ? [] : [name];
    });
    expect(listed.toSorted()).toEqual([...asked].toSorted());
    expect(listed.toSorted()).toEqual([...variableNames].toSorted());
  });

  test('is a valid environment as it stands, and with every line switched on that does not exclude another', () => {
    const valuesOf = (pattern: RegExp): Record<string, string> =>
      Object.fromEntries([...example.matchAll(pattern)].map(([, name, value]) => [name ?? '', value ?? '']));
    expect(valuesOf(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)).toEqual({});

    const all = valuesOf(/^#([A-Z][A-Z0-9_]*)=(.*)$/gm);
    const exclusive = /^(JWKS_URL|ROOMFEED_CONFIG|STORAGE_(ACCESS|SECRET|REGION|TLS|PUBLIC).*|.*_API_BASE)$/;
    const switchedOn = Object.fromEntries(Object.entries(all).filter(([name]) => !exclusive.test(name)));
    expect(() => parse({ ...switchedOn, JWT_SECRET: SECRET, ASSET_SIGNING_SECRET: SECRET })).not.toThrow();
  });
});

describe('the runtime configuration', () => {
  test('offers the product as it comes', () => {
    const { runtime } = parse({});

    expect(runtime.roomTypes.map(({ id }) => id)).toEqual([
      'living_room',
      'kitchen',
      'bedroom',
      'bathroom',
      'dining_room',
      'home_office',
      'alfresco',
      'granny_flat',
    ]);
    expect(runtime.styles.map(({ id }) => id)).toEqual([
      'coastal_au',
      'contemporary_au',
      'modern',
      'minimal',
      'scandi',
      'japandi',
      'midcentury',
      'industrial',
      'hamptons_au',
    ]);
    expect(runtime.defaults).toEqual({ mode: 'redesign', aspectRatio: '1:1', quality: 'auto', variants: 2 });
    expect(runtime.limits).toMatchObject({
      maxVariants: 3,
      maxUploadBytes: 15_000_000,
      acceptedContentTypes: ['image/jpeg', 'image/png', 'image/webp'],
    });
    expect(
      listPlans(runtime).map(({ id, monthlyGenerations, maxConcurrentJobs }) => [
        id,
        monthlyGenerations,
        maxConcurrentJobs,
      ]),
    ).toEqual([
      ['free', 20, 1],
      ['starter', 150, 1],
      ['advanced', 600, 1],
    ]);
  });

  test('is laid over by a file, key by key', () => {
    const { runtime } = parse(
      {},
      {
        plans: { free: { monthlyGenerations: 50, maxConcurrentJobs: 1000 } },
        styles: [{ id: 'modern', label: 'Modern' }],
        limits: { maxCollections: 5 },
      },
    );

    expect(planById(runtime, 'free')).toMatchObject({
      id: 'free',
      label: 'Free',
      monthlyGenerations: 50,
      maxConcurrentJobs: 1000,
    });
    expect(planById(runtime, 'starter')?.monthlyGenerations).toBe(150);
    expect(runtime.styles).toEqual([{ id: 'modern', label: 'Modern' }]);
    expect(runtime.limits).toMatchObject({ maxCollections: 5, maxVariants: 3 });
  });

  test('has one mode made by another model, which names its parameters otherwise', () => {
    const imagine = { model: 'black-forest-labs/flux-schnell', parameters: { variants: 'num_outputs', quality: null, photos: null } };
    const { runtime } = parse({}, { replicate: { models: { imagine } } });

    expect(runtime.replicate.models.imagine).toEqual({
      model: 'black-forest-labs/flux-schnell',
      parameters: { prompt: 'prompt', photos: null, variants: 'num_outputs', aspectRatio: 'aspect_ratio', quality: null },
      fixed: { output_format: 'webp' },
    });
    expect(runtime.replicate.models.compose.model).toBe('openai/gpt-image-1.5');
  });

  test('gains a plan and loses one by the file, and keeps them cheapest first', () => {
    const studio = {
      label: 'Studio',
      priceId: 'price_studio_yearly',
      priceCents: 12_000,
      currency: 'aud',
      interval: 'year',
      monthlyGenerations: 60,
      maxConcurrentJobs: 2,
      features: [],
    };
    const { runtime } = parse({}, { plans: { studio, advanced: null } });

    // 12,000 cents a year are 1,000 a month.
    expect(listPlans(runtime).map(({ id }) => id)).toEqual(['free', 'studio', 'starter']);
  });

  test.each([
    ['{"plans":', 'not valid JSON'],
    [[], 'the file must be an object'],
    [{ plan: {} }, 'the file has "plan"'],
    [{ plans: { free: { monthlyGeneration: 5 } } }, 'plans.free has "monthlyGeneration"'],
    ['{"__proto__": {"nearLimitPercent": 5}}', '"__proto__"'],
    [{ plans: { free: null } }, 'plans.free must exist'],
    [{ plans: { free: { priceCents: 5 } } }, 'plans.free must cost nothing'],
    [{ plans: { starter: { id: 'other' } } }, 'plans.starter.id must be "starter"'],
    [{ plans: { starter: { priceId: null } } }, 'plans.starter.priceId must name a price'],
    [{ plans: { starter: { priceId: 'price_advanced_monthly' } } }, 'is also that of plans.starter'],
    [{ plans: { starter: { currency: 'AUD' } } }, 'plans.starter.currency must be three lower-case letters'],
    [{ plans: { starter: { monthlyGenerations: -1 } } }, 'plans.starter.monthlyGenerations must be a whole number'],
    [{ plans: { starter: { maxConcurrentJobs: 0 } } }, 'plans.starter.maxConcurrentJobs must be a whole number'],
    [{ plans: { 'Big Plan': {} } }, 'plans.Big Plan must be 1 to 64 lower-case letters'],
    [{ plans: { extra: { label: 'Extra' } } }, 'plans.extra.priceCents must be'],
    [{ modes: ['staging'] }, 'defaults.mode must be one of staging'],
    [{ modes: [] }, 'modes must name at least one'],
    [{ qualities: ['auto', 'auto'] }, 'qualities must not name one twice'],
    [{ aspectRatios: ['16:9'] }, 'aspectRatios.0 must be one of 1:1, 3:2, 2:3'],
    [
      {
        roomTypes: [
          { id: 'kitchen', label: 'A' },
          { id: 'kitchen', label: 'B' },
        ],
      },
      'roomTypes must not name one twice',
    ],
    [{ limits: { maxVariants: 1 } }, 'defaults.variants must be at most limits.maxVariants (1)'],
    [{ limits: { maxVariants: 4 } }, 'limits.maxVariants must be a whole number from 1 to 3'],
    [{ limits: { maxUploadBytes: 0 } }, 'limits.maxUploadBytes must be'],
    [{ limits: { acceptedContentTypes: ['image/svg+xml'] } }, 'limits.acceptedContentTypes.0 must be one of'],
    [{ graphql: { maxDepth: 1.5 } }, 'graphql.maxDepth must be a whole number'],
    [{ nearLimitPercent: '80' }, 'nearLimitPercent must be a whole number from 1 to 100'],
    [{ stuckAfterMinutes: 5 }, 'stuckAfterMinutes must be an object'],
    [{ archiveJobsAfterDays: 0 }, 'archiveJobsAfterDays must be a whole number from 1 to 36500'],
    [{ webhookRecordsKeptDays: 29 }, 'webhookRecordsKeptDays must be a whole number from 30 to 36500'],
    [{ cache: { maxBytes: 1_000 } }, 'cache.maxBytes must be a whole number from 1048576'],
    [{ cache: { maxAgeSeconds: 0 } }, 'cache.maxAgeSeconds must be a whole number from 1 to 3600'],
    [{ cache: { maxAge: 5 } }, 'cache has "maxAge"'],
    [{ replicate: { models: { imagine: { model: 'flux' } } } }, 'replicate.models.imagine.model must be a model at Replicate'],
    [{ replicate: { models: { imagine: { model: 'a/b/../c' } } } }, 'replicate.models.imagine.model must be a model at Replicate'],
    [{ replicate: { models: { imagine: null } } }, 'replicate.models.imagine must be an object'],
    [{ replicate: { models: { imagine: { parameters: { quality: 1 } } } } }, 'parameters.quality must be the name of a parameter'],
    [{ replicate: { models: { imagine: { fixed: { steps: [1] } } } } }, 'fixed.steps must be text, a number, true or false'],
    [{ replicate: { models: { redesign: { parameters: { photos: null } } } } }, 'replicate.models.redesign.parameters.photos must take'],
    [{ replicate: { models: { compose: { parameters: { photos: ['room'] } } } } }, 'replicate.models.compose.parameters.photos must take'],
    [{ replicate: { models: { dream: {} } } }, 'replicate.models has "dream"'],
  ])('refuses %j', (file, problem) => {
    const faults = faultsOf({}, file);

    expect(faults.map(({ name }) => name)).toEqual(faults.map(() => 'ROOMFEED_CONFIG'));
    expect(faults.map((fault) => fault.problem).join('\n')).toContain(problem);
  });

  test('says so where the file cannot be read, without its path', () => {
    const [fault] = faultsOf({ ROOMFEED_CONFIG: '/secret/place.json' });

    expect(fault?.problem).toContain('cannot be read (ENOENT)');
    expect(fault?.problem).not.toContain('/secret');
  });

  test('keeps placeholder prices out of a production gateway that sells', () => {
    const selling = { ...production, STRIPE_SECRET_KEY: 'sk_live_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };

    expect(faultsOf(selling).map(({ problem }) => problem.split(' ')[0])).toEqual([
      'plans.starter.priceId',
      'plans.advanced.priceId',
    ]);
    expect(() => parse(production)).not.toThrow();
  });

  test('cannot be changed by its readers', () => {
    const { runtime } = parse({});

    expect(() => Object.assign(runtime.limits, { maxVariants: 9 })).toThrow(TypeError);
    expect(parse({}).runtime.limits.maxVariants).toBe(3);
  });
});

describe('plans', () => {
  const { runtime } = parse({});

  test('are found by id and by price', () => {
    expect(planById(runtime, 'starter')?.label).toBe('Starter');
    expect(planById(runtime, 'constructor')).toBeNull();
    expect(planOfPriceId(runtime, 'price_advanced_monthly')).toMatchObject({ plan: { id: 'advanced' }, known: true });
    expect(planOfPriceId(runtime, null)).toMatchObject({ plan: { id: 'free' }, known: true });
  });

  test('a price that no plan names counts as free, and shows that it is unknown', () => {
    expect(planOfPriceId(runtime, 'price_of_last_year')).toEqual({ plan: freePlan(runtime), known: false });
  });

  test('upgrades are those that allow more', () => {
    expect(upgradesFrom(runtime, freePlan(runtime)).map(({ id }) => id)).toEqual(['starter', 'advanced']);
    expect(
      listPlans(runtime)
        .slice(-1)
        .flatMap((plan) => upgradesFrom(runtime, plan)),
    ).toEqual([]);
  });
});

describe('development secrets', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'roomfeed-secrets-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const revealed = (from: string): string[] => {
    const { jwtSecret, assetSigningSecret } = readOrCreateDevelopmentSecrets(from);
    return [jwtSecret.reveal(), assetSigningSecret.reveal()];
  };

  test('are made once, differ, and are closed to others', () => {
    const data = join(directory, 'not', 'there', 'yet');

    const made = revealed(data);

    expect(new Set(made).size).toBe(2);
    expect(made.every((secret) => secret.length >= 32)).toBe(true);
    expect(revealed(data)).toEqual(made);
    expect(readdirSync(data)).toEqual(['development-secrets.json']);
    expect(statSync(join(data, 'development-secrets.json')).mode & 0o777).toBe(0o600);
  });

  test('are the same in processes that start at once', async () => {
    const script = `
      import { readOrCreateDevelopmentSecrets } from ${JSON.stringify(new URL('../src/config/development-secrets.ts', import.meta.url).href)};
      process.stdout.write('ready');
      process.stdin.once('data', () => {
        process.stdout.write(readOrCreateDevelopmentSecrets(${JSON.stringify(directory)}).jwtSecret.reveal());
        process.exit();
      });`;
    const support = new URL('./support/typescript.mjs', import.meta.url).href;
    const children = Array.from({ length: 3 }, () => {
      const child = spawn(process.execPath, ['--import', support, '--input-type=module', '--eval', script], {
        env: { ...process.env, NODE_OPTIONS: '' },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let output = '';
      const ready = new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString();
          if (output.startsWith('ready')) resolve();
        });
      });
      const ended = new Promise<string>((resolve) => child.once('close', () => resolve(output.slice('ready'.length))));
      return { child, ready, ended };
    });

    await Promise.all(children.map(({ ready }) => ready));
    for (const { child } of children) child.stdin.write('go\n');
    const secrets = await Promise.all(children.map(({ ended }) => ended));

    expect(secrets).toEqual(secrets.map(() => revealed(directory)[0]));
  });

  test('that are damaged stop the start and say what to do', () => {
    writeFileSync(join(directory, 'development-secrets.json'), '{"jwtSecret": "short"}');

    expect(() => revealed(directory)).toThrow(/ROOMFEED_DATA_DIR: holds a damaged development-secrets\.json; delete/);
  });

  test('that cannot be kept stop the start and say what to do', () => {
    writeFileSync(join(directory, 'a-file'), '');

    expect(() => revealed(join(directory, 'a-file'))).toThrow(/ROOMFEED_DATA_DIR: cannot keep .* name a directory/);
  });

  test('complete what the environment leaves out, and nothing else', () => {
    const variables = { ROOMFEED_DATA_DIR: directory, ASSET_SIGNING_SECRET: OTHER_SECRET };

    const { signIn, storage } = loadConfiguration(variables).environment;

    const [jwtSecret] = revealed(directory);
    expect(signIn.key.kind === 'secret' && signIn.key.secret.reveal()).toBe(jwtSecret);
    expect(storage.kind === 'files' && storage.signingSecret.reveal()).toBe(OTHER_SECRET);
    const forTokens = loadDevelopmentSignIn(variables)?.key;
    expect(forTokens?.kind === 'secret' && forTokens.secret.reveal()).toBe(jwtSecret);
  });

  test('are not made where all secrets are given', () => {
    const data = join(directory, 'untouched');

    loadConfiguration({ ...production, ROOMFEED_DATA_DIR: data });

    expect(readdirSync(directory)).toEqual([]);
  });

  test('the file of the runtime configuration is read from disk', () => {
    mkdirSync(join(directory, 'data'));
    const path = join(directory, 'roomfeed.json');
    writeFileSync(path, JSON.stringify({ nearLimitPercent: 90 }));
    chmodSync(path, 0o400);

    expect(
      loadConfiguration({ ROOMFEED_DATA_DIR: join(directory, 'data'), ROOMFEED_CONFIG: path }).runtime.nearLimitPercent,
    ).toBe(90);
  });
});
