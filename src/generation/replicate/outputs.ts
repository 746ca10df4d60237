import { parseUrl } from '../../config/parse-url.js';
import { ProviderUnavailable } from '../provider.js';
import { discard, readAtMost } from './bytes.js';

export interface OutputsOptions {
  /** Where the API is. Outputs may lie there too; where it is on the machine itself, without TLS. */
  readonly apiBase: string;
  /** For one output, in milliseconds. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Told, in words without secrets, why an output was left out. */
  readonly onFault: (message: string) => void;
}

/** Three pictures are asked for at most; what a model makes beyond some more is not looked at. */
const maxOutputs = 10;
const maxRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const contentTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp']);

/**
 * Fetches what a prediction made, one after the other. The addresses come from a model, which may be anybody's: only
 * those of Replicate are followed, without the token, and what is no picture by its type and its first bytes, or is too
 * large, or gone, is left out.
 *
 * The returned function rejects with ProviderUnavailable where an output may be had later.
 */
export function createOutputs({ apiBase, timeoutMs, maxBytes, onFault }: OutputsOptions) {
  const api = new URL(apiBase);

  function isAllowed(url: URL): boolean {
    if (url.username !== '' || url.password !== '') return false;
    if (url.origin === api.origin) return true;
    const { protocol, port, hostname } = url;
    return protocol === 'https:' && port === '' && (hostname === 'replicate.delivery' || hostname.endsWith('.replicate.delivery'));
  }

  async function get(url: URL, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(url, { redirect: 'manual', signal });
    } catch {
      throw unreachable();
    }
  }

  /** The answer at the end of its redirects; null where they lead astray. */
  async function follow(address: string, signal: AbortSignal): Promise<Response | null> {
    let url: URL | null = parseUrl(address);
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      if (!url || !isAllowed(url)) {
        onFault('An output of Replicate was left out: it lies at an address that is not Replicate\'s.');
        return null;
      }
      const response = await get(url, signal);
      if (!redirects.has(response.status)) return response;
      await discard(response);
      url = locationOf(response, url);
    }
    onFault('An output of Replicate was left out: it leads from one address to the next.');
    return null;
  }

  async function read(address: string, signal: AbortSignal): Promise<Buffer | null> {
    const response = await follow(address, signal);
    if (!response) return null;
    const { status, headers } = response;
    if (status === 408 || status === 429 || status >= 500) {
      await discard(response);
      throw unreachable();
    }
    const contentType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    if (status !== 200 || !contentTypes.has(contentType)) {
      await discard(response);
      onFault(`An output of Replicate was left out: ${status === 200 ? 'it is no picture' : `it was answered with ${status}`}.`);
      return null;
    }
    const bytes = await readAtMost(response, maxBytes).catch(() => {
      throw unreachable();
    });
    if (bytes && isPicture(bytes)) return Buffer.from(bytes.buffer);
    onFault(`An output of Replicate was left out: ${bytes ? 'it is no picture' : `it is larger than ${maxBytes} bytes`}.`);
    return null;
  }

  /** At most `wanted` pictures, in their order. */
  return async (addresses: readonly string[], wanted: number, signal: AbortSignal): Promise<Buffer[]> => {
    const pictures: Buffer[] = [];
    for (const address of addresses.slice(0, maxOutputs)) {
      if (pictures.length === wanted) break;
      const picture = await read(address, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      if (picture) pictures.push(picture);
    }
    return pictures;
  };
}

const unreachable = (): ProviderUnavailable => new ProviderUnavailable('An output of Replicate could not be fetched.');

/** Where a redirect leads; null where that is no address. */
function locationOf({ headers }: Response, from: URL): URL | null {
  try {
    return new URL(headers.get('location') ?? '', from);
  } catch {
    return null;
  }
}

/** By the first bytes of JPEG, PNG and WebP. */
function isPicture(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 12));
  const starts = (hex: string, at = 0): boolean => head.subarray(at, at + hex.length / 2).toString('hex') === hex;
  return starts('ffd8ff') || starts('89504e470d0a1a0a') || (starts('52494646') && starts('57454250', 8));
}
