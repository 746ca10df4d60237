import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { runLoad, type LoadOrder } from '../load.ts';
import { LoadFault } from '../measure.ts';
import { median, type Round } from '../medians.ts';
import { document } from '../operations/operation.ts';
import { plenty, BooksDiffer, type Submitter } from './account-book.ts';
import { meterCost } from './cost.ts';
import type { Bench } from './ground.ts';
import { startProgram, type Program } from './program.ts';
import { countStatements } from './statements.ts';

export type SubmissionSystem = 'roomfeed' | 'limit';

export interface SubmissionRound extends Round {
  readonly system: SubmissionSystem;
  readonly connections: number;
  readonly round: number;
  readonly answers: number;
  /** Generations that the books had afterwards, those of the run-up and of the last moment among them. */
  readonly submitted: number;
}

export interface Submissions {
  readonly rounds: readonly SubmissionRound[];
  /** SQL statements of one submission, by system. */
  readonly statements: Readonly<Record<SubmissionSystem, number>>;
}

/** Refusals are answers too, and must not count as submissions: under this name the load takes them for errors. */
const submit = document(`
  mutation Submit($input: SubmitGenerationInput!) {
    submitGeneration(input: $input) {
      ... on SubmitGenerationPayload { job { id status } usage { used } }
      ... on UserError { errors: message }
    }
  }
`);

const words = 'A calm bedroom with a view of the sea';
const counted = 24;
/** More a second than either system submits, so that no key is sent twice. */
const keysASecond = 4_000;

type Requests = LoadOrder['requests'];

/** Submissions a second, of the gateway and of the database alone, in turn. */
export async function measureSubmissions(bench: Bench): Promise<Submissions> {
  const { wanted, show } = bench;
  const gateway = await startProgram('gateway', bench, { listens: true, environment: { ...bench.environment, WORKER: 'off', CACHE: 'off' } });
  const limit = await startProgram('submission-limit', bench, { listens: true });
  const programs: readonly (readonly [SubmissionSystem, Program])[] = [['roomfeed', gateway], ['limit', limit]];

  const statements: Record<SubmissionSystem, number> = { roomfeed: 0, limit: 0 };
  for (const [system, program] of programs) {
    show(`Submissions: ${system}, counting statements`);
    statements[system] = await countOne(system, program, bench);
  }

  const rounds: SubmissionRound[] = [];
  for (const [system, program] of programs) await measureOne(bench, { system, program, connections: 16, round: -1 });
  for (let round = 0; round < wanted.rounds; round++) {
    // Another one begins each time.
    const order = round % 2 === 0 ? programs : programs.toReversed();
    for (const connections of wanted.connections) {
      for (const [system, program] of order) {
        show(`Submissions: ${system}, ${connections} connections, round ${round + 1} of ${wanted.rounds}`);
        rounds.push(await measureOne(bench, { system, program, connections, round }));
      }
    }
  }
  await gateway.stop();
  await limit.stop();
  return { rounds, statements };
}

interface Turn {
  readonly system: SubmissionSystem;
  readonly program: Program;
  readonly connections: number;
  /** -1: for warming up. */
  readonly round: number;
}

async function measureOne(bench: Bench, { system, program, connections, round }: Turn): Promise<SubmissionRound> {
  const { wanted, database, book } = bench;
  const runUpSeconds = wanted.quick ? 0.5 : 1;
  const requests = requestsOf(system, book.people, Math.ceil((wanted.seconds + runUpSeconds * 2) * keysASecond));
  const cost = meterCost(program.pid, database);
  const result = await runLoad(
    { urls: [program.url], connections, seconds: wanted.seconds, runUpSeconds, requests, once: true },
    cost.begin,
  );
  const { node: nodeCpu, database: databaseCpu } = cost.end(Math.max(1, result.answers));
  await settled(bench);
  if (result.faults.length > 0) {
    throw new LoadFault(`${system}, submissions, ${connections} connections: ${result.faults.join('; ')}.\n${program.complaints()}`);
  }
  const submitted = await book.check({ worked: false });
  if (submitted < result.answers) {
    throw new BooksDiffer(`${system}: ${result.answers} submissions were answered, and the books have ${submitted}.`);
  }
  await book.clear();
  const { throughput, p50, p99, answers } = result;
  return { system, connections, round, throughput, p50, p99, answers, submitted, nodeCpu, databaseCpu };
}

/** What was under way when the load ended is done. One look shows nothing of a request between two statements. */
async function settled({ database: { superuser } }: Bench): Promise<void> {
  for (let looks = 0; looks < 5; looks++) {
    const { rows } = await superuser.query<{ busy: boolean }>(
      `select exists (
         select from pg_stat_activity
         where usename in ('roomfeed_gateway', 'roomfeed_service') and state <> 'idle' and backend_type = 'client backend'
       ) as busy`,
    );
    if (rows[0]?.busy === true) looks = -1;
    await delay(40);
  }
}

/** Asked one after the other, after as many for connections and prepared statements. */
async function countOne(system: SubmissionSystem, program: Program, bench: Bench): Promise<number> {
  const { database, book } = bench;
  const [before, chosen] = [requestsOf(system, book.people, counted), requestsOf(system, book.people, counted)];
  await sendAll(program, before);
  const calls = await countStatements(database, () => sendAll(program, chosen));
  await book.clear();
  return calls / counted;
}

async function sendAll({ url, complaints }: Program, requests: Requests): Promise<void> {
  for (const { path, body, token } of requests) {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body,
    });
    const text = await response.text();
    if (!response.ok || text.includes('"errors":')) throw new LoadFault(`${text.slice(0, 500)}\n${complaints()}`);
  }
}

/** Each with a key of its own, of people in an order that looks like chance: no two connections go through them in step. */
function requestsOf(system: SubmissionSystem, people: readonly Submitter[], count: number): Requests {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    const person = people[state % people.length] as Submitter;
    const key = randomUUID();
    return system === 'limit'
      ? { path: '/submit', token: person.token, body: JSON.stringify({ key, words, limit: plenty }) }
      : { path: '/graphql', token: person.token, body: JSON.stringify(bodyOf(key)) };
  });
}

function bodyOf(idempotencyKey: string): object {
  const input = { mode: 'IMAGINE', prompt: words, roomType: 'bedroom', style: 'japandi', variants: 1, idempotencyKey };
  return { query: submit, variables: { input } };
}

/** The median of what one system has of the other, round by round: what slows both is in neither. */
export function shareOfLimit({ rounds }: Submissions, connections: number): number {
  const of = (system: SubmissionSystem, round: number): number =>
    rounds.find((one) => one.system === system && one.connections === connections && one.round === round)?.throughput ?? NaN;
  const numbers = [...new Set(rounds.map(({ round }) => round))];
  return median(numbers.map((round) => of('roomfeed', round) / of('limit', round)));
}
