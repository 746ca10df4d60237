import type { Exchange } from './exchange.js';

/**
 * The exchanges that are open now.
 *
 * Not a Set: one to which things come and go grows a new table every few of them, and V8 lets the old table hold the new
 * one, and the exchanges that were open then. Once such a table has come into the old generation it keeps all that follow
 * alive until the next full collection, with every request since and all that hung on it: 6 KB of each.
 */
export class OpenExchanges {
  readonly #open: Exchange[] = [];

  get size(): number {
    return this.#open.length;
  }

  add(exchange: Exchange): void {
    exchange.place = this.#open.push(exchange) - 1;
  }

  /** Twice is once. */
  delete(exchange: Exchange): void {
    const { place } = exchange;
    if (this.#open[place] !== exchange) return;
    const last = this.#open.pop();
    if (!last || last === exchange) return;
    this.#open[place] = last;
    last.place = place;
  }

  /** As they are at this moment, in no order. */
  list(): readonly Exchange[] {
    return [...this.#open];
  }
}
