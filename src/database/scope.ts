import type { Scope } from './database.js';
import { ScopeError } from './errors.js';
import type { WireStatement } from './pipelined-query.js';

export type DatabaseRole = 'gateway' | 'service';

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
      return '';
    case 'system':
      if (role === 'service') return undefined;
      throw new ScopeError('The system scope is the service role’s; use databases.service(…).');
    default:
      throw new ScopeError('A statement was refused because it has no scope.');
  }
}
