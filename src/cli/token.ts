import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { demoProfiles } from '../config/demo-profiles.js';
import { ConfigurationError } from '../config/faults.js';
import { loadDevelopmentSignIn } from '../config/load.js';
import type { EnvironmentVariables } from '../config/variables.js';
import { signDevelopmentToken } from '../server/authentication/development-token.js';

/** Where the command reads and writes; the process itself by default. */
export interface TokenCommandSurroundings {
  /** Default: `process.env`. */
  readonly variables?: EnvironmentVariables;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const DAY_SECONDS = 86_400;

const demoNames = (): string => demoProfiles.map(({ email }) => `  ${email}\n`).join('');

const usage = (): string => `Prints a token to sign in with, for development.

  npm run -s token -- <e-mail of a demo user> [--expires-in <seconds>]
  npm run -s token -- --sub <subject> [--email <e-mail>] [--name <name>] [--expires-in <seconds>]

Demo users:
${demoNames()}`;

type Wanted =
  | {
      readonly profile: { readonly id: string; readonly email: string | null; readonly name: string | null };
      readonly expiresIn: number;
    }
  | { readonly mistake: string };

/**
 * `npm run token`: prints a token and nothing else, signed as the gateway on the same environment checks it.
 *
 * @returns the exit code: 0; 1 where it refuses or the configuration is wrong; 2 where it was asked wrongly.
 */
export async function runToken(args: readonly string[], surroundings: TokenCommandSurroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const wanted = readArguments(args);
  if ('mistake' in wanted) {
    stderr(`${wanted.mistake}\n`);
    return 2;
  }
  try {
    const signIn = loadDevelopmentSignIn(surroundings.variables);
    if (signIn === null) return refuse('NODE_ENV is production. There, tokens come from your identity provider.');
    if (signIn.key.kind === 'jwks') return refuse('JWKS_URL is set, so only its server can sign tokens that count.');
    const token = await signDevelopmentToken({
      profile: wanted.profile,
      secret: signIn.key.secret,
      issuer: signIn.issuer,
      audience: signIn.audience,
      expiresIn: wanted.expiresIn,
    });
    stdout(`${token}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return refuse(error.message);
  }

  function refuse(why: string): number {
    stderr(`No token: ${why}\n`);
    return 1;
  }
}

function readArguments(args: readonly string[]): Wanted {
  const parsed = parse(args);
  if (parsed === null) return { mistake: usage() };
  const { values, positionals } = parsed;
  const expiresIn = Number(values['expires-in'] ?? 30 * DAY_SECONDS);
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > 365 * DAY_SECONDS) {
    return { mistake: `--expires-in must be a number of seconds, at most a year (${365 * DAY_SECONDS}).` };
  }
  const asked = positionals[0];
  if (values.sub !== undefined) {
    if (asked !== undefined || values.sub === '') return { mistake: usage() };
    return { profile: { id: values.sub, email: values.email ?? null, name: values.name ?? null }, expiresIn };
  }
  if (asked === undefined || positionals.length > 1 || values.email !== undefined || values.name !== undefined) {
    return { mistake: usage() };
  }
  const profile = demoProfiles.find(({ email }) => email === asked.toLowerCase());
  if (profile === undefined) {
    return {
      mistake: `There is no demo user "${asked}". There are:\n${demoNames()}For anybody else, use --sub and --email.`,
    };
  }
  return { profile, expiresIn };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { sub: text, email: text, name: text, 'expires-in': text },
    });
  } catch {
    return null;
  }
}

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await runToken(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}
