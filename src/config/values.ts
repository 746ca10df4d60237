import { isIP } from 'node:net';
import { z } from 'zod';
import { parseUrl } from './parse-url.js';
import { Secret } from './secret.js';

/** How the single values of the environment look. No message repeats the value: it may be a secret in the wrong place. */

/** HMAC-SHA-256 wants a key as long as its output (RFC 7518, section 3.2). */
const MIN_SECRET_BYTES = 32;

export const text = z.string();

export const onOff = z.enum(['on', 'off'], { error: 'must be "on" or "off"' }).transform((value) => value === 'on');

export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const problem = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, problem)
    .transform(Number)
    .refine((value) => value >= min && value <= max, problem);
}

export const host = z
  .string()
  .refine(
    (value) => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value),
    'must be a host name or an IP address to listen on, such as 127.0.0.1',
  );

/** A secret of any length: somebody else made it. */
export const secret = z.string().transform((value) => new Secret(value));

/** A secret that we sign with. */
export const signingSecret = z
  .string()
  .refine(
    (value) => Buffer.byteLength(value) >= MIN_SECRET_BYTES,
    `must be at least ${MIN_SECRET_BYTES} bytes; make one with: openssl rand -base64 48`,
  )
  .transform((value) => new Secret(value));

/** `localhost`, 127.0.0.0/8 and ::1: traffic to them stays on the machine, so it may go without TLS. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

/** Where requests with keys go: TLS, or the machine itself. */
export const safeUrl = z
  .string()
  .refine((value) => {
    const url = parseUrl(value);
    return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)));
  }, 'must be an https: URL (http: only on loopback)')
  .refine((value) => !hasCredentials(value), 'must hold no user name and no password');

/** An address that clients see and that paths are appended to: without a slash at its end. */
export const baseUrl = z
  .string()
  .refine((value) => {
    const url = parseUrl(value);
    return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  }, 'must be an http: or https: URL without a query, such as https://api.example.com')
  .refine((value) => !hasCredentials(value), 'must hold no user name and no password')
  .transform((value) => new URL(value).href.replace(/\/+$/, ''));

function hasCredentials(value: string): boolean {
  const url = parseUrl(value);
  return url !== null && (url.username !== '' || url.password !== '');
}

export const origins = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  )
  .refine((list) => !list.includes('*'), 'must name each origin; "*" would let every site in')
  .refine(
    (list) => list.every((origin) => origin === '*' || isOrigin(origin)),
    'must be a comma-separated list of origins, each a scheme and a host without a path, such as https://app.example.com',
  )
  .transform((list) => [...new Set(list.map((origin) => new URL(origin).origin))]);

function isOrigin(value: string): boolean {
  const url = parseUrl(value);
  // The URL of a bare origin is the origin and a slash; anything more would never match a browser's Origin header.
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}

export const databaseUrl = z
  .string()
  .refine((value) => {
    const url = parseUrl(value);
    return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1;
  }, 'must be a URL such as postgresql://role:password@host:5432/database')
  .transform((value) => new Secret(value));
