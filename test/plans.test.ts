import type { Database, Sql } from '../src/database/database.js';
import type { Statement } from '../src/database/statement.js';
import { connectionParts, type Selection } from '../src/domain/selection.js';
import { encodeCursor, orders } from '../src/domain/keyset.js';
import { toPage } from '../src/domain/page.js';
import * as collections from '../src/repositories/collections.js';
import * as renders from '../src/repositories/renders.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { count } from './support/counts.js';
import { createSeed, type Seed } from './support/seed.js';

/**
 * What the database does for the feed as the gateway's role, under policies: 500,000 renders in `npm run prove`. Buffers
 * are counted rather than time, because they do not depend on what else the machine does.
 */
const total = count(40_000, 500_000);
/** A thousand pages of 20: one account holds them, the others share the rest. */
const deep = count(10_000, 21_000);
const pageSize = 20;
const lastPage = Math.floor(deep / pageSize) - 5;

let gateway: TestApp;
let seed: Seed;
let person: Person;

beforeAll(async () => {
  gateway = await createTestApp();
  seed = await createSeed(gateway);
  person = await gateway.signUp();
  // Enough accounts that no table is so small that reading it whole is right.
  const profiles = await seed.sql<{ id: string }>('insert into profiles (id) select uuid_v7() from generate_series(1, 2000) returning id');
  const others = profiles.slice(0, 20).map(({ id }) => id);
  await seed.renders(person.id, deep, { variants: 3, createdAt: new Date('2025-01-01Z'), stepMs: 60_000 });
  for (const other of others) {
    await seed.renders(other, Math.floor((total - deep) / others.length), { variants: 3, createdAt: new Date('2025-01-01Z') });
  }
  await seed.sql(
    `update renders set mode = case when abs(hashtext(id::text)) % 50 = 0 then 'staging' else 'redesign' end,
       style = case when abs(hashtext(id::text || 's')) % 50 = 0 then 'scandi' else 'japandi' end where owner_id = $1`,
    [person.id],
  );
  await seed.sql(
    `insert into collection_items (collection_id, render_id, owner_id)
     select c.id, r.id, r.owner_id from renders r join collections c on c.owner_id = r.owner_id and c.is_default_favorites
     where abs(hashtext(r.id::text)) % 20 = 0`,
  );
  await seed.sql('vacuum analyze');
}, 600_000);
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'Sort Key'?: readonly string[];
  readonly 'Actual Rows': number;
  readonly Plans?: readonly PlanNode[];
}

interface Explained {
  readonly nodes: readonly PlanNode[];
  readonly buffers: number;
  readonly milliseconds: number;
}

/** Runs one repository read and explains what it sent, in the viewer's scope and as the gateway's role. */
async function explain(read: (db: Sql) => Promise<unknown>): Promise<Explained> {
  const db: Database = gateway.app.databases.gateway({ kind: 'viewer', id: person.id });
  const found: Explained[] = [];
  const explaining: Sql = {
    scope: db.scope,
    async query<Row>(statement: Statement | string, values?: readonly unknown[]): Promise<Row[]> {
      const text = typeof statement === 'string' ? statement : statement.text;
      const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] }>(
        `explain (analyze, buffers, format json) ${text}`,
        values,
      );
      const [{ Plan, 'Execution Time': milliseconds }] = row!['QUERY PLAN'];
      found.push({
        nodes: flatten(Plan),
        buffers: Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'],
        milliseconds,
      });
      return [];
    },
  };
  await read(explaining);
  expect(found).toHaveLength(1);
  return found[0]!;
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function wanting(...names: string[]): Selection {
  return new Map(names.map((name) => [name, { name, args: undefined, selection: new Map() }]));
}

const feedParts = wanting(connectionParts.rows, 'variantCount', 'cover', 'isFavorite');

/** The cursor of the row before a page, found as the superuser by the order itself. */
async function cursorBefore(page: number): Promise<string | null> {
  if (page === 1) return null;
  const [row] = await seed.sql<{ id: string; createdAt: Date }>(
    `select id, created_at as "createdAt" from renders where owner_id = $1 order by created_at desc, id desc
     offset $2 limit 1`,
    [person.id, (page - 1) * pageSize - 1],
  );
  return encodeCursor(orders.rendersNewest, row!);
}

async function feed(page: number, filter: Parameters<typeof renders.listRenders>[2]['filter'] = {}): Promise<Explained> {
  const after = await cursorBefore(page);
  return explain((db) =>
    renders.listRenders(db, person.id, {
      filter,
      page: toPage(orders.rendersNewest, { first: pageSize, after }),
      selection: feedParts,
    }),
  );
}

function scansOf({ nodes }: Explained, relation: string): string[] {
  return nodes.filter((node) => node['Relation Name'] === relation).map((node) => node['Node Type']);
}

it('reads a page of the feed by index alone, its counts and covers too', async () => {
  const plan = await feed(1);

  expect(plan.nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  expect(scansOf(plan, 'renders')).toEqual(['Index Scan']);
  // Cover and count in one look.
  expect(scansOf(plan, 'render_variants')).toEqual(['Index Scan']);
  expect(plan.nodes.find((node) => node['Relation Name'] === 'renders')?.['Index Name']).toBe(
    'renders_owner_id_created_at_id_idx',
  );
});

it('reads a row beyond the page only where somebody asks whether the list goes on', async () => {
  const rowsRead = async (...more: string[]) => {
    const { nodes } = await explain((db) =>
      renders.listRenders(db, person.id, {
        filter: {},
        page: toPage(orders.rendersNewest, { first: pageSize }),
        selection: wanting(connectionParts.rows, 'cover', ...more),
      }),
    );
    return nodes.find((node) => node['Relation Name'] === 'renders')?.['Actual Rows'];
  };

  expect(await rowsRead()).toBe(pageSize);
  expect(await rowsRead(connectionParts.more)).toBe(pageSize + 1);
});

it('reads a page deep in the feed by as much as the first', async () => {
  await feed(1);
  await feed(lastPage);
  const first = await feed(1);
  const last = await feed(lastPage);
  process.stderr.write(
    `feed of ${total} renders: page 1: ${first.buffers} buffers, ${first.milliseconds} ms; ` +
      `page ${lastPage}: ${last.buffers} buffers, ${last.milliseconds} ms\n`,
  );

  expect(scansOf(last, 'renders')).toEqual(['Index Scan']);
  // A page of rows that lie on other blocks touches a few more or less of them.
  expect(last.buffers).toBeLessThan(first.buffers * 1.25);
});

it.each([
  { what: 'a mode', filter: { modes: ['staging'] as const }, index: 'renders_owner_id_mode_created_at_id_idx' },
  { what: 'a style', filter: { styles: ['scandi'] }, index: 'renders_owner_id_style_created_at_id_idx' },
])('reads a page of $what by the index that begins with it', async ({ filter, index }) => {
  const plan = await feed(1, filter);

  expect(plan.nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  expect(plan.nodes.find((node) => node['Relation Name'] === 'renders')?.['Index Name']).toBe(index);
});

it('reads a page of a mode and a style in an index’s order, and does not collect them', async () => {
  const plan = await feed(1, { modes: ['staging'], styles: ['scandi'] });

  expect(scansOf(plan, 'renders')).toEqual(['Index Scan']);
  expect(plan.nodes.flatMap((node) => node['Sort Key'] ?? []).filter((key) => key.includes('created_at'))).toEqual([]);
});

it('reads the items of a collection by index alone', async () => {
  const plan = await explain((db) =>
    collections.listCollections(db, person.id, {
      page: toPage(orders.collections, { first: 5 }),
      selection: new Map([
        ...wanting(connectionParts.rows),
        ['items', { name: 'items', args: { page: toPage(orders.collectionItems, { first: 10 }) }, selection: feedParts }],
      ]),
    }),
  );

  for (const relation of ['renders', 'render_variants', 'collection_items']) {
    for (const scan of scansOf(plan, relation)) expect({ relation, scan }).not.toEqual({ relation, scan: 'Seq Scan' });
  }
  // Ten items of one collection, and not the hundreds it has.
  expect(plan.buffers).toBeLessThan(600);
});
