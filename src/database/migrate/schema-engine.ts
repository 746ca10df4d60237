import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/** Prisma's schema engine, working on one connection. */
export interface SchemaEngineSession {
  readonly engine: bindings.SchemaEngine;
  /**
   * What the database, not the engine, said first when something failed; the engine's own error is only a number that
   * stands for it. Undefined as long as no statement has failed.
   */
  failure(): unknown;
}

/** What is used of it here. Node has it; TypeScript's declarations of it come with a browser's. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ readonly instance: { readonly exports: Record<string, unknown> } }>;
};

/** PostgreSQL's internal one-byte type, in which the catalogue keeps its enumerations. */
const CATALOGUE_CHAR = 18;

/**
 * Loads the engine's WebAssembly into the bindings. They keep it in a variable of their module, and loading it again
 * would pull it away from under an engine at work: so it is loaded once a process, here and not by whoever asks.
 */
let loaded: Promise<void> | undefined;

async function load(): Promise<void> {
  const package_ = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const { instance } = await WebAssembly.instantiate(await readFile(join(package_, 'schema_engine_bg.wasm')), {
    './schema_engine_bg.js': { ...bindings, ...unreferencedTimers() },
  });
  bindings.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') {
    (start as () => void)();
  }
}

/**
 * The engine gives the lock ten seconds and lets the timer run on after it has it, which would keep a process that is
 * done from ending. The bindings' name for setTimeout ends in a hash that changes with each version.
 */
function unreferencedTimers(): Record<string, unknown> {
  const name = Object.keys(bindings).find((key) => key.startsWith('__wbg_setTimeout_'));
  if (name === undefined) {
    return {};
  }
  return { [name]: (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds >>> 0).unref() };
}

/**
 * Runs `work` with an engine that sends every statement over `client`, so that the caller's transaction holds them all.
 *
 * Once a statement has failed, none follows: the transaction is lost, and the engine would write its record of the
 * failure into it.
 *
 * @param onScript told before a migration's script runs, in the order in which the engine applies them.
 */
export async function withSchemaEngine<T>(
  client: pg.Client,
  work: (session: SchemaEngineSession) => Promise<T>,
  onScript: () => void = () => undefined,
): Promise<T> {
  await (loaded ??= load());
  const connection = singleConnection(client);
  const engine = await bindings.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(adapterFactory(connection, onScript)),
  );
  try {
    return await work({ engine, failure: connection.failure });
  } finally {
    engine.free();
  }
}

interface Connection {
  /** In place of the pool that the adapter insists on: never connects, hands each statement to the one client. */
  readonly pool: pg.Pool;
  readonly failure: () => unknown;
  /** The positions of the columns that were of the catalogue's type, by the rows that they came in. */
  readonly catalogueChars: WeakMap<unknown[], number[]>;
}

function singleConnection(client: pg.Client): Connection {
  let failure: unknown;
  const catalogueChars = new WeakMap<unknown[], number[]>();
  const send = async (query: string | pg.QueryConfig): Promise<pg.QueryResult<unknown[]>> => {
    if (failure !== undefined) {
      throw failure as Error;
    }
    try {
      const result = await client.query<unknown[]>(query);
      // A script of many statements gives many results, and the engine reads none of them.
      if (!Array.isArray(result)) {
        catalogueChars.set(result.rows, disguiseCatalogueChars(result.fields));
      }
      return result;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const pool = new pg.Pool();
  pool.query = send as pg.Pool['query'];
  return { pool, failure: () => failure, catalogueChars };
}

/** The adapter refuses a result that holds this type, as every look at the catalogue does. Text it lets pass. */
function disguiseCatalogueChars(fields: readonly pg.FieldDef[]): number[] {
  const disguised: number[] = [];
  fields.forEach((field, position) => {
    if (field.dataTypeID === CATALOGUE_CHAR) {
      field.dataTypeID = pg.types.builtins.TEXT;
      disguised.push(position);
    }
  });
  return disguised;
}

function adapterFactory(connection: Connection, onScript: () => void): SqlMigrationAwareDriverAdapterFactory {
  const { pool, catalogueChars } = connection;
  const factory = new PrismaPg(pool);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = await factory.connect();
      const queryRaw = adapter.queryRaw.bind(adapter);
      // The engine, for its part, panics at text where it expects a character.
      adapter.queryRaw = async (query) => {
        const result = await queryRaw(query);
        for (const position of catalogueChars.get(result.rows) ?? []) {
          result.columnTypes[position] = ColumnTypeEnum.Character;
        }
        return result;
      };
      // The adapter's own executeScript cuts the script at every semicolon, those in function bodies included.
      adapter.executeScript = async (script) => {
        onScript();
        await pool.query(script);
      };
      return adapter;
    },
    connectToShadowDb: () => Promise.reject(new Error('The gateway never makes a shadow database.')),
  };
}
