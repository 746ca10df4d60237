import { randomBytes } from 'node:crypto';
import { cephPackages, hasCeph, startCeph } from './s3-server/ceph.js';

/** A server of the tests, and where on it they keep their things. */
export interface S3Server {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Whether it can be stopped in the middle, as one that the tests started. */
  readonly isOurs: boolean;
  /** A name for buckets that nobody has. */
  newBucket(): string;
  stop(): Promise<void>;
}

const given = process.env['TEST_S3_URL'];

const howToGetOne =
  `Install one, as root on Debian or Ubuntu: apt-get install --no-install-recommends ${cephPackages}. ` +
  'Or name one that is for tests alone: TEST_S3_URL=http://<access key>:<secret key>@localhost:9000';

/** False where the tests that need an S3 server are skipped; they say so once. CI may not do without. */
export const hasS3Server = given !== undefined || hasCeph;
if (!hasS3Server) {
  const problem = `There is no S3 server here. ${howToGetOne}`;
  if (process.env['CI']) throw new Error(problem);
  console.warn(`Skipped: ${problem}`);
}

/** One server for a test file, or the one that is given. */
export async function startS3Server(): Promise<S3Server> {
  const common = {
    region: 'us-east-1',
    newBucket: () => `roomfeed-tests-${randomBytes(6).toString('hex')}`,
  };
  if (given !== undefined) {
    const url = new URL(given);
    const tls = url.protocol === 'https:';
    return {
      ...common,
      host: url.hostname,
      port: Number(url.port || (tls ? 443 : 80)),
      tls,
      accessKey: decodeURIComponent(url.username),
      secretKey: decodeURIComponent(url.password),
      isOurs: false,
      stop: async () => undefined,
    };
  }
  return { ...common, host: '127.0.0.1', tls: false, isOurs: true, ...(await startCeph()) };
}
