import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createAssetsHandler } from '../src/server/assets.js';
import { openExchange } from '../src/server/http/exchange.js';
import { HttpRefusal } from '../src/server/http/refusal.js';
import { createUploadHandler } from '../src/server/uploads.js';
import { createFileStorage } from '../src/storage/file-storage.js';
import { createS3Storage } from '../src/storage/s3-storage.js';
import { createSignedUrlVerifier } from '../src/storage/signed-urls.js';
import { createUploadFormVerifier } from '../src/storage/upload-forms.js';
import { hasS3Server, startS3Server } from './support/s3-server.js';
import { describeStore, type StoreUnderTest } from './support/storage-contract.js';

describeStore('files on disk, which the gateway serves', startFiles);
(hasS3Server ? describeStore : (name: string) => describe.skip(name, () => it.todo('needs an S3 server')))('S3', startS3);

async function startFiles(): Promise<StoreUnderTest> {
  const outer = await mkdtemp(join(tmpdir(), 'roomfeed-contract-'));
  const signingSecret = 'a secret of this test, 32 bytes or more';
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = ({ now = () => new Date() } = {}) =>
    createFileStorage({ directory: join(outer, 'files'), publicUrl, signingSecret, now });

  const storage = open();
  const assets = createAssetsHandler({
    storage,
    verify: createSignedUrlVerifier({ signingSecret }),
    reportError: (error) => console.error(error),
  });
  const uploads = createUploadHandler({
    storage,
    verify: createUploadFormVerifier({ signingSecret }),
    maxFileBytes: 1_000_000,
    corsOrigins: [],
  });
  server.on('request', (request, response) => {
    if (request.url !== '/uploads') return void assets(request, response);
    const exchange = openExchange(request, response, {
      route: 'uploads',
      log: pino({ level: 'silent' }),
      onEnd: () => undefined,
    });
    uploads(exchange).catch((error: unknown) => {
      response.statusCode = error instanceof HttpRefusal ? error.status : 500;
      response.end();
    });
  });
  return {
    open,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(outer, { recursive: true, force: true });
    },
  };
}

async function startS3(): Promise<StoreUnderTest> {
  const server = await startS3Server();
  const bucket = server.newBucket();
  const opened = new Set<ReturnType<typeof createS3Storage>>();
  const open = ({ now = () => new Date() } = {}) => {
    const storage = createS3Storage({ ...server, bucket, publicUrl: null, now });
    opened.add(storage);
    return storage;
  };
  await open().prepare((message) => {
    throw new Error(message);
  });
  return {
    open,
    async stop() {
      for (const storage of opened) storage.close();
      await server.stop();
    },
  };
}
