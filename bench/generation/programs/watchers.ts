// Those who watch: thousands of streams in one process, and one change at a time that somebody of them hears of.
import '../../systems/shared/end-with-parent.ts';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { readEnvironment } from '../../systems/shared/environment.ts';
import { plenty, type Submitter } from '../account-book.ts';
import { openEventStream, type EventStream } from '../event-stream.ts';
import { obey } from './obey.ts';

/** Milliseconds of one change. */
export interface Delivery {
  /** From sending the change to its commit's answer. */
  readonly answered: number;
  /** From the same moment to the event in the client's socket. */
  readonly delivered: number;
}

const { serviceUrl } = readEnvironment();
const client = new pg.Client({ connectionString: serviceUrl, application_name: 'bench client' });
await client.connect();

const streams: EventStream[] = [];
/** Of the person whose change is under way: called with each piece of their first stream. */
let onText: ((text: string) => void) | null = null;
let watched = '';
let ended = 0;

/** So many are being opened at once. */
const width = 32;

/** Opens streams until there are `count`, spread over the people in their order. */
async function open({ url, people, count }: {
  readonly url: string;
  readonly people: readonly Submitter[];
  readonly count: number;
}): Promise<void> {
  let next = streams.length;
  const opener = async (): Promise<void> => {
    while (next < count) {
      const place = next++;
      const person = people[place % people.length];
      if (person === undefined) throw new Error('There is nobody.');
      const isFirst = place < people.length;
      streams.push(
        await openEventStream({
          url,
          token: person.token,
          onText: isFirst ? (text) => { if (watched === person.id) onText?.(text); } : () => undefined,
          onEnd: () => { ended += 1; },
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: width }, opener));
}

/** One at a time, each of another person; a stream that does not hear of it in half a minute is a fault. */
async function deliver({ people, pauseMs }: { readonly people: readonly Submitter[]; readonly pauseMs: number }): Promise<Delivery[]> {
  const found: Delivery[] = [];
  for (const { id } of people) {
    watched = id;
    const sent = performance.now();
    const delivered = new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('A change was not told of within half a minute.')), 30_000);
      onText = (text) => {
        if (!text.includes('event: next')) return;
        clearTimeout(late);
        resolve(performance.now() - sent);
      };
    });
    await client.query({
      name: 'submit',
      text: 'select from bench.submit_generation($1::uuid, $2::uuid, $3::text, $4::int)',
      values: [id, randomUUID(), 'A calm bedroom', plenty],
    });
    const answered = performance.now() - sent;
    found.push({ answered, delivered: await delivered });
    await delay(pauseMs);
  }
  onText = null;
  check();
  return found;
}

function check(): void {
  if (ended > 0) throw new Error(`${ended} streams were ended by the server.`);
}

function closeAll(): void {
  check();
  for (const stream of streams.splice(0)) stream.close();
}

obey({ open, deliver, check, closeAll });
