import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IConfiguration } from 'dependency-cruiser';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const rules = (require('../.dependency-cruiser.cjs') as IConfiguration).forbidden ?? [];

/** For each rule one file that breaks it. What they import is among the files below. */
const offences: Readonly<Record<string, readonly [path: string, text: string]>> = {
  'no-circle': ['src/domain/egg.ts', "import type { Hen } from './hen.js'; export type Egg = Hen;"],
  'no-orphan': ['src/domain/orphan.ts', 'export const orphan = 1;'],
  'no-unresolvable': ['src/domain/lost.ts', "import './nowhere.js';"],
  'no-undeclared-package': ['src/server/checks.ts', "import 'fast-check';"],
  'config-stands-alone': ['src/config/plans.ts', "import type { Page } from '../domain/page.js'; export type P = Page;"],
  'domain-stands-alone': ['src/domain/rows.ts', "import type { Row } from '../repositories/rows.js'; export type R = Row;"],
  'domain-config-types-only': ['src/domain/limits.ts', "import { limit } from '../config/limits.js'; export const l = limit;"],
  'database-below-all': ['src/database/pool.ts', "import type { Row } from '../repositories/rows.js'; export type R = Row;"],
  'storage-below-services': ['src/storage/files.ts', "import type { Sql } from '../database/database.js'; export type S = Sql;"],
  'generation-below-services': ['src/generation/draw.ts', "import type { Store } from '../storage/storage.js'; export type S = Store;"],
  'billing-below-services': ['src/billing/stripe.ts', "import type { Sql } from '../database/database.js'; export type S = Sql;"],
  'repositories-on-database': ['src/repositories/renders.ts', "import type { Service } from '../services/service.js'; export type S = Service;"],
  'loaders-on-repositories': ['src/loaders/counts.ts', "import type { Service } from '../services/service.js'; export type S = Service;"],
  'loaders-take-a-database': ['src/loaders/open.ts', "import { open } from '../database/database.js'; export const o = open;"],
  'services-know-no-transport': ['src/services/renders.ts', "import type { Loaders } from '../loaders/loaders.js'; export type L = Loaders;"],
  'schema-calls-services': ['src/schema/render.ts', "import type { Row } from '../repositories/rows.js'; export type R = Row;"],
  'schema-takes-loaders': ['src/schema/context.ts', "import { load } from '../loaders/loaders.js'; export const l = load;"],
  'server-is-transport': ['src/server/routes.ts', "import type { Service } from '../services/service.js'; export type S = Service;"],
  'jobs-call-services': ['src/jobs/sweep.ts', "import type { Row } from '../repositories/rows.js'; export type R = Row;"],
  'only-app-composes': ['src/services/app.ts', "import type { App } from '../app.js'; export type A = App;"],
  'commands-compose-few-parts': ['src/cli/report.ts', "import type { Row } from '../repositories/rows.js'; export type R = Row;"],
  'stripe-double-stands-alone': ['src/stripe-double/double.ts', "import type { Row } from '../repositories/rows.js'; export const double = 1; export type R = Row;"],
  'nobody-knows-the-stripe-double': ['src/billing/double.ts', "import { double } from '../stripe-double/double.js'; export const d = double;"],
  'nobody-calls-commands': ['src/services/seed.ts', "import { run } from '../cli/seed.js'; export const r = run;"],
  'main-is-no-command': ['src/main.ts', "import { run } from './cli/seed.js'; export const r = run;"],
  'generated-values-in-database': ['src/services/client.ts', "import { model } from '../generated/pothos.js'; export const m = model;"],
  'builder-takes-the-data-model': ['src/schema/builder.ts', "import { client } from '../generated/prisma/client.js'; export const c = client;"],
  'graphql-in-schema-and-server': ['src/services/fields.ts', "import type { GraphQLSchema } from 'graphql'; export type S = GraphQLSchema;"],
  'postgres-in-database': ['src/services/sql.ts', "import type { Pool } from 'pg'; export type P = Pool;"],
};

/** What the offences import, and imports that every layer may make. */
const lawful: Readonly<Record<string, string>> = {
  'src/app.ts': "import { service } from './services/service.js'; export interface App { s: typeof service }",
  'src/cli/stripe-double.ts': "import { double } from '../stripe-double/double.js'; export const run = double;",
  'src/cli/seed.ts': "import { service } from '../services/service.js'; export const run = service;",
  'src/config/limits.ts': 'export const limit = 1; export interface Limits { limit: number }',
  'src/database/database.ts': "import pg from 'pg'; export interface Sql { pool: pg.Pool } export const open = 1;",
  'src/domain/hen.ts': "import type { Egg } from './egg.js'; export interface Hen { egg: Egg }",
  'src/domain/page.ts': "import type { Limits } from '../config/limits.js'; export type Page = Limits;",
  'src/generated/pothos.ts': 'export const model = 1;',
  'src/generated/prisma/client.ts': 'export const client = 1; export interface Render { id: string }',
  'src/jobs/schedule.ts': "import type { Service } from '../services/service.js'; export type S = Service;",
  'src/loaders/loaders.ts': "import type { Row } from '../repositories/rows.js'; export type Loaders = Row; export const load = 1;",
  'src/repositories/rows.ts': "import type { Sql } from '../database/database.js'; export type Row = Sql;",
  'src/schema/lawful.ts': "import type { GraphQLSchema } from 'graphql'; import { service } from '../services/service.js'; import type { Render } from '../generated/prisma/client.js'; export type S = [GraphQLSchema, typeof service, Render];",
  'src/services/service.ts': "import * as rows from '../repositories/rows.js'; import type { Store } from '../storage/storage.js'; export interface Service { rows: typeof rows; store: Store } export const service = 1;",
  'src/storage/storage.ts': "import type { Page } from '../domain/page.js'; export type Store = Page;",
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe('the rules of the layers', () => {
  let directory: string;
  let violations: readonly Violation[];
  let report: string;

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'roomfeed-layers-')));
    const files = { ...lawful, ...Object.fromEntries(Object.values(offences)) };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), `${text}\n`);
    }
    await writeFile(join(directory, 'tsconfig.json'), '{ "compilerOptions": { "module": "NodeNext" } }\n');
    await writeFile(
      join(directory, 'package.json'),
      JSON.stringify({ type: 'module', dependencies: { pg: '*', graphql: '*' }, devDependencies: { 'fast-check': '*' } }),
    );
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));

    const summary = JSON.parse(await cruise(directory, 'json')) as { summary: { violations: Violation[] } };
    violations = summary.summary.violations;
    report = (await cruise(directory, 'err-long')).replace(/\s+/g, ' ');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('have an offence each, shown here', () => {
    expect(Object.keys(offences).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  test.each(Object.keys(offences))('%s is found, and told with what to do instead', (name) => {
    const [path] = offences[name]!;
    const comment = rules.find((rule) => rule.name === name)?.comment ?? '';

    expect(violations.filter(({ rule }) => rule.name === name).map(({ from }) => from)).toContain(path);
    expect(comment).toMatch(/\w{3}/);
    expect(report).toContain(comment);
  });

  test('let the layers do what they are there for', () => {
    // Of a circle, either end may be named.
    const innocent = Object.keys(lawful).filter((path) => path !== 'src/domain/hen.ts');

    expect(violations.filter(({ from }) => innocent.includes(from))).toEqual([]);
  });
});

/** Its output; that it ends with an error is what it is run for. */
function cruise(cwd: string, output: string): Promise<string> {
  const program = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const config = join(root, '.dependency-cruiser.cjs');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, '--config', config, '--output-type', output, 'src'],
      { cwd, maxBuffer: 10_000_000 },
      (_error, stdout, stderr) => resolve(stdout || stderr),
    );
  });
}
