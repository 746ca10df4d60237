import { documentOf } from '../mutate.js';
import { mustEqual, withoutWords } from './answers.js';
import { resolveIn } from './choices.js';
import { mustHoldNothingElse } from './leftovers.js';
import { moves } from './moves.js';
import { type Attention, everybodyReads, someRead } from './readers.js';
import { Answer, mustBeActive, mustBeAdministrator, mustBeThere, type Outcome, Refused, topLevel } from './rules.js';
import { type Scenery, setScene, type Stage } from './stage.js';
import type { Step } from './step.js';
import { inWords } from './words.js';
import type { World } from './world.js';

const documents = new Map(Object.entries(moves).map(([mutation, { payload }]) => [mutation, documentOf(mutation, payload)]));

/** How often each mutation had each outcome: `createCollection CreateCollectionPayload`. */
export type Tally = Map<string, number>;

/**
 * Plays a sequence on the gateway and in the model side by side. After each step the two must agree: on what the mutation
 * answers, and on what people read; after the last, on what everybody reads and on what is stored.
 *
 * @throws Error with the steps in words and what differs.
 */
export async function play(
  stage: Stage,
  { steps, attention }: { readonly steps: readonly Step[]; readonly attention: Attention },
  tally: Tally,
): Promise<void> {
  const scenery = await setScene(stage);
  const told: string[] = [];
  try {
    for (const taken of steps) await take(stage, scenery, taken, { told, tally, attention });
    if (attention === 'some') await everybodyReads(stage, scenery, told.length + 1);
    await mustHoldNothingElse(stage, scenery.world);
    await letFormsPass(stage, scenery.world);
  } catch (error) {
    const sequence = told.map((line, index) => `${index + 1}. ${line}`).join('\n');
    throw new Error(`The gateway and the model differ after:\n${sequence}\n\n${(error as Error).message}`, { cause: error });
  }
}

/** Erasures wait for the forms that were given out: those of many sequences would be looked at again and again. */
async function letFormsPass({ seed }: Stage, { people }: World): Promise<void> {
  const deleted = Object.values(people).filter(({ isDeleted }) => isDeleted);
  if (deleted.length === 0) return;
  await seed.sql(
    `update uploads set created_at = now() - interval '3 hours', expires_at = now() - interval '2 hours' where owner_id = any($1::uuid[])`,
    [deleted.map(({ id }) => id)],
  );
}

async function take(
  stage: Stage,
  scenery: Scenery,
  { actor, mutation, input: makeInput }: Step,
  { told, tally, attention }: { told: string[]; tally: Tally; attention: Attention },
): Promise<void> {
  const { world, persons } = scenery;
  // Nobody has nothing of their own, and names Ann's.
  const account = world.people[actor === 'nobody' ? 'Ann' : actor];
  const input = makeInput(resolveIn(world, account));
  told.push(`${actor}: ${mutation} ${inWords(world, input)}`);
  const known = knownIds(world);
  const answered = withoutWords(
    mutation,
    await stage.app.ask<Record<string, unknown>>(documents.get(mutation)!, {
      as: actor === 'nobody' ? undefined : persons[actor],
      variables: { input },
    }),
  );
  told.push(`${told.pop()} → ${JSON.stringify(answered['__typename'] ?? answered)}`);
  const expected = expectedOf(() => {
    if (actor === 'nobody') throw topLevel('UNAUTHENTICATED');
    const { by, isForSuspended, outcome } = moves[mutation]!;
    mustBeThere(account);
    // Whoever may not do such things is told that, and nothing of the input.
    if (by === 'administrators') mustBeAdministrator(account);
    else if (!isForSuspended) mustBeActive(account);
    return outcome({ world, actor: account, answer: new Answer(answered, known, world.began) }, input);
  });
  mustEqual(answered, expected);
  const outcome = `${mutation} ${String(answered['__typename'] ?? answered['topLevel'])}`;
  tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  await readInstants(stage, world);
  await stage.app.app.erasures.idle();
  await stage.app.app.removals.idle();
  const turn = told.length;
  if (attention === 'everybody') await everybodyReads(stage, scenery, turn);
  else await someRead(stage, scenery, { actor: account.called, mutation, turn });
}

function expectedOf(rule: () => Outcome): Outcome {
  try {
    return rule();
  } catch (error) {
    if (error instanceof Refused) return error.outcome;
    throw error;
  }
}

/** When new looks were made: the gallery is in this order, and the API does not tell it. */
async function readInstants({ seed }: Stage, { gallery }: World): Promise<void> {
  for (const look of gallery.looks.filter(({ createdAt }) => createdAt === '')) {
    const [row] = await seed.sql<{ createdAt: Date }>('select created_at as "createdAt" from community_items where id = $1', [look.id]);
    if (row) look.createdAt = row.createdAt.toISOString();
  }
}

function knownIds({ people, gallery }: World): ReadonlySet<string> {
  const accounts = Object.values(people);
  return new Set(
    [accounts, ...accounts.flatMap(({ renders, albums, uploads, jobs }) => [renders, albums, uploads, jobs]), gallery.collections, gallery.looks].flatMap(
      (things) => things.map(({ id }) => id),
    ),
  );
}
