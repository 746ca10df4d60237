import { createHash, createHmac } from 'node:crypto';

export interface PresignSettings {
  /** Where clients reach the store: scheme and host, without a slash at the end. */
  readonly origin: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What is signed: a GET of this path, from `signedAt` for so many seconds. */
export interface PresignedGet {
  /** Begins with a slash, and holds nothing that has to be escaped. */
  readonly path: string;
  /** Unix seconds. A server takes it up to a quarter of an hour before it is. */
  readonly signedAt: number;
  /** Up to a week. */
  readonly seconds: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signs URLs to read objects by AWS Signature Version 4 in the query: the same bytes as the client's `presignedUrl`, to
 * which the tests hold it. That is asynchronous, which a field of a feed must not be, and derives the day's key for each URL;
 * here the key is kept, and a URL costs one hash and one HMAC.
 */
export function createPresigner({ origin, region, accessKey, secretKey }: PresignSettings): (get: PresignedGet) => string {
  const host = new URL(origin).host;
  let day = '';
  let dayKey: Buffer = Buffer.alloc(0);

  function keyOf(date: string): Buffer {
    if (date !== day) {
      dayKey = [date, region, 's3', 'aws4_request'].reduce<Buffer>(
        (key, part) => createHmac('sha256', key).update(part).digest(),
        Buffer.from(`AWS4${secretKey}`),
      );
      day = date;
    }
    return dayKey;
  }

  return ({ path, signedAt, seconds }) => {
    // 2026-05-20T10:00:00.000Z becomes 20260520T100000Z.
    const time = `${new Date(signedAt * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    const date = time.slice(0, 8);
    const scope = `${date}/${region}/s3/aws4_request`;
    const query =
      `X-Amz-Algorithm=${ALGORITHM}&X-Amz-Credential=${escape(`${accessKey}/${scope}`)}` +
      `&X-Amz-Date=${time}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host`;
    const request = `GET\n${path}\n${query}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
    const message = `${ALGORITHM}\n${time}\n${scope}\n${createHash('sha256').update(request).digest('hex')}`;
    const signature = createHmac('sha256', keyOf(date)).update(message).digest('hex');
    return `${origin}${path}?${query}&X-Amz-Signature=${signature}`;
  };
}

/** As the signature wants it: everything but letters, digits and `-_.~`. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
