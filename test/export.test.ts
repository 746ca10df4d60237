import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, open, readdir, readFile, rm, stat, symlink, watch, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { patiently } from '../src/cli/maintenance/patient-progress.js';
import * as accounts from '../src/repositories/account-export.js';
import { createTestApp, type Person, type TestApp, testVariables } from './support/app.js';
import { administratorId, furnish, hostile } from './support/export/furnish.js';
import { leftOutColumns, leftOutTables } from './support/export/left-out.js';
import { createExportStage, type ExportStage, exportedAt, filesBelow, manifestOf, recordsOf } from './support/export/stage.js';
import { openFolder } from './support/open-folder.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { createUsageSeed } from './support/seed-usage.js';

let app: TestApp;
let stage: ExportStage;
let seed: Seed;
let ann: Person;
let ben: Person;
let whole: string;

beforeAll(async () => {
  app = await createTestApp({ background: true, holdsBudgets: false, comparesExecutions: false });
  stage = await createExportStage(app);
  seed = await createSeed(app);
  ann = await app.signUp({ email: 'Ann@Roomfeed.test' });
  ben = await app.signUp({ email: 'ben@roomfeed.test' });
  await furnish({ app, seed }, ann, 'ann');
  await furnish({ app, seed }, ben, 'ben');
  whole = join(stage.folder, 'whole');
  expect(await stage.run(['export', ann.id, '--out', whole])).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await seed.close();
  await app.close();
  await stage.close();
});

const stored = async (key: string): Promise<Buffer> => buffer((await stage.storage.get(key))!.body);

/** All that an export holds and is no picture, as one text. */
async function wordsOf(directory: string): Promise<string> {
  const names = (await filesBelow(directory)).filter((name) => !name.startsWith('pictures/'));
  return (await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))).join('\n');
}

/** What lies in the stage's folder beside what a test knows of. */
async function leftovers(...known: string[]): Promise<string[]> {
  return (await readdir(stage.folder)).filter((name) => name.includes('.partial-') || known.includes(name));
}

describe('an export', () => {
  it('holds the profile, by the names and in the words of the API', async () => {
    const { data } = await app.ask<{ viewer: { profile: Record<string, unknown> } }>(
      '{ viewer { profile { id email name role accountStatus preferences createdAt } } }',
      { as: ann },
    );

    const [profile, ...others] = await recordsOf(whole, 'profile');

    expect(others).toEqual([]);
    expect(profile).toEqual({
      ...data.viewer.profile,
      customerId: 'cus_ann',
      subscriptionId: 'sub_ann',
      subscriptionStatus: 'active',
      priceId: 'price_ann',
      hasAccess: true,
      currentPeriodStart: '2024-05-01T00:00:00.000Z',
      currentPeriodEnd: '2024-06-01T00:00:00.000Z',
      cancelAtPeriodEnd: false,
      scheduledPriceId: null,
      subscriptionCreatedAt: null,
      lastPaidAt: null,
      paymentFailedAt: null,
      nextPaymentAttemptAt: null,
      erasedAt: null,
      erasureCompletedAt: null,
    });
  });

  it('tells of renders, jobs, collections and the ledger what the API tells of them', async () => {
    const job = 'id status mode roomType style prompt aspectRatio quality variants errorCode error progress createdAt startedAt completedAt';
    const { data } = await app.ask<Record<'viewer', Record<string, { nodes: Record<string, unknown>[] }> & { usage: { entries: { nodes: Record<string, unknown>[] } } }>>(
      `{ viewer {
        renders(orderBy: { direction: ASC }) { nodes { id mode roomType style prompt createdAt } }
        generationJobs { nodes { ${job} } }
        collections { nodes { id name isDefaultFavorites createdAt } }
        usage { entries { nodes { id kind amount reason createdAt } } }
      } }`,
      { as: ann },
    );
    const exported = {
      renders: await recordsOf(whole, 'renders'),
      generationJobs: await recordsOf(whole, 'generation-jobs'),
      collections: await recordsOf(whole, 'collections'),
      entries: await recordsOf(whole, 'usage-entries'),
    };

    expect(data.viewer['renders']!.nodes).toHaveLength(1);
    expect(exported.renders).toMatchObject(data.viewer['renders']!.nodes);
    for (const node of data.viewer['generationJobs']!.nodes) expect(exported.generationJobs).toContainEqual(expect.objectContaining(node));
    expect(exported.collections).toMatchObject([...data.viewer['collections']!.nodes].sort(byCreation));
    for (const node of data.viewer.usage.entries.nodes) expect(exported.entries).toContainEqual(expect.objectContaining(node));
    expect(exported.entries.map(({ kind }) => kind)).toEqual(['GENERATION_DEBIT', 'GENERATION_REFUND', 'CREDIT_ADJUSTMENT', 'GENERATION_DEBIT']);
    expect(exported.entries[1]!['reversesId']).toBe(exported.entries[0]!['id']);
  });

  it('holds an archived job too, whatever is in its words', async () => {
    const jobs = await recordsOf(whole, 'generation-jobs');

    expect(jobs).toContainEqual(
      expect.objectContaining({
        prompt: `ann ${hostile}`,
        roomType: '../../x',
        aspectRatio: 'RATIO_3_2',
        quality: 'HIGH',
        status: 'FAILED',
        errorCode: 'PROVIDER_FAILED',
        archivedAt: '2024-02-01T00:00:00.000Z',
      }),
    );
  });

  it('joins its lists by ids that are in it', async () => {
    const ids = async (kind: string, field = 'id') => (await recordsOf(whole, kind)).map((record) => record[field]);
    const [render] = await ids('renders');

    expect(await ids('renders', 'jobId')).toEqual([expect.any(String)]);
    expect(await ids('generation-jobs')).toEqual(expect.arrayContaining(await ids('renders', 'jobId')));
    expect(await ids('render-variants', 'renderId')).toEqual([render, render]);
    expect(await ids('collection-items', 'renderId')).toEqual([render, render]);
    expect((await ids('collection-items', 'collectionId')).sort()).toEqual((await ids('collections')).sort());
    expect(await recordsOf(whole, 'community-items')).toMatchObject([
      { renderId: render, sourceType: 'INTERNAL', applySettings: { mode: 'redesign', prompt: 'ann look' } },
    ]);
    expect(await recordsOf(whole, 'plan-changes')).toEqual([
      { priceId: 'price_ann', effectiveAt: '2024-05-01T00:00:00.000Z', recordedAt: '2024-05-01T00:00:01.000Z' },
    ]);
    expect((await recordsOf(whole, 'status-changes')).map(({ status }) => status).sort()).toEqual(['ACTIVE', 'SUSPENDED']);
    expect(await recordsOf(whole, 'usage-months')).toContainEqual({ period: '2024-05-01', debits: 1, refunds: 1, credits: 7 });
  });

  it('has the bytes of every picture as the store has them, under names that say what they are', async () => {
    const variants = await recordsOf(whole, 'render-variants');
    const [photo] = await recordsOf(whole, 'photos');
    const rows = await seed.sql<{ image_path: string; thumb_path: string }>(
      'select image_path, thumb_path from render_variants where owner_id = $1 order by idx',
      [ann.id],
    );
    const [asset] = await seed.sql<{ path: string }>(`select path from assets where owner_id = $1 and kind = 'input'`, [ann.id]);

    expect(rows).toHaveLength(2);
    for (const [index, { image_path, thumb_path }] of rows.entries()) {
      const { file, thumbnailFile } = variants[index] as { file: string; thumbnailFile: string };
      expect(file).toMatch(new RegExp(`^pictures/renders/\\d{4}-\\d\\d/\\d{4}-\\d\\d-\\d\\d_kitchen_japandi_[0-9a-f-]{36}_${index + 1}\\.webp$`));
      expect(await readFile(join(whole, file))).toEqual(await stored(image_path));
      expect(await readFile(join(whole, thumbnailFile))).toEqual(await stored(thumb_path));
    }
    expect(await readFile(join(whole, photo!['file'] as string))).toEqual(await stored(asset!.path));
    expect(await recordsOf(whole, 'uploads')).toEqual([
      expect.objectContaining({ state: 'USED', file: photo!['file'], contentType: 'image/jpeg' }),
      expect.objectContaining({ state: 'PENDING', file: null, contentType: 'image/png' }),
    ]);
    expect((await recordsOf(whole, 'generation-jobs')).map(({ input1File }) => input1File)).toContain(photo!['file']);
  });

  it('has a manifest that names every other file with its size and checksum, and counts the records', async () => {
    const manifest = await manifestOf(whole);
    const named = [...manifest.files, ...manifest.pictures];

    expect(manifest).toMatchObject({
      format: 'roomfeed-account-export', version: 1, profileId: globalId('Profile', ann.id), exportedAt: exportedAt.toISOString(),
      erasedAt: null, missingPictures: 0,
    });
    expect([...named.map(({ file }) => file), 'manifest.json'].sort()).toEqual(await filesBelow(whole));
    for (const { file, byteSize, sha256 } of named) {
      const bytes = await readFile(join(whole, file));
      expect({ file, byteSize, sha256 }).toEqual({ file, byteSize: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    }
    for (const [kind, count] of Object.entries(manifest.counts)) {
      const file = kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      expect({ kind, count: (await recordsOf(whole, file)).length }).toEqual({ kind, count });
    }
    expect(Object.values(manifest.counts)).not.toContain(0);
    expect(await readFile(join(whole, 'README.txt'), 'utf8')).toContain('5 of them');
  });

  it('holds nothing of anybody else, and nothing that is internal', async () => {
    const words = await wordsOf(whole);

    expect(words).toContain('ann');
    for (const other of ['ben', ben.id, globalId('Profile', ben.id), administratorId, globalId('Profile', administratorId), 'internal', 'inputs/']) {
      expect({ other, isIn: words.includes(other) }).toEqual({ other, isIn: false });
    }
    expect(words.replaceAll('pictures/renders/', '')).not.toContain('renders/');
    const keys = await seed.sql<{ key: string }>(
      `select idempotency_key::text as key from generation_jobs where idempotency_key is not null
       union all select idempotency_key::text from usage_ledger where idempotency_key is not null
       union all select request_hash from generation_jobs where request_hash <> ''`,
    );
    expect(keys.length).toBeGreaterThan(6);
    for (const { key } of keys) expect(words).not.toContain(key);
  });

  it('is for nobody else on this machine to read', async () => {
    expect((await stat(whole)).mode & 0o777).toBe(0o700);
    expect((await stat(join(whole, 'profile.jsonl'))).mode & 0o777).toBe(0o600);
  });

  it('reads no row of another person, whoever is asked for in whose scope', async () => {
    const scope = app.app.databases.service({ kind: 'viewer', id: ann.id });
    const everybody = app.app.databases.service({ kind: 'system' });
    for (const kind of Object.keys(accounts.exportSources) as accounts.ExportKind[]) {
      expect({ kind, found: await scope.transaction((tx) => accounts.countRows(tx, kind, ben.id)) }).toEqual({ kind, found: 0 });
      expect(await everybody.transaction((tx) => accounts.countRows(tx, kind, ben.id))).toBeGreaterThan(0);
    }
  });

  it('is of one instant, though the account changes while it is read', async () => {
    const out = join(stage.folder, 'one-instant');
    const made: string[] = [];
    let isChanged = false;
    const openFile = async (path: string) => {
      if (basename(path) === 'plan-changes.jsonl' && !isChanged) {
        isChanged = true;
        made.push(...(await seed.renders(ann.id, 1, { variants: 1 })), await seed.collection(ann.id, 'Made meanwhile'));
        await seed.sql(`insert into account_status_changes (owner_id, status, reason, changed_by) values ($1, 'active', 'x', $2)`, [ann.id, administratorId]);
      }
      return open(path, 'wx');
    };

    const { code } = await stage.run(['export', ann.id, '--out', out], { openFile });

    expect({ code, isChanged }).toEqual({ code: 0, isChanged: true });
    expect((await manifestOf(out)).counts).toEqual((await manifestOf(whole)).counts);
    await seed.sql('delete from renders where id = $1', [made[0]]);
    await seed.sql('delete from collections where id = $1', [made[1]]);
  });

  it('comes in batches without losing or repeating a row', async () => {
    const many = await app.signUp({ email: 'many@roomfeed.test' });
    const ids = await seed.renders(many.id, 2_345, { variants: 1, stepMs: 0 });
    const out = join(stage.folder, 'many');

    const { code } = await stage.run(['export', many.id, '--out', out]);

    // No picture of theirs is in the store.
    expect(code).toBe(3);
    const renders = await recordsOf(out, 'renders');
    expect(renders.map(({ id }) => id).sort()).toEqual(ids.map((id) => globalId('Render', id)).sort());
    expect(await manifestOf(out)).toMatchObject({ missingPictures: 4_690, counts: { renders: 2_345, renderVariants: 2_345 } });
  });

  it('of an account that was erased is what remains, and says so', async () => {
    const gone = await app.signUp({ email: 'gone@roomfeed.test' });
    await createUsageSeed(seed).credit(gone.id, '2024-05-04T00:00:00Z', 3);
    await seed.sql(
      `update profiles set email = null, name = null, preferences = '{}', account_status = 'suspended', erased_at = '2026-05-01Z' where id = $1`,
      [gone.id],
    );
    const out = join(stage.folder, 'gone');

    const { code, err } = await stage.run(['export', gone.id, '--out', out]);

    expect(code).toBe(0);
    expect(err).toContain('erased on 2026-05-01');
    expect(await recordsOf(out, 'profile')).toMatchObject([{ email: null, name: null, erasedAt: '2026-05-01T00:00:00.000Z' }]);
    expect(await recordsOf(out, 'usage-entries')).toHaveLength(1);
    expect((await manifestOf(out)).erasedAt).toBe('2026-05-01T00:00:00.000Z');
    expect(await readFile(join(out, 'README.txt'), 'utf8')).toContain('erased on 2026-05-01');
  });
});

describe('pictures that the store does not give', () => {
  it('are marked as missing, and the exit code tells, where they were deleted meanwhile', async () => {
    const [{ thumb_path: thumb } = { thumb_path: '' }] = await seed.sql<{ thumb_path: string }>(
      'select thumb_path from render_variants where owner_id = $1 and idx = 0', [ann.id]);
    const out = join(stage.folder, 'missing');
    const wrapStorage: NonNullable<Parameters<ExportStage['run']>[1]>['wrapStorage'] = (storage) => ({
      ...storage,
      get: (key, range) => (key === thumb ? Promise.resolve(null) : storage.get(key, range)),
    });

    const { code, err } = await stage.run(['export', ann.id, '--out', out], { wrapStorage });

    const [variant] = await recordsOf(out, 'render-variants');
    const manifest = await manifestOf(out);
    expect(code).toBe(3);
    expect(err).toContain('Pictures that are not in the store: 1.');
    expect(manifest.missingPictures).toBe(1);
    expect(manifest.pictures.filter(({ missing }) => missing)).toEqual([{ file: variant!['thumbnailFile'], missing: true }]);
    expect(await filesBelow(out)).not.toContain(variant!['thumbnailFile']);
    expect(await readFile(join(out, 'README.txt'), 'utf8')).toContain('Named, but not found: 1.');
  });

  it('are never somebody else\'s, and never a file of this machine, whatever a row says', async () => {
    const eve = await app.signUp({ email: 'eve@roomfeed.test' });
    const [bens] = await seed.sql<{ image_path: string }>('select image_path from render_variants where owner_id = $1 and idx = 0', [ben.id]);
    const [render] = await seed.renders(eve.id, 1, { variants: 1, roomType: '../../x', style: 'a\nb/c' });
    await seed.sql('update render_variants set image_path = $2, thumb_path = $3 where render_id = $1', [render, bens!.image_path, '../../../etc/passwd']);
    await seed.sql(`insert into assets (path, owner_id, kind, byte_size, content_type) values ('../../hostile.jpg', $1, 'input', 1, 'image/jpeg')`, [eve.id]);
    const out = join(stage.folder, 'eve');

    const { code } = await stage.run(['export', eve.id, '--out', out]);

    expect(code).toBe(3);
    const [variant] = await recordsOf(out, 'render-variants');
    expect(variant!['file']).toMatch(/^pictures\/renders\/2026-03\/2026-03-01__x_a_b_c_[0-9a-f-]{36}_1\.webp$/);
    const manifest = await manifestOf(out);
    expect(manifest).toMatchObject({ missingPictures: 3, counts: { photos: 1 } });
    for (const { file } of manifest.pictures) expect(file).toMatch(/^pictures\/[A-Za-z0-9/_.-]+$/);
    expect(manifest.pictures.map(({ file }) => file).join()).not.toContain('..');
    expect((await filesBelow(out)).filter((name) => name.startsWith('pictures/'))).toEqual([]);
  });
});

describe('an export that fails', () => {
  it('leaves nothing behind when it is interrupted between pictures', async () => {
    const stop = new AbortController();
    const out = join(stage.folder, 'interrupted');
    let asked = 0;

    const { code, out: said, err } = await stage.run(['export', ann.id, '--out', out], {
      signal: stop.signal,
      wrapStorage: (storage) => ({
        ...storage,
        get: (key, range) => {
          asked += 1;
          if (asked === 2) stop.abort();
          return storage.get(key, range);
        },
      }),
    });

    expect({ code, said, err }).toEqual({ code: 1, said: '', err: 'Interrupted; what was half done is undone.\n' });
    expect(await leftovers('interrupted')).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted while a picture hangs', async () => {
    const stop = new AbortController();
    const out = join(stage.folder, 'hanging');
    const wrapStorage = (storage: ExportStage['storage']): ExportStage['storage'] => ({
      ...storage,
      get: async (key) => {
        const found = await storage.get(key);
        found?.body.destroy();
        setImmediate(() => stop.abort());
        return found && { ...found, body: new Readable({ read: () => undefined }) };
      },
    });

    const { code } = await stage.run(['export', ann.id, '--out', out], { signal: stop.signal, wrapStorage });

    expect(code).toBe(1);
    expect(await leftovers('hanging')).toEqual([]);
  });

  it('leaves nothing behind, and says why, when the disk is full', async () => {
    const out = join(stage.folder, 'full');
    let room = 20_000;
    const openFile = async (path: string) => {
      const file = await open(path, 'wx');
      return {
        writeFile: async (data: unknown) => {
          room -= (data as Buffer).length;
          if (room < 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
          await file.writeFile(data as Buffer);
        },
        close: () => file.close(),
      } as unknown as Awaited<ReturnType<typeof open>>;
    };

    const { code, err } = await stage.run(['export', ann.id, '--out', out], { openFile });

    expect({ code, err }).toEqual({ code: 1, err: 'Not done: The export cannot be written: the disk is full (ENOSPC).\n' });
    expect(await leftovers('full')).toEqual([]);
  });

  it('says so where the folder cannot be made', async () => {
    const { code, err } = await stage.run(['export', ann.id, '--out', `${join(stage.folder, 'x'.repeat(300), 'x')}`]);

    expect(code).toBe(1);
    expect(err).toMatch(/^Not done: The export cannot be written: the path is too long \(ENAMETOOLONG\)\.\n$/);
  });

  it('shows no secret and no statement when the database is away', async () => {
    const { urls } = app.database;
    const service = urls.service.replace(/\/[^/]*$/, '/there_is_no_such_database');
    const away = await createExportStage({ ...app, database: { ...app.database, urls: { ...urls, service } } });
    try {
      const { code, out, err } = await away.run(['export', ann.id]);

      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^Not done: /);
      expect(err).not.toMatch(/select|postgres|127\.0\.0\.1/);
      expect(err).not.toContain(new URL(urls.service).password);
    } finally {
      await away.close();
    }
  });
});

describe('the command', () => {
  it('takes an id of the API or an e-mail, and chooses a folder of its own', async () => {
    const byId = await stage.run(['export', globalId('Profile', ben.id)]);
    const byMail = await stage.run(['export', 'BEN@roomfeed.test', '--out', join(stage.folder, 'by-mail')]);

    const chosen = join(stage.folder, 'exports', `${ben.id}_2026-06-01T12-00-00Z`);
    expect(byId).toEqual({ code: 0, out: `${chosen}\n`, err: expect.stringMatching(/^1 renders, 3 jobs, 2 collections, 5 pictures\.\n$/) });
    expect(byMail).toMatchObject({ code: 0, out: `${join(stage.folder, 'by-mail')}\n` });
    expect(await recordsOf(chosen, 'profile')).toEqual(await recordsOf(join(stage.folder, 'by-mail'), 'profile'));
  });

  it('asks which one is meant where several have the e-mail', async () => {
    const twins = [await app.signUp({ email: 'twin@roomfeed.test' }), await app.signUp({ email: 'Twin@roomfeed.test' })];

    const { code, out, err } = await stage.run(['export', 'twin@roomfeed.test', '--out', join(stage.folder, 'twin')]);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(`Several profiles have the e-mail "twin@roomfeed.test". Which of them?\n  ${twins[0]!.id}\n  ${twins[1]!.id}\n`);
    expect(await leftovers('twin')).toEqual([]);
  });

  it.each([
    ['nobody@roomfeed.test'], [randomUUID()], [globalId('Render', randomUUID())], ['%'], ["' or true --"], ['a\0b'], ['../..'], ['  '],
  ])('finds no profile for %j, and makes nothing', async (asked) => {
    const { code, out, err } = await stage.run(['export', asked, '--out', join(stage.folder, 'nobody')]);

    expect({ code, out, err }).toEqual({ code: 2, out: '', err: `There is no profile ${JSON.stringify(asked)}.\n` });
    expect(await leftovers('nobody')).toEqual([]);
  });

  it('refuses a folder with something in it, and a file, and touches neither', async () => {
    const full = join(stage.folder, 'not-empty');
    await mkdir(full);
    await writeFile(join(full, 'mine.txt'), 'mine');

    const intoFull = await stage.run(['export', ann.id, '--out', full]);
    const ontoFile = await stage.run(['export', ann.id, '--out', join(full, 'mine.txt')]);

    expect([intoFull.code, ontoFile.code]).toEqual([2, 2]);
    expect(intoFull.err).toContain('is not empty');
    expect(await readdir(full)).toEqual(['mine.txt']);
    expect(await readFile(join(full, 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('takes an empty folder, through a link too', async () => {
    const empty = join(stage.folder, 'empty');
    await mkdir(empty);
    await chmod(empty, 0o755);
    await symlink(empty, join(stage.folder, 'link'));

    const { code } = await stage.run(['export', ben.id, '--out', join(stage.folder, 'link')]);

    expect(code).toBe(0);
    expect(await readdir(empty)).toContain('manifest.json');
    expect(dirname(empty)).toBe(stage.folder);
  });

  it('gives one of two that run at once the folder, and tells the other', async () => {
    const out = join(stage.folder, 'twice');

    const both = await Promise.all([stage.run(['export', ann.id, '--out', out]), stage.run(['export', ben.id, '--out', out])]);

    const lost = both.find(({ code }) => code === 1);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(lost!.err).toContain('something else came there meanwhile');
    const [profile] = await recordsOf(out, 'profile');
    expect(profile!['id']).toBe(globalId('Profile', both[0].code === 0 ? ann.id : ben.id));
    expect(await leftovers()).toEqual([]);
  });

  it('is silent about its progress for a second', () => {
    let elapsed = 0;
    const told: number[] = [];
    const progress = patiently(Object.assign((done: number) => void told.push(done), { stop: () => undefined }), () => elapsed);

    for (elapsed of [0, 999, 1_000, 1_001]) progress(elapsed, 2_000);

    expect(told).toEqual([1_000, 1_001]);
  });

  it.each([[[]], [['export']], [['export', 'a', 'b']], [['export', 'a', '--out=']], [['export', 'a', '--force']], [['everything']], [['toString']]])(
    'explains itself to %j',
    async (args) => {
      const { code, out, err } = await stage.run(args);

      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('npm run -s maintenance -- ');
    },
  );

  it('tells its exit codes to whoever asks for help', async () => {
    expect(await stage.run(['export', '--help'])).toEqual({ code: 0, out: expect.stringContaining('Exit codes: 0'), err: '' });
  });
});

describe('npm run maintenance', () => {
  const program = fileURLToPath(new URL('../src/cli/maintenance.ts', import.meta.url));

  function start(args: readonly string[], variables: Readonly<Record<string, string | undefined>>) {
    const child = spawn(process.execPath, ['--import', new URL('./support/typescript.mjs', import.meta.url).href, program, ...args], {
      env: { PATH: process.env['PATH'], ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const ended = once(child, 'close').then(async ([code]) => {
      const [out, err] = await said;
      return { code: code as number, out, err };
    });
    return { child, ended };
  }

  const besideTheGateway = () => ({
    ...testVariables(app.storageDirectory),
    DATABASE_URL: app.database.urls.gateway,
    DATABASE_SERVICE_URL: app.database.urls.service,
    ROOMFEED_DATA_DIR: stage.folder,
  });

  it('exports beside a gateway that runs, to where it says', async () => {
    const { code, out } = await start(['export', ben.id], besideTheGateway()).ended;

    expect(code).toBe(0);
    expect(dirname(out)).toBe(join(stage.folder, 'exports'));
    expect((await manifestOf(out.trimEnd())).counts).toEqual((await manifestOf(whole)).counts);
  });

  it('leaves nothing behind when it gets a signal', async () => {
    const parent = join(stage.folder, 'signalled');
    await mkdir(parent);
    const appeared = watched(parent);
    await seed.sql('begin');
    // Whoever reads jobs waits now, so that the signal comes in the middle.
    await seed.sql('lock table generation_jobs in access exclusive mode');
    const { child, ended } = start(['export', ann.id, '--out', join(parent, 'out')], besideTheGateway());

    await appeared;
    const partial = await readdir(parent);
    child.kill('SIGINT');
    await seed.sql('rollback');

    expect(partial).toEqual([expect.stringMatching(/^\.out\.partial-/)]);
    expect(await ended).toEqual({ code: 1, out: '', err: 'Interrupted; what was half done is undone.\n' });
    expect(await readdir(parent)).toEqual([]);
  });

  it('starts the embedded server where none runs, and leaves none running', async () => {
    const directory = await openFolder('roomfeed-export-');
    try {
      const first = await start(['export', randomUUID()], { ROOMFEED_DATA_DIR: directory }).ended;
      const second = await start(['export', randomUUID()], { ROOMFEED_DATA_DIR: directory }).ended;

      // The second shows that the first one let go of the directory.
      for (const { code, out, err } of [first, second]) {
        expect({ code, out }).toEqual({ code: 2, out: '' });
        expect(err).toContain('There is no profile');
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

/** Resolves when something appears in a folder. */
async function watched(folder: string): Promise<void> {
  for await (const _event of watch(folder)) return;
}

describe('what is exported', () => {
  it('is every column that there is, or has a reason to be left out', async () => {
    const columns = await seed.sql<{ table: string; column: string }>(
      `select table_name as "table", column_name as "column" from information_schema.columns
       where table_schema = 'public' order by table_name, ordinal_position`,
    );
    const exported = new Set<string>(
      Object.values(accounts.exportSources).flatMap(({ table, columns: fields }) => Object.values<string>(fields).map((column) => `${table}.${column}`)),
    );
    const excused = new Set(Object.entries(leftOutColumns).flatMap(([table, reasons]) => Object.keys(reasons).map((column) => `${table}.${column}`)));
    const there = columns.filter(({ table }) => leftOutTables[table] === undefined).map(({ table, column }) => `${table}.${column}`);

    expect(there.length).toBeGreaterThan(100);
    expect(there.filter((name) => !exported.has(name) && !excused.has(name))).toEqual([]);
    // And no excuse outlives its reason.
    expect([...excused].filter((name) => exported.has(name) || !there.includes(name))).toEqual([]);
    expect(Object.keys(leftOutTables).filter((table) => !columns.some((column) => column.table === table))).toEqual([]);
  });
});

function byCreation(a: Record<string, unknown>, b: Record<string, unknown>): number {
  return String(a['createdAt']).localeCompare(String(b['createdAt'])) || atob(String(a['id'])).localeCompare(atob(String(b['id'])));
}
