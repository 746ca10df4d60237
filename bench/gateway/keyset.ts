// Cursors as the gateway writes them, for places in a list that nobody wants to walk to.
import { load } from './load.ts';

export const { encodeCursor, orders } = (await load('domain/keyset.js')) as typeof import('../../src/domain/keyset.js');
