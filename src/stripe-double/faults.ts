/**
 * What goes wrong with a call of the API: a status in place of doing anything, no answer at all, a connection that is cut
 * before anything was done (`reset`) or after all of it was (`lost answer`), an answer that is no JSON, or one that is
 * late by so many milliseconds.
 */
export type Fault = number | 'hang' | 'reset' | 'lost answer' | 'garbage' | { readonly delay: number };

export interface Faults {
  /** For the next calls that a pattern such as `POST /v1/subscriptions/*` or `*` fits, one fault each. */
  add(pattern: string, faults: readonly Fault[]): void;
  clear(): void;
  /** Cuts every connection, until it is back. */
  setAway(isAway: boolean): void;
  isAway(): boolean;
  /** The fault of this call; null for none. It is used up thereby. */
  take(method: string, path: string): Fault | null;
}

export function createFaults(): Faults {
  let waiting: { readonly fits: (call: string) => boolean; readonly fault: Fault }[] = [];
  let away = false;
  return {
    add(pattern, faults) {
      const fits = matcherOf(pattern);
      waiting.push(...faults.map((fault) => ({ fits, fault })));
    },
    clear: () => void (waiting = []),
    setAway: (isAway) => void (away = isAway),
    isAway: () => away,
    take(method, path) {
      const index = waiting.findIndex(({ fits }) => fits(`${method} ${path}`));
      const [taken] = index === -1 ? [] : waiting.splice(index, 1);
      return taken?.fault ?? null;
    },
  };
}

/** Whether a call fits a pattern: `*` is any text, and without a method every method does. */
export function matcherOf(pattern: string): (call: string) => boolean {
  const whole = /^[A-Z]+ /.test(pattern) ? pattern : `* ${pattern}`;
  const parts = whole.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`);
  return (call) => expression.test(call);
}
