import { ScopeError } from './errors.js';
import type { WireStatement } from './pipelined-query.js';

export type DatabaseRole = 'gateway' | 'service';

/**
 * Whose rows a statement may touch. It becomes the setting `app.user_id` that the policies compare with.
 *
 * - `viewer`: one signed-in person;
 * - `anonymous`: nobody; private tables are empty, the community is readable;
 * - `system`: no setting at all. Only the service role may use it: webhooks, workers, maintenance.
 */
export type Scope =
  | { readonly kind: 'viewer'; readonly id: string }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'system' };

/** The scope for a role's questions about itself, which touch no table of the product. */
export function housekeepingScope(role: DatabaseRole): Scope {
  return { kind: role === 'service' ? 'system' : 'anonymous' };
}

/** Sets what every policy compares with, until the end of the transaction that it runs in. */
export const SET_SCOPE = "select set_config('app.user_id', $1, true)";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The statement that goes in front; undefined for `system`, which sends none.
 * Throws a {@link ScopeError} where the scope is missing, holds no UUID, or is not this role's to use.
 */
export function scopeStatement(scope: Scope | undefined, role: DatabaseRole): WireStatement | undefined {
  const setting = settingOf(scope, role);
  return setting === undefined ? undefined : { name: 'roomfeed_scope', text: SET_SCOPE, values: [setting] };
}

function settingOf(scope: Scope | undefined, role: DatabaseRole): string | undefined {
  switch (scope?.kind) {
    case 'viewer':
      if (!UUID.test(scope.id)) throw new ScopeError('A viewer scope holds the id of a profile, a UUID.');
      return scope.id;
    case 'anonymous':
      // The service's policies read an empty setting as none, and none is everything.
      if (role === 'service') throw new ScopeError('The service role acts for a viewer or for the system, not for nobody.');
      return '';
    case 'system':
      if (role === 'service') return undefined;
      throw new ScopeError('The system scope is the service role’s; use databases.service(…).');
    default:
      throw new ScopeError('A statement was refused because it has no scope.');
  }
}
