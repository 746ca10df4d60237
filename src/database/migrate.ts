import pg from 'pg';
import { MigrationError } from './migrate/error.js';
import { listMigrationFiles, packagePath, type MigrationFile } from './migrate/files.js';
import { withSchemaEngine } from './migrate/schema-engine.js';

export interface MigrateOptions {
  /** The role that owns the tables. It needs CREATE on the schema `public`, and no superuser's rights. */
  readonly ownerUrl: string;
  /** Default: prisma/migrations of this package. */
  readonly migrationsDirectory?: string;
  /** Told as each migration begins; `index` counts from 1 to `total`. */
  readonly onProgress?: (name: string, index: number, total: number) => void;
}

/** Prisma's own key for its advisory lock, so that `prisma migrate deploy` and this wait for each other. */
const MIGRATION_LOCK = 72_707_369;

/**
 * Brings the database to the newest migration and returns the names of those applied, oldest first; none where it was
 * there already. Prisma's engine does it in this process and keeps its table `_prisma_migrations`, so that
 * `prisma migrate deploy` works on the same database, before and after.
 *
 * All pending migrations run in one transaction: either every one is applied or none, and a process that dies halfway
 * leaves nothing to repair. A migration that cannot run inside one (CREATE INDEX CONCURRENTLY) must be applied with
 * `prisma migrate deploy`. Of two processes at once, one waits for the other and then finds nothing to do.
 *
 * @throws MigrationError
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const { ownerUrl, migrationsDirectory, onProgress } = options;
  const files = await listMigrationFiles(migrationsDirectory ?? packagePath('prisma/migrations'));
  return withOwner(ownerUrl, async (client) => {
    // A start that finds nothing to do, as most do, does not wait for the engine to load.
    if ((await listPending(client, files)).length === 0) {
      return { applied: [] };
    }
    await client.query('BEGIN');
    // The engine takes the same lock again, which costs nothing, but by itself would give up waiting after ten seconds.
    await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    // A migration that waits for a table's lock holds up everyone who comes after it; better to give up and try again.
    await client.query("SET LOCAL lock_timeout = '30s'");
    const pending = await listPending(client, files);
    const applied = await apply(client, files, pending, onProgress);
    await client.query('COMMIT');
    return { applied };
  });
}

/**
 * The names of the migrations that the database does not have yet, oldest first. Reads only.
 *
 * @throws MigrationError where the database cannot be reached, or the role may not read `_prisma_migrations`.
 */
export async function pendingMigrations(
  ownerUrl: string,
  migrationsDirectory: string = packagePath('prisma/migrations'),
): Promise<string[]> {
  const files = await listMigrationFiles(migrationsDirectory);
  return withOwner(ownerUrl, async (client) => (await listPending(client, files)).map((file) => file.name));
}

async function withOwner<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'roomfeed-migrate',
    connectionTimeoutMillis: 10_000,
    // A migration takes as long as it takes.
    options: '-c statement_timeout=0',
  });
  // Without a listener a lost connection would end the process; the statement under way fails anyway.
  client.on('error', () => undefined);
  try {
    await client.connect().catch((error: unknown) => {
      throw unreachable(error);
    });
    return await work(client);
  } catch (error) {
    throw error instanceof MigrationError ? error : describe(error, undefined);
  } finally {
    // Whatever has not been committed is rolled back here.
    await client.end().catch(() => undefined);
  }
}

async function listPending(client: pg.Client, files: readonly MigrationFile[]): Promise<MigrationFile[]> {
  const { rows } = await client.query<{ present: boolean }>(
    "SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS present",
  );
  if (rows[0]?.present !== true) {
    return [...files];
  }
  const history = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM public._prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Set(history.rows.map((row) => row.migration_name));
  return files.filter((file) => !applied.has(file.name));
}

async function apply(
  client: pg.Client,
  files: readonly MigrationFile[],
  pending: readonly MigrationFile[],
  onProgress: MigrateOptions['onProgress'],
): Promise<string[]> {
  let begun = 0;
  return withSchemaEngine(
    client,
    async ({ engine, failure }) => {
      try {
        const { appliedMigrationNames } = await engine.applyMigrations({
          migrationsList: {
            baseDir: 'prisma/migrations',
            lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
            shadowDbInitScript: '',
            migrationDirectories: files.map(({ name, sql }) => ({
              path: name,
              migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
            })),
          },
          filters: { externalTables: [], externalEnums: [] },
        });
        return appliedMigrationNames;
      } catch (error) {
        throw describe(failure() ?? error, pending[begun - 1]);
      }
    },
    () => {
      begun += 1;
      const file = pending[begun - 1];
      if (file !== undefined) {
        onProgress?.(file.name, begun, pending.length);
      }
    },
  );
}

/** The messages of the system name hosts and files, and are left out; what the server said of a sign-in is plain. */
function unreachable(error: unknown): MigrationError {
  const code = codeOf(error);
  const why = error instanceof pg.DatabaseError ? error.message : (code ?? 'no answer in time');
  return new MigrationError(
    `The database cannot be used (${why}): check DATABASE_OWNER_URL, and that the server runs.`,
    code,
    null,
  );
}

/** Puts what the database or the engine said into words for an operator, without a line of SQL. */
function describe(error: unknown, file: MigrationFile | undefined): MigrationError {
  const code = codeOf(error);
  const subject = file === undefined ? 'The migrations' : `The migration ${file.name}`;
  if (error instanceof pg.DatabaseError) {
    const position = error.position === undefined || file === undefined ? undefined : Number(error.position);
    const where = position === undefined ? '' : `, line ${lineAt(file?.sql ?? '', position)},`;
    const hint = error.hint === undefined ? '' : ` ${error.hint}`;
    return new MigrationError(
      `${subject}${where} failed: ${error.message} (${code ?? 'no code'}).${hint} Nothing was changed.`,
      code,
      file?.name ?? null,
    );
  }
  switch (code) {
    case 'P3005':
      return new MigrationError(
        'The schema public already holds tables, but no history of migrations. Use an empty database, or record what ' +
          'it has with `prisma migrate resolve --applied <name>`.',
        code,
        null,
      );
    case 'P3009':
      return new MigrationError(
        'An earlier migration was begun by another tool and did not finish. Look at how far it came, then record it ' +
          'with `prisma migrate resolve` and start again.',
        code,
        null,
      );
    default:
      return new MigrationError(
        `${subject} could not be applied (${code ?? 'the connection was lost'}). Nothing is half done: start again.`,
        code,
        file?.name ?? null,
      );
  }
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) {
    return null;
  }
  return typeof error.code === 'string' ? error.code : null;
}

/** The line, counted from 1, of a character position, counted from 1 as PostgreSQL does. */
function lineAt(text: string, position: number): number {
  return text.slice(0, position - 1).split('\n').length;
}
