import { DatabaseUnavailable } from './errors.js';
import { housekeepingScope } from './scope.js';
import type { ScopedPool } from './scoped-pool.js';

/** A role could pass by the policies. `faults` names every reason, and what to do about it. */
export class UnsafeRoleError extends Error {
  override readonly name = 'UnsafeRoleError';

  constructor(readonly faults: readonly string[]) {
    super(`The database roles are not safe to use: ${faults.join('; ')}.`);
  }
}

interface RoleRow {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypasses: boolean;
  readonly owned: string[];
  readonly powerful_groups: string[];
}

// Attributes such as BYPASSRLS are not inherited, but a member may SET ROLE to whoever has them.
const ROLE = `
  select current_user::text as name, r.rolsuper as superuser, r.rolbypassrls as bypasses,
    array(
      select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname = current_schema() and pg_has_role(c.relowner, 'MEMBER')
      order by 1
    ) as owned,
    array(
      select g.rolname::text from pg_roles g
      where (g.rolsuper or g.rolbypassrls) and g.rolname <> current_user and pg_has_role(g.oid, 'MEMBER')
      order by 1
    ) as powerful_groups
  from pg_roles r where r.rolname = current_user`;

/**
 * Checks that row-level security binds both roles: neither is a superuser, has BYPASSRLS, owns tables or may become one
 * that does, and the gateway's may not become the service's. Throws an {@link UnsafeRoleError} with every fault.
 */
export async function verifyRoles(gateway: ScopedPool, service: ScopedPool): Promise<void> {
  const [gatewayRole, serviceRole] = await Promise.all([readRole(gateway), readRole(service)]);
  const faults = [...faultsOf('gateway', gatewayRole), ...faultsOf('service', serviceRole)];
  if (gatewayRole.name === serviceRole.name) {
    faults.push(`gateway and service are the same role (${gatewayRole.name}); give each its own`);
  } else if (!gatewayRole.superuser && (await mayBecomeService(gateway, serviceRole.name))) {
    faults.push(`the gateway role ${gatewayRole.name} is a member of the service's; revoke it`);
  }
  if (faults.length > 0) throw new UnsafeRoleError(faults);
}

function faultsOf(purpose: string, role: RoleRow): string[] {
  const subject = `the ${purpose} role ${role.name}`;
  // A superuser is a member of everything and owns everything: one fault says it all.
  if (role.superuser) return [`${subject} is a superuser; make it NOSUPERUSER`];
  const faults: string[] = [];
  if (role.bypasses) faults.push(`${subject} has BYPASSRLS; make it NOBYPASSRLS`);
  if (role.owned.length > 0) {
    faults.push(
      `${subject} owns tables or is a member of their owner (${role.owned.slice(0, 3).join(', ')}); use another role`,
    );
  }
  if (role.powerful_groups.length > 0) {
    faults.push(
      `${subject} is a member of ${role.powerful_groups.join(', ')}, which row-level security does not bind; revoke it`,
    );
  }
  return faults;
}

async function readRole(pool: ScopedPool): Promise<RoleRow> {
  const { rows } = await pool.run(housekeepingScope(pool.role), ROLE);
  const [row] = rows as RoleRow[];
  if (!row) throw new DatabaseUnavailable('The database does not say who we are.');
  return row;
}

/** Of the role that the service logs in as, or of the one that the policies name, which the former may be a member of. */
async function mayBecomeService(gateway: ScopedPool, serviceName: string): Promise<boolean> {
  const { rows } = await gateway.run(
    { kind: 'anonymous' },
    `select from pg_roles where rolname in ('roomfeed_service', $1) and pg_has_role(oid, 'MEMBER')`,
    [serviceName],
  );
  return rows.length > 0;
}
