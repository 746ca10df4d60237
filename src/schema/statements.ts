import type { Arguments, StatementCost } from '../domain/statement-cost.js';

/** To be spread into a field's options. */
interface Costs {
  readonly extensions: { readonly statements: StatementCost };
}

const costs = (statements: StatementCost): Costs => ({ extensions: { statements } });

type Sends = Extract<StatementCost, { kind: 'sends' }>;

/** So many statements, and rows that come bare: each part that is asked of them costs one more. */
export function sends(sent: Sends['sent'], { reserve = 0, more }: { reserve?: number; more?: Sends['more'] } = {}): Costs {
  return costs({ kind: 'sends', sent, reserve, more, brings: false });
}

/** One statement, which brings everything that is asked of its rows: for fields that look ahead. */
export function bringsAll({ reserve = 0 }: { reserve?: number } = {}): Costs {
  return costs({ kind: 'sends', sent: 1, reserve, brings: true });
}

/** For a resolver that takes the context and asks the database for nothing. */
export const sendsNothing = sends(0);

/** For a payload's row by `afterWrite`. */
export const rereads = costs({ kind: 'rereads' });

/** One statement for all fields of an operation that say the same name: for a loader of one key. */
export const sharesStatement = (name: string): Costs => costs({ kind: 'shares', name });

/** For a field whose ids say which types it loads: so many statements for the rows of each. */
export const sortsByType = (groups: (args: Arguments) => ReadonlyMap<string, number>): Costs =>
  costs({ kind: 'sorts', groups });
