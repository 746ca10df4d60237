import sharp from 'sharp';
import { StorageUnavailable } from '../src/storage/errors.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { signUpAdmin } from './support/curation.js';
import { mutate } from './support/mutate.js';
import { localId } from './support/read.js';
import { hasS3Server, startS3Server, type S3Server } from './support/s3-server.js';
import { createSeed, type Seed } from './support/seed.js';
import { complete, formOf, openUpload } from './support/uploads.js';

/** What a gateway is started with to keep its pictures on the server. */
const variablesFor = (server: S3Server, bucket: string): Record<string, string> => ({
  STORAGE_URL: `s3://${server.host}:${server.port}/${bucket}`,
  STORAGE_ACCESS_KEY: server.accessKey,
  STORAGE_SECRET_KEY: server.secretKey,
  STORAGE_REGION: server.region,
  STORAGE_TLS: server.tls ? 'on' : 'off',
  ASSET_SIGNING_SECRET: '',
});

interface Picture {
  readonly url: string;
  readonly byteSize: number | null;
}

(hasS3Server ? describe : describe.skip)('a gateway whose pictures are in an S3 store', () => {
  let server: S3Server;
  let bucket: string;
  let app: TestApp;
  let seed: Seed;
  let person: Person;

  beforeAll(async () => {
    server = await startS3Server();
    bucket = server.newBucket();
    app = await createTestApp({
      environment: variablesFor(server, bucket),
      background: true,
      holdsBudgets: false,
      comparesExecutions: false,
    });
    seed = await createSeed(app);
    person = await signUpAdmin(app, seed);
  }, 120_000);
  afterAll(async () => {
    await seed.close();
    await app.close();
    await server.stop();
  });

  async function keys(prefix = ''): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of app.app.storage.list(prefix)) found.push(key);
    return found;
  }

  const photo = () => sharp({ create: { width: 640, height: 480, channels: 3, background: '#c0a080' } }).jpeg().toBuffer();

  /** Sends a photo to where its form says, and completes it. */
  async function uploaded(): Promise<string> {
    const bytes = await photo();
    const { uploadId, url, fields } = await openUpload(app, person, { contentType: 'image/jpeg', byteSize: bytes.length });
    expect(url).toBe(`http://${server.host}:${server.port}/${bucket}`);
    const response = await fetch(url, { method: 'POST', body: formOf(fields, bytes, 'image/jpeg') });
    expect([response.status, await response.text()]).toEqual([204, '']);
    return uploadId;
  }

  async function ended(id: string): Promise<{ status: string; render: { id: string } }> {
    for (;;) {
      const { data } = await app.ask<{ generationJob: { status: string; render: { id: string } } }>(
        'query ($id: ID!) { generationJob(id: $id) { status error render { id } } }',
        { as: person, variables: { id } },
      );
      if (!['STARTING', 'PROCESSING'].includes(data.generationJob.status)) return data.generationJob;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const feed = async (): Promise<{ id: string; coverImage: Picture; thumbnail: Picture }[]> => {
    const { data } = await app.ask<{ viewer: { renders: { nodes: { id: string; coverImage: Picture; thumbnail: Picture }[] } } }>(
      '{ viewer { renders(first: 5) { nodes { id coverImage { url byteSize } thumbnail: coverImage(size: THUMBNAIL) { url byteSize } } } } }',
      { as: person },
    );
    return data.viewer.renders.nodes;
  };

  it('takes a photo to a render, to the community, and away again', async () => {
    // A photo goes to the store, and what was made of it is kept there.
    const uploadId = await uploaded();
    const completed = await complete(app, person, uploadId);
    expect(completed).toMatchObject({ __typename: 'CompleteUploadPayload', image: { width: 640, height: 480 } });
    expect(await keys()).toEqual([`inputs/${person.id}/${localId(uploadId)}.jpg`]);

    // A generation reads it there and writes its pictures there.
    const submitted = await mutate(app, 'submitGeneration', { mode: 'REDESIGN', input1: uploadId, style: 'japandi', variants: 2 }, { as: person, payload: 'job { id }' });
    const { status, render } = await ended((submitted['job'] as { id: string }).id);
    expect(status).toBe('SUCCEEDED');
    expect(await keys('renders/')).toHaveLength(4);

    // The feed has addresses of the store, the same ones again, which open for whoever holds them and for nobody else.
    const [first] = await feed();
    expect((await feed())[0]).toEqual(first);
    for (const { url, byteSize } of [first!.coverImage, first!.thumbnail]) {
      expect(url).toContain(`http://${server.host}:${server.port}/${bucket}/renders/${person.id}/`);
      const picture = Buffer.from(await (await fetch(url)).arrayBuffer());
      // Of a thumbnail the length is not on record.
      expect(byteSize ?? picture.length).toBe(picture.length);
      expect((await sharp(picture).metadata()).format).toBe('webp');
      expect((await fetch(url.split('?')[0] ?? '')).status).toBe(403);
    }

    // A published copy is at a plain address.
    const created = await mutate(app, 'createCommunityCollection', { title: 'Looks' }, { as: person, payload: 'communityCollection { id }' });
    const communityCollectionId = (created['communityCollection'] as { id: string }).id;
    const added = await mutate(app, 'addCommunityItem', { communityCollectionId, renderId: render.id }, { as: person, payload: 'communityItem { id image { url expiresAt } }' });
    const item = added['communityItem'] as { id: string; image: { url: string; expiresAt: string | null } };
    const look = await fetch(item.image.url);
    expect(item.image.url).toContain(`/${bucket}-public/community/${localId(item.id)}/`);
    expect([look.status, look.headers.get('cache-control'), item.image.expiresAt]).toEqual([200, 'public, max-age=31536000, immutable', null]);

    // What is deleted goes from the store, and the published copy stays until it is taken out.
    await mutate(app, 'deleteRenders', { renderIds: [render.id] }, { as: person });
    await app.app.removals.idle();
    expect(await keys('renders/')).toEqual([]);
    expect((await fetch(first!.coverImage.url)).status).toBe(404);
    expect((await fetch(item.image.url)).status).toBe(200);
    await mutate(app, 'removeCommunityItem', { communityItemId: item.id }, { as: person });
    await app.app.removals.idle();
    expect(await keys('community/')).toEqual([]);
  });

  it('cannot be told that something else arrived than was announced', async () => {
    const bytes = await photo();
    const { uploadId, url, fields } = await openUpload(app, person, { contentType: 'image/png', byteSize: bytes.length });

    expect(await complete(app, person, uploadId)).toMatchObject({ code: 'UPLOAD_MISSING' });
    await fetch(url, { method: 'POST', body: formOf(fields, bytes, 'image/png') });

    expect(await complete(app, person, uploadId)).toMatchObject({ code: 'UNSUPPORTED_FILE_TYPE' });
    expect(await keys('inputs/')).not.toContainEqual(expect.stringContaining(localId(uploadId)));
  });

  it('serves no pictures and takes no photos itself, and says where they are', async () => {
    const asset = await fetch(`${app.url}/assets/community/i/v1.webp`);
    const upload = await fetch(`${app.url}/uploads`, { method: 'POST', body: formOf({ key: 'x' }, await photo(), 'image/jpeg') });

    expect([asset.status, await asset.json()]).toEqual([
      404,
      { error: { code: 'NOT_FOUND', message: expect.stringContaining('addresses of the store itself') } },
    ]);
    expect([upload.status, await upload.json()]).toEqual([
      404,
      { errors: [{ message: expect.stringContaining('Photos go to the store itself'), extensions: { code: 'NOT_FOUND' } }] },
    ]);
  });

  it('goes on reading without the store, says that it is away, and does nothing by halves', async () => {
    if (!server.isOurs) return;
    const uploadId = await uploaded();
    const [before, isReady] = [await feed(), (await fetch(`${app.url}/ready`)).status];

    await server.stop();

    const readiness = await fetch(`${app.url}/ready`);
    expect([isReady, readiness.status, await readiness.json()]).toEqual([200, 503, { status: 'unavailable', parts: { database: 'ok', storage: 'away' } }]);
    expect(await feed()).toEqual(before);
    const { errors } = await app.ask(
      'mutation ($id: ID!) { completeUpload(input: { uploadId: $id }) { __typename } }',
      { as: person, variables: { id: uploadId } },
    );
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
    expect(JSON.stringify(errors)).not.toMatch(/ECONN|S3|STORAGE_|127\.0\.0\.1/);
    expect(await seed.sql('select state from uploads where id = $1', [localId(uploadId)])).toEqual([{ state: 'pending' }]);
    await expect(createTestApp({ environment: variablesFor(server, bucket), database: app.database })).rejects.toThrow(StorageUnavailable);
  });
});
