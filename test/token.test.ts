import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToken } from '../src/cli/token.js';
import { demoProfiles } from '../src/config/demo-profiles.js';
import { loadConfiguration } from '../src/config/load.js';
import type { EnvironmentVariables } from '../src/config/variables.js';
import { createAuthenticator } from '../src/server/authentication.js';
import type { Identity } from '../src/server/authentication/identity.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'roomfeed-token-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function token(args: readonly string[], variables: EnvironmentVariables = {}) {
  const written = { stdout: '', stderr: '' };
  const code = await runToken(args, {
    variables: { ROOMFEED_DATA_DIR: directory, ...variables },
    stdout: (text) => (written.stdout += text),
    stderr: (text) => (written.stderr += text),
  });
  return { code, ...written };
}

/** Who the gateway of the same environment takes the caller for. */
async function signIn(printed: string, variables: EnvironmentVariables = {}): Promise<Identity | null> {
  const { environment } = loadConfiguration({ ROOMFEED_DATA_DIR: directory, ...variables });
  return createAuthenticator(environment.signIn)(`Bearer ${printed.trim()}`);
}

describe('the token command', () => {
  test.each(demoProfiles)(
    'prints a token for $email that the gateway on the same data takes, and nothing else',
    async ({ email, id, name }) => {
      const { code, stdout, stderr } = await token([email]);

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
      expect(await signIn(stdout)).toMatchObject({ profileId: id, email, name });
    },
  );

  test('knows the three people of the demo data', () => {
    expect(demoProfiles.map(({ email, role }) => [email, role])).toEqual([
      ['demo@roomfeed.test', 'user'],
      ['other@roomfeed.test', 'user'],
      ['admin@roomfeed.test', 'admin'],
    ]);
  });

  test('signs with the secret, the issuer and the audience that are set', async () => {
    const variables = {
      JWT_SECRET: 'a-secret-of-more-than-thirty-two-bytes-for-tests',
      JWT_ISSUER: 'me',
      JWT_AUDIENCE: 'roomfeed',
    };

    const { stdout } = await token(['Demo@roomfeed.test'], variables);

    expect(await signIn(stdout, variables)).toMatchObject({ email: 'demo@roomfeed.test' });
    await expect(signIn(stdout)).rejects.toThrow('signature is wrong');
  });

  test('signs for anybody whom a developer names', async () => {
    const { stdout } = await token([
      '--sub',
      'auth0|1',
      '--email',
      'ada@example.com',
      '--name',
      'Ada',
      '--expires-in',
      '60',
    ]);

    expect(await signIn(stdout)).toMatchObject({ subject: 'auth0|1', email: 'ada@example.com', name: 'Ada' });
  });

  test('names the demo users where it is asked for somebody else', async () => {
    const { code, stdout, stderr } = await token(['nobody@roomfeed.test']);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const { email } of demoProfiles) expect(stderr).toContain(email);
  });

  test.each([
    [[]],
    [['a@b', 'c@d']],
    [['--sub', 'a', 'demo@roomfeed.test']],
    [['--sub', '']],
    [['--email', 'a@b']],
    [['--nonsense']],
    [['demo@roomfeed.test', '--expires-in', 'soon']],
    [['--sub']],
  ])('explains itself to %j', async (args) => {
    const { code, stdout, stderr } = await token(args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--expires-in');
  });

  test.each([
    [{ NODE_ENV: 'production' }, 'NODE_ENV is production'],
    [
      { NODE_ENV: 'production', JWT_SECRET: 'a-secret-of-more-than-thirty-two-bytes-for-tests' },
      'NODE_ENV is production',
    ],
    [{ JWKS_URL: 'https://id.example.com/keys' }, 'JWKS_URL is set'],
    [{ JWT_SECRET: 'short' }, 'JWT_SECRET: must be at least 32 bytes'],
  ])('refuses with %j, says why, and makes no secret', async (variables, why) => {
    const { code, stdout, stderr } = await token(['demo@roomfeed.test'], variables);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(why);
    expect(stderr).not.toContain('a-secret-of');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('runs as a process of its own', async () => {
    const run = (argument: string) =>
      new Promise<{ code: number | null; stdout: string }>((resolve) => {
        const child = spawn(
          process.execPath,
          [
            '--import',
            new URL('./support/typescript.mjs', import.meta.url).href,
            fileURLToPath(new URL('../src/cli/token.ts', import.meta.url)),
            argument,
          ],
          { env: { PATH: process.env['PATH'], ROOMFEED_DATA_DIR: directory }, stdio: ['ignore', 'pipe', 'ignore'] },
        );
        let stdout = '';
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.once('close', (code) => resolve({ code, stdout }));
      });

    const [known, unknown] = await Promise.all([run('demo@roomfeed.test'), run('nobody@roomfeed.test')]);

    expect(unknown).toEqual({ code: 2, stdout: '' });
    expect(known.code).toBe(0);
    expect(await signIn(known.stdout)).toMatchObject({ email: 'demo@roomfeed.test' });
  });
});
