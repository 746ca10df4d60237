import pg from 'pg';

/** The passwords of the three roles that the product uses. */
export interface RolePasswords {
  readonly owner: string;
  readonly gateway: string;
  readonly service: string;
}

export const ROLES = { owner: 'roomfeed_owner', gateway: 'roomfeed_gateway', service: 'roomfeed_service' } as const;

/** Any number; two starts that make the roles at once take turns by it. */
const BOOTSTRAP_LOCK = 7_266_333;

/**
 * Makes the three roles, or brings existing ones back to what they may be: logins and nothing else. The owner is no
 * superuser and, like the others, never bypasses row-level security. Idempotent.
 *
 * @param superuserUrl a database of the server, as a superuser
 */
export async function bootstrapRoles(superuserUrl: string, passwords: RolePasswords): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await client.query('BEGIN');
    // Should a statement fail, its text, with a password in it, stays out of the server's log.
    await client.query('SET LOCAL log_min_error_statement = panic');
    await client.query('SELECT pg_advisory_xact_lock($1)', [BOOTSTRAP_LOCK]);
    const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles');
    const existing = new Set(rows.map(({ rolname }) => rolname));
    for (const kind of ['owner', 'gateway', 'service'] as const) {
      const verb = existing.has(ROLES[kind]) ? 'ALTER' : 'CREATE';
      await client.query(
        `${verb} ROLE ${ROLES[kind]} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS ` +
          `PASSWORD ${client.escapeLiteral(passwords[kind])}`,
      );
    }
    await client.query('COMMIT');
  });
}

/** Makes the database, owned by the owner's role, where it is absent. */
export async function bootstrapDatabase(superuserUrl: string, name: string): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return;
    // CREATE DATABASE knows no IF NOT EXISTS.
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${ROLES.owner}`);
  });
}

/** The address of `database` on this machine for a role. */
export function localUrl(role: string, password: string, port: number, database: string): string {
  return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A connection that the server drops also fails the query that waits on it; nobody else needs to hear of it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
