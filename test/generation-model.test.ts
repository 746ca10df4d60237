import fc from 'fast-check';
import { count, seededRandom } from './support/counts.js';
import { type Lab, openLab } from './support/generation/lab.js';
import { move } from './support/generation/moves.js';
import { play, type Tally } from './support/generation/play.js';

/**
 * Random orders of what can happen to generations: submissions, workers that finish, fail and die at any call, looks at
 * what is over, cancellations, sweeps, late results, the end of the month. See support/generation/play.ts for what must
 * hold after each.
 */
let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** What a run must have met, or it proves little. */
const everyTurn = [
  'submitted',
  'replayed',
  'IdempotencyConflict',
  'TooManyInFlight',
  'QuotaExceeded',
  'canceled',
  'JobNotCancelable',
  'died',
  'failed',
  'recovered',
  'two at once',
  'starting → processing',
  'starting → succeeded',
  'starting → failed: timed_out',
  'starting → failed: provider_rejected',
  'starting → canceled',
  'processing → succeeded',
  'processing → failed: provider_failed',
  'processing → failed: timed_out',
  'processing → canceled',
  // A late success.
  'failed: timed_out → succeeded',
];

it('keeps every job, charge and picture right, whatever happens in which order', async () => {
  const { seed } = seededRandom('generations');
  const tally: Tally = new Map();
  const sequence = fc.array(move, { minLength: 15, maxLength: 30, size: 'max' });
  const began = performance.now();

  const missed = () => everyTurn.filter((turn) => !tally.has(turn));
  for (let round = 0; round === 0 || (round < 20 && missed().length > 0); round += 1) {
    const details = await fc.check(
      fc.asyncProperty(sequence, (moves) => play(lab, moves, tally)),
      { seed: seed + round, numRuns: round === 0 ? count(40, 1_000) : 20 },
    );
    if (details.failed) {
      throw new Error(`Seed ${seed + round}, after ${details.numShrinks} simplifications. ${String((details.errorInstance as Error | null)?.message)}`);
    }
  }

  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  process.stderr.write(`generations: ${JSON.stringify(Object.fromEntries([...tally].sort()))} in ${seconds} s\n`);
  expect(missed()).toEqual([]);
}, 3_600_000);
