import { monthOf } from '../src/domain/months.js';
import type { Person } from './support/app.js';
import { count, seededRandom, type SeededRandom } from './support/counts.js';
import { faultsOf } from './support/generation/books.js';
import { type Lab, openLab } from './support/generation/lab.js';
import { allowed } from './support/generation/rules.js';
import { scripts } from './support/generation/scripted-provider.js';
import { createUsageSeed, type UsageSeed } from './support/seed-usage.js';

/**
 * Usage has two sources: running sums, for the present month, and the ledger, for statements. After random histories of
 * charges, refunds, late successes, credits and plan changes they must say the same; and a statement that was given once
 * must be the same bytes whatever happened since.
 */
const begins = new Date('2026-01-30T22:00:00.000Z');
let lab: Lab;
let usage: UsageSeed;

beforeAll(async () => {
  lab = await openLab();
  usage = createUsageSeed(lab.seed);
  await usage.planVersion('free', allowed.generations, '2023-01-01T00:00:00Z');
  await usage.planVersion('starter', 150, '2023-01-01T00:00:00Z');
});
afterAll(() => lab.close());

const figures = `periodStart periodEnd plan { id } monthlyLimit debits refunds credits used remaining percentUsed isNearLimit
  byMode { mode count } entries(first: 100) { totalCount nodes { id kind amount reason createdAt job { id mode } } }`;

/** The answer's own text. */
async function tell(person: Person, field: string): Promise<string> {
  const { data, errors } = await lab.app.ask<{ viewer: object }>(`{ viewer { told: ${field} } }`, { as: person });
  if (errors) throw new Error(JSON.stringify(errors));
  return JSON.stringify(data.viewer);
}

/** One thing that happens to somebody; most of them change the books. */
async function happen(person: Person, random: SeededRandom, months: { left: number }): Promise<void> {
  const { generation } = lab.app.app.services;
  const viewer = { id: person.id, email: null, name: null };
  const now = () => lab.clock.now.toISOString();
  const jobs = await lab.standings([person]);
  const wait = (ms: number): void => void (lab.clock.now = new Date(lab.clock.now.getTime() + ms));
  // Entries of one instant have no order that a reader could know.
  wait(random.integer(1, 1_000));
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
    case 2:
      return void (await generation.submitGeneration(viewer, { mode: 'imagine', prompt: 'A calm room' }).catch(() => undefined));
    case 3:
    case 4: {
      if (jobs.length === 0) return;
      const job = random.pick(jobs);
      const attention = { signal: new AbortController().signal, isLastTry: true };
      return void (await lab.live({ script: random.pick(scripts) }, (worker) => worker.attend(job, attention)));
    }
    case 5:
      if (jobs.length === 0) return;
      return void (await generation.cancelGeneration(viewer, { jobId: random.pick(jobs).id }).catch(() => undefined));
    case 6:
      wait(61 * 60_000);
      return void (await lab.live({}, (worker) => worker.markStuckJobsAsFailed()));
    case 7:
      return void (await usage.credit(person.id, now(), random.integer(1, 5)));
    case 8: {
      const price = random.pick([null, 'price_starter_monthly']);
      await usage.pay(person.id, price);
      return usage.planChange(person.id, price, { effectiveAt: now(), recordedAt: now() });
    }
    default:
      if (months.left === 0) return;
      months.left -= 1;
      lab.clock.now = monthOf(lab.clock.now).end;
  }
}

it('says the same from the sums and from the ledger, and in each statement what it said before', async () => {
  const random = seededRandom('usage histories');
  const histories = count(12, 400);
  let statements = 0;
  for (let history = 0; history < histories; history += 1) {
    lab.clock.now = begins;
    const person = await lab.signUp();
    await usage.bornAt(person.id, begins.toISOString());
    const months = { left: 3 };
    const given = new Map<string, string>();
    for (let step = 0; step < 30; step += 1) {
      await happen(person, random, months);
      const instant = lab.clock.now.toISOString();
      const statement = await tell(person, `usage(asOf: "${instant}") { ${figures} }`);
      expect(await tell(person, `usage { ${figures} }`)).toBe(statement);
      given.set(instant, statement);
    }
    // Of any instant in between, too: of the last millisecond of each month.
    for (const period of ['2026-01', '2026-02', '2026-03']) {
      const last = new Date(monthOf(new Date(`${period}-01`)).end.getTime() - 1);
      if (last <= lab.clock.now) given.set(last.toISOString(), await tell(person, `usage(asOf: "${last.toISOString()}") { ${figures} }`));
    }
    for (let step = 0; step < 10; step += 1) await happen(person, random, months);

    for (const [instant, statement] of given) {
      expect([instant, await tell(person, `usage(asOf: "${instant}") { ${figures} }`)]).toEqual([instant, statement]);
      statements += 1;
    }
    expect(await faultsOf(lab.seed, [person.id])).toEqual({});
  }
  process.stderr.write(`usage histories: ${histories}, with ${statements} statements asked for again\n`);
}, 1_800_000);
