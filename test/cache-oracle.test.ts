import fc from 'fast-check';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { count } from './support/counts.js';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.js';
import { cacheReads, readMetrics } from './support/metrics.js';
import type { InputMaker } from './support/model/choices.js';
import { moves } from './support/model/moves.js';
import { documentOf } from './support/mutate.js';
import { marker, sendNotice } from './support/notices.js';
import { outsideChanges } from './support/oracle/outside.js';
import { beginScene, notice, resolveFor, type Scene } from './support/oracle/scene.js';
import { createSeed, type Seed } from './support/seed.js';

/**
 * Two gateways in processes of their own, each with its cache, and a third without one, over one database. Random changes
 * go to either of the two, or past all of them; what the two answer afterwards must be what the third does: at once where
 * the change was made, in the other process as soon as that commit's notice has arrived.
 */

/** All clocks stand still: signed URLs and the month are the same everywhere. */
const now = new Date();

let oracle: TestApp;
let seed: Seed;
let processes: readonly [GatewayProcess, GatewayProcess];

beforeAll(async () => {
  oracle = await createTestApp({ now: () => now });
  seed = await createSeed(oracle);
  const { database, storageDirectory } = oracle;
  const start = () => startGatewayProcess({ database, storageDirectory, environment: { CACHE: 'on' }, now });
  processes = await Promise.all([start(), start()]);
}, 120_000);
afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await seed.close();
  await oracle.close();
});

const renderFields = `id mode prompt variantCount isFavorite coverImage { url width } variants { index isCover image { url width } }
  inputImages { url byteSize }`;
const itemFields = 'id orderIndex image { url } applySettings { style prompt }';

/** Everything that is kept, of one person and of everybody. */
const everything = `{
  viewer {
    renders(first: 4) { totalCount edges { cursor node { ${renderFields} job { status prompt } collections { nodes { id name } } } } }
    collections(first: 20) { totalCount nodes { id name isDefaultFavorites itemCount coverImages { url }
      items(first: 4) { edges { addedAt node { id isFavorite } } } } }
    favorites { id itemCount items(first: 4) { nodes { ${renderFields} } } }
    usage { id plan { id } monthlyLimit debits refunds credits used remaining byMode { mode count } entries(first: 4) { totalCount nodes { kind amount } } }
    allowance: usage { canGenerate blockedBy }
  }
  communityCollections(first: 10) { totalCount nodes { id title description isFeatured orderIndex itemCount coverImage { url }
    items(first: 6) { totalCount nodes { ${itemFields} } } } }
  communityItems(first: 6, filter: { styles: ["japandi"] }) { totalCount nodes { ${itemFields} collection { title } } }
}`;

async function ask({ url }: { readonly url: string }, person: Person, query: string, variables: object = {}): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

/** What both people are answered by one gateway, as it was sent. */
async function askAll(gateway: { readonly url: string }, { persons: { Ann, Ben } }: Scene): Promise<string> {
  const answers = await Promise.all([Ann, Ben].map((person) => ask(gateway, person, everything)));
  return `[${answers.join(',')}]`;
}

/** Answers are parsed only where they differ, to show in what: most of the time would go there. */
function expectSame(who: string, answers: string, truth: string): void {
  if (answers !== truth) expect({ who, answers: JSON.parse(answers) as unknown }).toEqual({ who, answers: JSON.parse(truth) as unknown });
  // Who has left is answered nothing else, by any process.
  for (const [, code] of truth.matchAll(/"extensions":\{"code":"(\w+)"/g)) expect(code).toBe('ACCOUNT_DELETED');
}

/** Both processes against the third; nothing is on its way to them. */
async function compareAll(scene: Scene, who: string): Promise<void> {
  const [truth, ...answers] = await Promise.all([oracle, ...processes].map((gateway) => askAll(gateway, scene)));
  for (const answer of answers) expectSame(who, answer, truth!);
}

/** From the sending of a notice to the moment at which a process has obeyed it, in nanoseconds. */
const delays: bigint[] = [];

/** Resolves when these processes have heard of everything that is committed by now. */
async function allHeard(by: readonly GatewayProcess[]): Promise<void> {
  const sent = marker();
  const arrivals = by.map((process) => process.heard(sent));
  const begun = process.hrtime.bigint();
  await seed.sql(sendNotice, [sent]);
  for (const arrived of await Promise.all(arrivals)) delays.push(arrived - begun);
}

interface Step {
  /** Whether everything is being read while the change is made, so that loads begin before its commit and end behind it. */
  readonly racing: boolean;
  readonly by: 'Ann' | 'Ben' | 'Ada';
}
interface Mutation extends Step {
  readonly field: string;
  readonly at: 0 | 1;
  readonly input: InputMaker;
}
interface OutsideChange extends Step {
  readonly outside: string;
}

const racing = fc.constantFrom(true, false, false);
const user = fc.constantFrom('Ann' as const, 'Ben' as const);
const mutation = fc.oneof(
  ...Object.entries(moves).map(([field, { by, weight, inputs }]) => ({
    weight,
    arbitrary: fc.record<Mutation>({
      field: fc.constant(field),
      by: by === 'administrators' ? fc.constant('Ada' as const) : user,
      at: fc.constantFrom(0 as const, 1 as const),
      racing,
      input: inputs,
    }),
  })),
);
const outsideChange = fc.record<OutsideChange>({
  outside: fc.constantFrom(...Object.keys(outsideChanges)),
  by: user,
  racing,
});
const steps = fc.array(
  fc.oneof({ weight: 3, arbitrary: mutation }, { weight: 1, arbitrary: outsideChange }),
  { minLength: 2, maxLength: 5, size: 'max' },
);

/** How often something was done, and how often it changed anything. */
const taken = new Map<string, { tried: number; changed: number }>();

function tally(what: string, changed: boolean): void {
  const so = taken.get(what) ?? { tried: 0, changed: 0 };
  taken.set(what, { tried: so.tried + 1, changed: so.changed + Number(changed) });
}

/** Sends a mutation to one of the processes and compares: that one at once, the other when it has heard of the commit. */
async function mutate({ field, by, at, input }: Mutation, scene: Scene): Promise<void> {
  const [writer, other] = at === 0 ? processes : [processes[1], processes[0]];
  const actor = scene.persons[by];
  const answer = await ask(writer, actor, documentOf(field), { input: input(resolveFor(scene, actor)) });
  expect(answer).not.toContain('INTERNAL_SERVER_ERROR');
  tally(field, /"__typename":"\w+Payload"/.test(answer));

  const [truth, atOnce, afterwards] = await Promise.all([
    askAll(oracle, scene),
    askAll(writer, scene),
    allHeard([other]).then(() => askAll(other, scene)),
  ]);

  expectSame(`the process that made the change ${field}`, atOnce, truth);
  expectSame(`the process that heard of the change ${field}`, afterwards, truth);
}

async function changeOutside({ outside, by }: OutsideChange, scene: Scene): Promise<void> {
  const period = `${now.toISOString().slice(0, 7)}-01`;
  await outsideChanges[outside]!({ seed, period, createdAt: now }, scene.persons[by]);
  tally(outside, true);
  await allHeard(processes);
  await compareAll(scene, `a process that heard of ${outside}`);
}

it('two processes with caches answer as one without, after any sequence of changes', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const scene = await beginScene(oracle, seed);
      await allHeard(processes);
      await compareAll(scene, 'a process that has kept nothing yet');
      for (const step of sequence) {
        const straddling = step.racing ? processes.map((process) => askAll(process, scene)) : [];
        await ('field' in step ? mutate(step, scene) : changeOutside(step, scene));
        await Promise.all(straddling);
        await notice(scene, seed);
      }
    }),
    { numRuns: count(20, 1_000) },
  );

  report();
  const stepsTaken = [...taken.values()].reduce((sum, { tried }) => sum + tried, 0);
  for (const { url } of processes) {
    const metrics = await readMetrics(url);
    for (const name of ['feed', 'collections', 'usage', 'community']) {
      const { hit, miss, bypass } = cacheReads(metrics, name);
      process.stderr.write(`  ${name}: ${hit} hits, ${miss} misses\n`);
      // Otherwise it would have shown nothing.
      expect(hit).toBeGreaterThan(stepsTaken / 2);
      expect(bypass).toBe(0);
    }
  }
}, 600_000);

function report(): void {
  const milliseconds = delays.map((nanoseconds) => Number(nanoseconds) / 1e6).sort((a, b) => a - b);
  const quantile = (part: number) => `${milliseconds[Math.floor((milliseconds.length - 1) * part)]!.toFixed(2)} ms`;
  process.stderr.write(
    `Cache oracle: from the sending of a notice to its obeying in another process: median ${quantile(0.5)}, ` +
      `99 % ${quantile(0.99)}, most ${quantile(1)} (${milliseconds.length} times).\n` +
      `  ${[...taken].map(([what, { tried, changed }]) => `${what} ${changed}/${tried}`).join(', ')}\n`,
  );
}
