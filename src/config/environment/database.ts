import { Secret } from '../secret.js';
import { databaseUrl } from '../values.js';
import type { VariableName, Variables } from '../variables.js';

/** Which PostgreSQL to use. URLs hold passwords, so they are secrets. */
export type DatabaseSettings =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'urls';
      readonly gatewayUrl: Secret;
      readonly serviceUrl: Secret;
      /** Null: this process does not migrate. */
      readonly ownerUrl: Secret | null;
    };

const names = ['DATABASE_URL', 'DATABASE_SERVICE_URL', 'DATABASE_OWNER_URL'] as const;

/** None of the three URLs: the embedded server. Otherwise the gateway's and the service's are both needed. */
export function parseDatabase(variables: Variables): DatabaseSettings {
  const urls = {
    DATABASE_URL: variables.read('DATABASE_URL', databaseUrl),
    DATABASE_SERVICE_URL: variables.read('DATABASE_SERVICE_URL', databaseUrl),
    DATABASE_OWNER_URL: variables.read('DATABASE_OWNER_URL', databaseUrl),
  };
  if (!names.some((name) => variables.has(name))) return { kind: 'embedded' };
  needs(variables, 'DATABASE_URL', "the gateway's role");
  needs(variables, 'DATABASE_SERVICE_URL', "the service's role");
  refuseSharedRoles(variables, urls);
  const missing = new Secret('');
  return {
    kind: 'urls',
    gatewayUrl: urls.DATABASE_URL ?? missing,
    serviceUrl: urls.DATABASE_SERVICE_URL ?? missing,
    ownerUrl: urls.DATABASE_OWNER_URL,
  };
}

/** What the migration command needs: the owner's URL alone, so that it can run where the other two are not known. */
export type MigrationDatabaseSettings =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'url'; readonly ownerUrl: Secret };

export function parseMigrationDatabase(variables: Variables): MigrationDatabaseSettings {
  const ownerUrl = variables.read('DATABASE_OWNER_URL', databaseUrl);
  if (!names.some((name) => variables.has(name))) return { kind: 'embedded' };
  needs(variables, 'DATABASE_OWNER_URL', 'the role that owns the tables');
  return { kind: 'url', ownerUrl: ownerUrl ?? new Secret('') };
}

function needs(variables: Variables, name: VariableName, role: string): void {
  if (variables.has(name)) return;
  const given = names.filter((other) => variables.has(other)).join(' and ');
  variables.fault(
    name,
    `is missing beside ${given}; give the URL of ${role}, or none of the URLs for the embedded server`,
  );
}

/** Row-level security rests on three roles: one that is used twice has the rights of both. */
function refuseSharedRoles(variables: Variables, urls: Readonly<Record<(typeof names)[number], Secret | null>>): void {
  const nameByRole = new Map<string, VariableName>();
  for (const name of names) {
    const role = new URL(urls[name]?.reveal() ?? 'postgresql://').username;
    if (role === '') continue;
    const other = nameByRole.get(role);
    if (other !== undefined)
      variables.fault(name, `signs in as the same role as ${other}; each needs a role of its own`);
    nameByRole.set(role, name);
  }
}
