import { accountChecks } from './accounts.js';
import { bookChecks } from './books.js';
import type { DataCheck } from './check.js';
import { jobChecks } from './jobs.js';
import { renderChecks } from './renders.js';
import { storeChecks } from './store.js';

/** Every data check, in the order in which they run. What one of them tells of, no other does. */
export const dataChecks: readonly DataCheck[] = [...accountChecks, ...jobChecks, ...bookChecks, ...renderChecks, ...storeChecks];
