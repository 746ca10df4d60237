import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import type { Exchange } from '../src/server/http/exchange.js';
import { OpenExchanges } from '../src/server/http/open-exchanges.js';

/** Exchanges as the server knows them while they are open: it looks them over for those that take too long, and at its end. */
const exchangeOf = (id: number): Exchange => ({ id: String(id), place: -1 }) as unknown as Exchange;

describe('the exchanges that are open', () => {
  it('are those that came and did not go, in whatever order they do', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ comes: fc.boolean(), which: fc.nat(12) }), { maxLength: 200 }), (steps) => {
        const exchanges = Array.from({ length: 13 }, (_, id) => exchangeOf(id));
        const open = new OpenExchanges();
        const expected = new Set<Exchange>();
        for (const { comes, which } of steps) {
          const exchange = exchanges[which]!;
          if (!comes) {
            open.delete(exchange);
            expected.delete(exchange);
          } else if (!expected.has(exchange)) {
            open.add(exchange);
            expected.add(exchange);
          }
          expect(open.size).toBe(expected.size);
          expect(new Set(open.list())).toEqual(expected);
        }
      }),
    );
  });

  it('may go while somebody looks them over', () => {
    const open = new OpenExchanges();
    const exchanges = [1, 2, 3, 4].map(exchangeOf);
    for (const exchange of exchanges) open.add(exchange);
    const seen = open.list().map((exchange) => {
      open.delete(exchange);
      return exchange;
    });
    expect(seen).toEqual(exchanges);
    expect(open.size).toBe(0);
  });

  /**
   * 20,000 of 2 KB each, of which seventeen are open at a time, under the collector of young objects alone. It keeps none of the
   * past in an array, and in a Set, which is measured beside it, all of it (see OpenExchanges).
   */
  it('keep nothing of those before them in memory', () => {
    const program = `
      const { OpenExchanges } = await import('./src/server/http/open-exchanges.ts');
      const grown = (open) => {
        globalThis.gc();
        const before = process.memoryUsage().heapUsed;
        const now = [];
        let most = 0;
        for (let id = 0; id < 20_000; id += 1) {
          const exchange = { place: -1, payload: new Array(256).fill(id) };
          open.add(exchange);
          now.push(exchange);
          if (now.length > 16) open.delete(now.shift());
          if (id % 40 === 0) globalThis.gc({ type: 'minor' });
          if (id % 1_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed);
        }
        return (most - before) / 1e6;
      };
      console.log(JSON.stringify({ list: grown(new OpenExchanges()), set: grown(new Set()) }));
    `;
    const flags = ['--expose-gc', '--no-warnings', '--import', './test/support/typescript.mjs', '--input-type=module', '--eval', program];
    const megabytes = JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' })) as { list: number; set: number };

    expect(megabytes.list).toBeLessThan(5);
    expect(megabytes.set).toBeGreaterThan(15);
  });
});
