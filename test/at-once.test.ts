import { eachAtOnce } from '../src/domain/at-once.js';

/** Work that ends when the test says so, and what of it is under way. */
function createWork() {
  const underWay = new Map<number, { end: () => void; fail: (error: Error) => void }>();
  const begun: number[] = [];
  const work = (item: number) =>
    new Promise<void>((resolve, reject) => {
      begun.push(item);
      const leave = () => underWay.delete(item);
      underWay.set(item, { end: () => { leave(); resolve(); }, fail: (error) => { leave(); reject(error); } });
    });
  return { underWay, begun, work };
}

/** Lets everything that waits for nothing more go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

it('does everything, so many at a time', async () => {
  const { underWay, begun, work } = createWork();
  const done = eachAtOnce([0, 1, 2, 3, 4], 2, work);

  expect([...underWay.keys()]).toEqual([0, 1]);
  underWay.get(1)!.end();
  await settled();
  expect([...underWay.keys()]).toEqual([0, 2]);
  while (underWay.size > 0) {
    for (const { end } of underWay.values()) end();
    await settled();
  }

  await done;
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

it('begins nothing after a failure, and rejects with the first one when all that was under way has ended', async () => {
  const { underWay, begun, work } = createWork();
  let outcome: unknown = null;
  const done = eachAtOnce([0, 1, 2, 3], 3, work).catch((error: unknown) => (outcome = error));

  underWay.get(1)!.fail(new Error('the first'));
  await settled();
  underWay.get(0)!.fail(new Error('the second'));
  await settled();
  expect(outcome).toBeNull();
  underWay.get(2)!.end();
  await done;

  expect(outcome).toEqual(new Error('the first'));
  expect(begun).toEqual([0, 1, 2]);
});

it('has nothing to do for nothing', async () => {
  await expect(eachAtOnce([], 4, () => Promise.reject(new Error('Nobody is to be asked.')))).resolves.toBeUndefined();
});
