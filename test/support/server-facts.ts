import { ROLES } from '../../src/database/embedded/roles.js';
import type { RolePasswords } from '../../src/database/embedded/roles.js';

/** What test files need to know of the run's database server. */
export interface ServerFacts {
  /** Some database of the server, as a superuser. */
  readonly superuserUrl: string;
  readonly passwords: RolePasswords;
  /** Every database of this run has a name that begins so; it is dropped with the run. */
  readonly prefix: string;
  readonly templates: { readonly empty: string; readonly migrated: string };
}

/** The address of one of the server's databases, as a role. */
export function databaseUrl(facts: ServerFacts, name: string, as: keyof RolePasswords | 'superuser'): string {
  const url = new URL(facts.superuserUrl);
  url.pathname = `/${name}`;
  if (as !== 'superuser') {
    url.username = ROLES[as];
    url.password = facts.passwords[as];
  }
  return url.href;
}
