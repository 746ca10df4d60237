import fc from 'fast-check';
import { count, seededRandom } from './support/counts.js';
import { turn, type Turn } from './support/orphans/moves.js';
import { play, type Tally } from './support/orphans/play.js';
import { openStage, type Stage } from './support/orphans/stage.js';

/**
 * Random orders of what can happen to pictures: uploads, generations, deletions, publishing, moves, erasures, accidents,
 * processes that die at any call, graces that pass, and sweeps between all of that and beside it. See
 * support/orphans/play.ts for what must hold after each, and in the end.
 */
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** What a run must have met, or it proves little. */
const everyTurn = [
  'upload',
  'complete',
  'submit',
  'generate',
  'delete render',
  'publish',
  'unpublish',
  'delete looks',
  'move',
  'erase',
  'erase due',
  'litter',
  'lose render',
  'lose look',
  'sweep',
  'remove',
  'sweep uploads',
  'at once',
  'died',
  'refused',
  'photo_unused',
  'render_gone',
  'look_gone',
  'not_recorded',
];

it('does not have a photo taken whose removal died behind its bytes', async () => {
  const alive = { calls: null, isDone: false };
  await play(
    stage,
    [
      { turn: 'one', done: { deed: 'upload', who: 1, far: 'completed' }, death: alive },
      { turn: 'wait', hours: 744 },
      { turn: 'one', done: { deed: 'remove' }, death: { calls: 2, isDone: true } },
      ...[0, 1, 2, 3].map((nth): Turn => ({ turn: 'one', done: { deed: 'submit', who: 1, withPhoto: true, nth }, death: alive })),
    ],
    new Map(),
  );
}, 60_000);

it('deletes nothing that is needed, foreign or in flight, and everything else in the end', async () => {
  const { seed } = seededRandom('orphans');
  const tally: Tally = new Map();
  const sequence = fc.array(turn, { minLength: 15, maxLength: 35, size: 'max' });
  const began = performance.now();

  const missed = () => everyTurn.filter((one) => !tally.has(one));
  for (let round = 0; round === 0 || (round < 5 && missed().length > 0); round += 1) {
    const details = await fc.check(
      fc.asyncProperty(sequence, (turns) => play(stage, turns, tally)),
      { seed: seed + round, numRuns: round === 0 ? count(5, 400) : 5 },
    );
    if (details.failed) {
      throw new Error(`Seed ${seed + round}, after ${details.numShrinks} simplifications. ${String((details.errorInstance as Error | null)?.message)}`);
    }
  }

  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  process.stderr.write(`orphans: ${JSON.stringify(Object.fromEntries([...tally].sort()))} in ${seconds} s\n`);
  expect(missed()).toEqual([]);
}, 3_600_000);
