import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whose token a request brings; null where it brings none or a wrong one. A token that was found good is remembered, as
 * the gateway does too. For the peers: each gets the cheapest check that is right.
 */
export function createTokenCheck(secret: string): (authorization: string | undefined) => string | null {
  const known = new Map<string, { readonly id: string; readonly until: number }>();
  return (authorization) => {
    if (authorization === undefined) return null;
    const remembered = known.get(authorization);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.id;
    const claims = verify(authorization, secret);
    if (claims === null) return null;
    if (known.size >= 5_000) known.clear();
    known.set(authorization, claims);
    return claims.id;
  };
}

function verify(authorization: string, secret: string): { readonly id: string; readonly until: number } | null {
  const [, header, payload, signature] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) return null;
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown };
  const { sub, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown; exp?: unknown };
  if (alg !== 'HS256' || typeof sub !== 'string' || typeof exp !== 'number' || exp * 1_000 <= Date.now()) return null;
  return { id: sub, until: exp * 1_000 };
}
