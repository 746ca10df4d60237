import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Secret } from '../secret.js';
import { parseUrl } from '../parse-url.js';
import { baseUrl, onOff, secret, signingSecret, text } from '../values.js';
import type { Variables } from '../variables.js';

/** Where pictures are kept. */
export type StorageSettings<Gap = never> =
  | {
      readonly kind: 'files';
      /** As given: it may be relative. */
      readonly directory: string;
      /** Signs the URLs of private pictures. */
      readonly signingSecret: Secret | Gap;
      /** The one before a change: URLs that it signed still open. */
      readonly previousSigningSecret: Secret | null;
    }
  | {
      readonly kind: 's3';
      readonly host: string;
      /** Null: the usual one of HTTP or HTTPS. */
      readonly port: number | null;
      /** For private pictures; published ones are in another, which is named after it. */
      readonly bucket: string;
      readonly region: string;
      readonly tls: boolean;
      readonly accessKey: Secret;
      readonly secretKey: Secret;
      /** How clients reach the server, where that differs from how the gateway does: scheme, host and port. */
      readonly publicUrl: string | null;
    };

type Location =
  | { readonly kind: 'files'; readonly directory: string }
  | { readonly kind: 's3'; readonly host: string; readonly port: number | null; readonly bucket: string };

const location = z.string().transform((value, context): Location => {
  const found = /^file:/i.test(value) ? filesAt(value) : s3At(value);
  if (found !== null) return found;
  context.addIssue({
    code: 'custom',
    message:
      'must be file:<directory> (file:pictures, file:///var/lib/roomfeed/pictures) or s3://<host>[:<port>]/<bucket>, ' +
      'with 3 to 56 lower-case letters, digits, dots and dashes as the bucket',
  });
  return z.NEVER;
});

/** `file:a/b` is relative, unlike what `new URL` makes of it; `file:///a/b` is the usual absolute form. */
function filesAt(value: string): Location | null {
  const path = value.slice('file:'.length);
  if (path === '') return null;
  if (!path.startsWith('//')) return { kind: 'files', directory: path };
  try {
    return { kind: 'files', directory: fileURLToPath(value) };
  } catch {
    return null;
  }
}

function s3At(value: string): Location | null {
  const url = parseUrl(value);
  if (url?.protocol !== 's3:' || url.hostname === '' || `${url.username}${url.password}${url.search}${url.hash}` !== '')
    return null;
  const bucket = url.pathname.slice(1);
  // The names that every S3 server takes, with room for the public bucket's, which is seven characters longer.
  if (!/^[a-z0-9][a-z0-9.-]{1,54}[a-z0-9]$/.test(bucket) || /\.\.|\d+\.\d+\.\d+\.\d+/.test(bucket)) return null;
  return { kind: 's3', host: url.hostname, port: url.port === '' ? null : Number(url.port), bucket };
}

/** A signature holds the path, and would not fit behind a proxy that takes one away. */
const originUrl = baseUrl.refine((value) => new URL(value).pathname === '/', 'must have no path: what is signed begins at the host');

const onlyForFiles = ['ASSET_SIGNING_SECRET', 'ASSET_SIGNING_PREVIOUS_SECRET'] as const;
const onlyForS3 = [
  'STORAGE_ACCESS_KEY',
  'STORAGE_SECRET_KEY',
  'STORAGE_REGION',
  'STORAGE_TLS',
  'STORAGE_PUBLIC_URL',
] as const;

export function parseStorage(
  variables: Variables,
  { production, dataDirectory }: { production: boolean; dataDirectory: string },
): StorageSettings<null> {
  const files = {
    signingSecret: variables.read('ASSET_SIGNING_SECRET', signingSecret),
    previousSigningSecret: variables.read('ASSET_SIGNING_PREVIOUS_SECRET', signingSecret),
  };
  const s3 = {
    accessKey: variables.read('STORAGE_ACCESS_KEY', secret) ?? new Secret(''),
    secretKey: variables.read('STORAGE_SECRET_KEY', secret) ?? new Secret(''),
    region: variables.read('STORAGE_REGION', text) ?? 'us-east-1',
    tls: variables.read('STORAGE_TLS', onOff) ?? true,
    publicUrl: variables.read('STORAGE_PUBLIC_URL', originUrl),
  };
  const place = variables.read('STORAGE_URL', location);
  const chosen = place ?? { kind: 'files', directory: `${dataDirectory}/storage` };
  // Which of the two is meant is unknown where STORAGE_URL is wrong: its own fault says enough.
  const certain = place !== null || !variables.has('STORAGE_URL');

  if (chosen.kind === 'files') {
    if (certain) {
      refuse(variables, onlyForS3, 'is for S3, but STORAGE_URL names no s3: address; set STORAGE_URL or take this out');
      if (production)
        need(
          variables,
          ['ASSET_SIGNING_SECRET'],
          'is missing; production needs it to sign the URLs of private pictures',
        );
      if (!variables.has('ASSET_SIGNING_SECRET')) {
        refuse(
          variables,
          ['ASSET_SIGNING_PREVIOUS_SECRET'],
          'is given without ASSET_SIGNING_SECRET, which signs from now on',
        );
      }
    }
    return { ...chosen, ...files };
  }
  need(variables, ['STORAGE_ACCESS_KEY', 'STORAGE_SECRET_KEY'], 'is missing; an s3: STORAGE_URL needs it');
  refuse(variables, onlyForFiles, 'is for pictures on disk; the S3 server signs with its own keys, so take this out');
  return { ...chosen, ...s3 };
}

type Name = (typeof onlyForFiles)[number] | (typeof onlyForS3)[number];

function need(variables: Variables, names: readonly Name[], problem: string): void {
  for (const name of names) if (!variables.has(name)) variables.fault(name, problem);
}

function refuse(variables: Variables, names: readonly Name[], problem: string): void {
  for (const name of names) if (variables.has(name)) variables.fault(name, problem);
}
