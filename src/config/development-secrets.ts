import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCodeOf } from './error-code.js';
import { ConfigurationError } from './faults.js';
import { Secret } from './secret.js';

/** Secrets of one development machine. They never leave its data directory. */
export interface DevelopmentSecrets {
  /** Signs and checks tokens (HS256). */
  readonly jwtSecret: Secret;
  /** Signs the URLs of private pictures. */
  readonly assetSigningSecret: Secret;
}

/** Its name in the data directory. */
export const developmentSecretsFile = 'development-secrets.json';

const content = z.object({ jwtSecret: z.string().min(32), assetSigningSecret: z.string().min(32) });

/**
 * The secrets in the data directory, made on first use, so that tokens and URLs survive a restart and every process on
 * the directory agrees.
 *
 * @throws ConfigurationError where the directory cannot be written or the file is not ours.
 */
export function readOrCreateDevelopmentSecrets(dataDirectory: string): DevelopmentSecrets {
  const path = join(dataDirectory, developmentSecretsFile);
  try {
    return read(path) ?? create(dataDirectory, path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const code = errorCodeOf(error) ?? 'unknown reason';
    throw new ConfigurationError([
      {
        name: 'ROOMFEED_DATA_DIR',
        problem: `cannot keep ${developmentSecretsFile} (${code}); name a directory that this user may write`,
      },
    ]);
  }
}

/** Null where there is no file. */
function read(path: string): DevelopmentSecrets | null {
  let written: string;
  try {
    written = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
  const parsed = content.safeParse(jsonOf(written));
  if (!parsed.success) {
    throw new ConfigurationError([
      { name: 'ROOMFEED_DATA_DIR', problem: `holds a damaged ${developmentSecretsFile}; delete that file, and tokens made so far end` },
    ]);
  }
  return {
    jwtSecret: new Secret(parsed.data.jwtSecret),
    assetSigningSecret: new Secret(parsed.data.assetSigningSecret),
  };
}

/**
 * Writes the file whole under another name and links it into place: the link fails where the file exists, so of several
 * processes that start at once one wins, the others read the winner's, and nobody ever reads half a file.
 */
function create(dataDirectory: string, path: string): DevelopmentSecrets {
  mkdirSync(dataDirectory, { recursive: true });
  const draft = join(dataDirectory, `.${developmentSecretsFile}.${randomBytes(8).toString('hex')}`);
  const fresh = {
    jwtSecret: randomBytes(48).toString('base64url'),
    assetSigningSecret: randomBytes(48).toString('base64url'),
  };
  try {
    writeFileSync(draft, `${JSON.stringify(fresh, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
    // The umask may have taken the owner's own bits.
    chmodSync(draft, 0o600);
    linkSync(draft, path);
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const agreed = read(path);
  if (agreed === null) throw new Error(`${developmentSecretsFile} went away while it was read`);
  return agreed;
}

function jsonOf(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
