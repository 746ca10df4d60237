import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runDocuments } from '../src/cli/documents.js';
import { parseConfiguration } from '../src/config/configuration.js';
import { ConfigurationError } from '../src/config/faults.js';
import type { EnvironmentVariables } from '../src/config/variables.js';
import { post, schemaOf, startServer, testLimits } from './support/http.js';
import { CREATE, hashOf, manifestFolder, manifestOf, PAGE, WHO } from './support/manifests.js';

const { fileOf, pathOf } = manifestFolder();

describe('a manifest', () => {
  const limits = { maxDepth: 3 };
  /** What the start says of it; throws where it starts. */
  async function faultsOf(manifest: string): Promise<readonly string[]> {
    const schema = schemaOf(
      'type Query { hello: String me: Person } type Person { name: String friend: Person } type Mutation { greet: String }',
      {},
    );
    try {
      const { server } = await startServer({
        schema,
        limits: { ...testLimits, ...limits },
        operations: { manifest, adHoc: 'nobody' },
      });
      await server.close();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      expect(error.message.split('\n')).toHaveLength(1 + error.faults.length);
      expect(new Set(error.faults.map(({ name }) => name))).toEqual(new Set(['TRUSTED_DOCUMENTS']));
      return error.faults.map(({ problem }) => problem);
    }
    throw new Error('It started.');
  }

  test('stops the start with everything that is wrong, by operation, and says what to do', async () => {
    const unparsable = 'query Broken { hello';
    const invalid = 'query Old { hello\n helo me { nam } }';
    const deep = 'query Deep { me { friend { friend { name } } } }';
    const two = 'query One { hello } query Two { hello }';
    const edited = 'query Edited { hello }';
    const manifest = {
      ...manifestOf(unparsable, invalid, deep, two, 'fragment Alone on Person { name }', 'query Good { hello }'),
      [hashOf('another text')]: edited,
      [hashOf('{ hello }').toUpperCase()]: '{ hello }',
      'not an id': 'query Spaced { hello }',
      'sha256:short': 'query Short { hello }',
      ['x'.repeat(257)]: 'query Long { hello }',
      'no-text': 5,
    };

    expect(await faultsOf(fileOf(manifest))).toEqual([
      `operation Edited (id ${hashOf('another text')}): the id is not the SHA-256 of the text, which is ${hashOf(edited)}; ` +
        'generate the manifest anew instead of editing it',
      expect.stringMatching(/^the operation without a name \(id [0-9A-F]{64}\): the id is not the SHA-256/),
      'operation Spaced (id not an id): the id must be a SHA-256, or 1 to 256 of the characters A-Z a-z 0-9 - . _ ~; ' +
        'let the generator make SHA-256 ids',
      expect.stringMatching(/^operation Short \(id sha256:short\): the id must be a SHA-256/),
      expect.stringMatching(/^operation Long \(id x{79}…\): the id must be a SHA-256/),
      'the operation with id no-text must have an id and a text, both of them strings; generate the manifest anew',
      `operation Broken (id ${hashOf(unparsable)}): Syntax Error: Expected Name, found <EOF>. (line 1, column 21): ` +
        'it is not GraphQL; generate the manifest anew',
      `operation Old (id ${hashOf(invalid)}): Cannot query field "helo" on type "Query". Did you mean "hello"? ` +
        "(line 2, column 2): it does not fit this version's schema; change the operation, or keep the field that it asks for",
      expect.stringMatching(/^operation Old .*"nam" on type "Person"/),
      expect.stringMatching(/^operation Deep .*Levels of fields in this document: 4\. The limit is 3\.$/),
      `operation One (id ${hashOf(two)}): its document holds 2 operations; give each one of its own`,
      expect.stringMatching(/^the operation without a name .*Fragment "Alone" is never used/),
    ]);
  });

  test('of Apollo stops it by the names that it gives', async () => {
    const operation = (id: unknown, body: unknown, name: unknown) => ({ id, body, name, type: 'query' });
    const manifest = {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [
        operation('one', '{ hello }', 'Good'),
        operation('one', '{ hello }', 'Good'),
        operation('one', '{ me { name } }', 'Again'),
        operation('two', '{', 'Broken'),
        operation(undefined, '{ hello }', 'NoId'),
        'operation',
        operation('three', '{ hello me\u2028 }', 'Line\nbreak'),
      ],
    };

    expect(await faultsOf(fileOf(manifest))).toEqual([
      'operation Again (id one): the id names another text in this manifest as well; let the generator make SHA-256 ids',
      'operation 5 must have an id and a text, both of them strings; generate the manifest anew',
      'operation 6 must have an id and a text, both of them strings; generate the manifest anew',
      expect.stringMatching(/^operation Broken \(id two\): Syntax Error/),
      expect.stringMatching(/^operation Line break \(id three\): Syntax Error/),
    ]);
  });

  test.each<[unknown, RegExp]>([
    ['{"a":', /^the file is not valid JSON/],
    ['', /^the file is not valid JSON/],
    ['[]', /^the file is no manifest; it must be a JSON object/],
    ['"query"', /^the file is no manifest/],
    ['null', /^the file is no manifest/],
    [{}, /^the manifest holds no operation/],
    [{ format: 'other', version: 1, operations: [] }, /^the format of the manifest is unknown/],
    [{ format: 'apollo-persisted-query-manifest', version: 2, operations: [] }, /^the format of the manifest is unknown/],
    [{ format: 'apollo-persisted-query-manifest', version: 1, operations: {} }, /^the format of the manifest is unknown/],
    [{ format: 'apollo-persisted-query-manifest', version: 1, operations: [] }, /^the manifest holds no operation/],
    [`{"${hashOf('{ hello }')}": "{ hello }"}${' '.repeat(9_000_000)}`, /^the file has \d+ bytes; a manifest has at most/],
  ])('that is none stops the start: %#', async (content, problem) => {
    expect(await faultsOf(fileOf(content))).toEqual([expect.stringMatching(problem)]);
  });

  test('that is not there, or is no file, stops the start', async () => {
    expect(await faultsOf(pathOf('nothing.json'))).toEqual([
      'the file cannot be read (ENOENT); give the path of a manifest',
    ]);
    expect(await faultsOf(pathOf('.'))).toEqual(['this is no file; give the path of a manifest']);
  });

  test('may name an operation __proto__, and means it', async () => {
    const text = 'query Odd { hello }';
    const { server, endpoint } = await startServer({
      schema: schemaOf('type Query { hello: String }', { hello: 'world' }),
      operations: { manifest: fileOf(`{"__proto__": ${JSON.stringify(text)}, "constructor": "{ hello }"}`), adHoc: 'nobody' },
    });
    try {
      for (const documentId of ['__proto__', 'constructor']) {
        const answer = await post(endpoint, { documentId } as never);
        expect(answer.body).toEqual({ data: { hello: 'world' } });
      }
      expect((await post(endpoint, { documentId: 'toString' } as never)).body.errors?.[0]?.extensions.code).toBe(
        'PERSISTED_QUERY_NOT_FOUND',
      );
    } finally {
      await server.close();
    }
  });

  test('is told of at the start', async () => {
    const { server, logged } = await startServer({
      schema: schemaOf('type Query { hello: String }', { hello: 'world' }),
      operations: { manifest: fileOf(manifestOf('{ hello }', 'query A { hello }')), adHoc: 'nobody' },
    });
    await server.close();

    expect(logged).toContainEqual(expect.objectContaining({ operations: 2, adHoc: 'nobody', graphiql: false }));
  });
});

describe('the configuration of trusted documents', () => {
  const settingsOf = (variables: EnvironmentVariables) => {
    const { operations, graphiql } = parseConfiguration(variables, () => '{}').environment;
    return { ...operations, graphiql };
  };
  const faultsOf = (variables: EnvironmentVariables): readonly string[] => {
    try {
      settingsOf(variables);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.faults.map(({ name, problem }) => `${name}: ${problem}`);
      throw error;
    }
    return [];
  };
  const secret = 'a-secret-of-more-than-thirty-two-bytes-for-tests';
  const production = { NODE_ENV: 'production', JWT_SECRET: secret, ASSET_SIGNING_SECRET: secret };
  const manifest = { TRUSTED_DOCUMENTS: 'documents.json' };

  test.each<[EnvironmentVariables, object]>([
    [{}, { manifest: null, adHoc: 'everyone', graphiql: true }],
    [manifest, { manifest: 'documents.json', adHoc: 'everyone', graphiql: true }],
    [production, { manifest: null, adHoc: 'everyone', graphiql: false }],
    [{ ...production, ...manifest }, { manifest: 'documents.json', adHoc: 'administrators', graphiql: false }],
    [{ ...production, ...manifest, AD_HOC_OPERATIONS: 'everyone' }, { adHoc: 'everyone' }],
    [{ ...production, ...manifest, AD_HOC_OPERATIONS: 'nobody' }, { adHoc: 'nobody' }],
    [{ ...production, ...manifest, GRAPHIQL: 'on' }, { adHoc: 'administrators', graphiql: true }],
    [{ ...manifest, AD_HOC_OPERATIONS: 'nobody' }, { adHoc: 'nobody', graphiql: false }],
    [{ AD_HOC_OPERATIONS: 'everyone' }, { manifest: null, adHoc: 'everyone' }],
    [{ TRUSTED_DOCUMENTS: ' ', AD_HOC_OPERATIONS: '' }, { manifest: null, adHoc: 'everyone' }],
  ])('is read from the variables: %#', (variables, expected) => {
    expect(settingsOf(variables)).toMatchObject(expected);
  });

  test.each<[EnvironmentVariables, RegExp[]]>([
    [{ AD_HOC_OPERATIONS: 'nobody' }, [/^AD_HOC_OPERATIONS: is "nobody" without TRUSTED_DOCUMENTS/]],
    [{ AD_HOC_OPERATIONS: 'administrators' }, [/^AD_HOC_OPERATIONS: is "administrators" without TRUSTED_DOCUMENTS/]],
    [
      { ...manifest, AD_HOC_OPERATIONS: 'admins', PORT: 'x' },
      [/^PORT/, /^AD_HOC_OPERATIONS: must be one of everyone, administrators, nobody$/],
    ],
    [{ ...manifest, AD_HOC_OPERATIONS: 'nobody', GRAPHIQL: 'on' }, [/^GRAPHIQL: is on, but AD_HOC_OPERATIONS lets nobody/]],
  ])('has faults: %j', (variables, problems) => {
    expect(faultsOf(variables)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });
});

describe('the documents command', () => {
  function check(args: readonly string[], variables: EnvironmentVariables = {}) {
    const written = { stdout: '', stderr: '' };
    const code = runDocuments(args, {
      variables,
      stdout: (text) => (written.stdout += text),
      stderr: (text) => (written.stderr += text),
    });
    return { code, ...written };
  }

  test('prints each operation with what it costs, and needs neither a database nor a secret', () => {
    const path = fileOf(manifestOf(WHO, PAGE, CREATE, '{ presets { roomTypes { id } } }'));

    const { code, stdout, stderr } = check(['check', path], { NODE_ENV: 'production' });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '4 operations, all of them good.\n' });
    expect(stdout.split('\n')).toEqual([
      `query Who: cost 3 of 25000, depth 3 of 15, id ${hashOf(WHO)}`,
      `query Page: cost 27 of 25000, more or less by $first, depth 4 of 15, id ${hashOf(PAGE)}`,
      expect.stringMatching(/^mutation Create: cost \d+ of 25000, depth 3 of 15, id [0-9a-f]{64}$/),
      expect.stringMatching(/^query \(without a name\): cost \d+ of 25000, depth 3 of 15, id [0-9a-f]{64}$/),
      '',
    ]);
  });

  test('tells everything that is wrong, prints what is good, and ends with 1', () => {
    const path = fileOf({ ...manifestOf(WHO, '{ noSuchField }'), [hashOf('x')]: PAGE });

    const { code, stdout, stderr } = check(['check', path]);

    expect(code).toBe(1);
    expect(stdout).toBe(`query Who: cost 3 of 25000, depth 3 of 15, id ${hashOf(WHO)}\n`);
    expect(stderr).toContain('A gateway would not start with this manifest:\n  operation Page (id ');
    expect(stderr).toContain('Cannot query field "noSuchField" on type "Query".');
  });

  test('holds the manifest to the limits that the gateway is given', () => {
    const path = fileOf(manifestOf(WHO));
    const variables = { ROOMFEED_CONFIG: fileOf({ graphql: { maxDepth: 2 } }) };

    expect(check(['check', path], variables)).toMatchObject({ code: 1, stdout: '' });
    expect(check(['check', path], { ROOMFEED_CONFIG: fileOf('{') })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Not checked: .*\n {2}ROOMFEED_CONFIG: /),
    });
  });

  test.each([[[]], [['check']], [['check', '']], [['check', '--all']], [['check', 'a', 'b']], [['list', 'a']]])(
    'explains itself to %j',
    (args) => {
      const { code, stdout, stderr } = check(args);

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('npm run -s documents -- check <manifest.json>');
    },
  );

  test('runs as a process of its own, on the manifest that the generator wrote', async () => {
    const generated = fileURLToPath(new URL('support/generated/persisted-documents.json', import.meta.url));
    const run = (path: string) =>
      new Promise<{ code: number | null; stdout: string }>((resolve) => {
        const child = spawn(
          process.execPath,
          [
            '--import',
            new URL('./support/typescript.mjs', import.meta.url).href,
            fileURLToPath(new URL('../src/cli/documents.ts', import.meta.url)),
            'check',
            path,
          ],
          { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'ignore'] },
        );
        let stdout = '';
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.once('close', (code) => resolve({ code, stdout }));
      });

    const [good, missing] = await Promise.all([run(generated), run(pathOf('nothing.json'))]);

    const ids = Object.keys(JSON.parse(readFileSync(generated, 'utf8')) as object);
    expect(missing).toEqual({ code: 1, stdout: '' });
    expect(good.code).toBe(0);
    expect(good.stdout.trim().split('\n').map((line) => line.split('id ').at(-1))).toEqual(ids);
  });
});
