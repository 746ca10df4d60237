// What `npm run bench -- scale`, `soak`, `generation` and `checks` are asked for. Plain JavaScript, as command-line.mjs says.
import { parseArgs } from 'node:util';
import { Mistake, whole } from './arguments.mjs';

const sizes = [10_000, 50_000, 200_000, 500_000, 2_000_000];
const quickSizes = sizes.slice(0, 2);
/** Renders of one person on average; the first of the seed has a twelfth of all instead. */
const rendersEach = 500;

export const scaleUsage = `Measures what a feed page costs as the work grows: by the size of the database, by how deep in a list the page is, by
connections, by processes of the gateway.

  npm run bench -- scale
  npm run bench -- scale --quick

  --renders-up-to N  leaves larger databases out, of ${sizes.map((size) => size.toLocaleString('en-AU')).join('; ')} renders. The largest takes ten
                     minutes and some 10 GB of disk, once. Default: ${sizes.at(-1)}
  --seconds N        how long each measurement takes, 1 to 600. Default: 2
  --rounds N         how often everything is measured, 1 to 100. Default: 3
  --quick            the two smallest, one round of a second: shows that it works, and measures nothing
  --help             this text

Writes scale.json, scale.md and scale.svg to bench/results, or to bench/.data/quick. Databases are kept in bench/.data.
`;

export const soakUsage = `Puts the gateway, its cache on, under a mixed load of reads and writes for minutes, and reads its memory and latency as it
goes. Ends with 1 where an answer was an error, or memory grew.

  npm run bench -- soak --minutes 10

  --minutes N        1 to 1440. Default: 10
  --connections N    how many requests are under way at once, 1 to 1024. Default: 32
  --quick            half a minute on a small database: shows that it works, and measures nothing
  --help             this text

Writes soak.json, soak.md and soak.svg to bench/results, or to bench/.data/quick.
`;

export const generationUsage = `Measures what generations cost, each step beside the least that it could cost: submissions a second, the time until
work begins, jobs a second, and what people cost who only watch.

  npm run bench -- generation

  --rounds N         how often submissions and picking up are measured, 1 to 100. Default: 5
  --seconds N        how long each measurement of submissions takes, 1 to 600. Default: 3
  --quick            one short round on a small database: shows that it works, and measures nothing
  --help             this text

Takes about a quarter of an hour. Writes generation.json and generation.md to bench/results, or to bench/.data/quick.
`;

export const checksUsage = `Measures a full data check (npm run maintenance -- validate): its time and memory, which locks it holds, and what it
leaves of the feed beside it, asked for as fast as it answers and at a steady rate. Ends with 1 where a bound is passed.

  npm run bench -- checks

  --rounds N         how often the feed is measured beside a whole check at each pace, 1 to 100. Default: 1
  --quick            one short round on a small database: shows that it works, and measures nothing
  --help             this text

Takes half an hour to an hour, and 3 GB of disk meanwhile. Writes checks.json and checks.md to bench/results, or to
bench/.data/quick.
`;

const text = { type: 'string' };
const flag = { type: 'boolean' };

export const growthReaders = {
  scale: reader(scaleUsage, { 'renders-up-to': text, seconds: text, rounds: text }, (values) => {
    const quick = values.quick === true;
    const [smallest, largest] = [sizes[0], sizes.at(-1)];
    const upTo = whole('--renders-up-to', values['renders-up-to'] ?? String(largest), smallest, 100_000_000);
    return {
      scale: {
        sizes: (quick ? quickSizes : sizes)
          .filter((renders) => renders <= upTo)
          .map((renders) => ({ renders, profiles: renders / rendersEach })),
        seconds: whole('--seconds', values.seconds ?? (quick ? '1' : '2'), 1, 600),
        rounds: whole('--rounds', values.rounds ?? (quick ? '1' : '3'), 1, 100),
        quick,
      },
    };
  }),
  soak: reader(soakUsage, { minutes: text, connections: text }, (values) => {
    const quick = values.quick === true;
    const renders = quick ? quickSizes[0] : 500_000;
    return {
      soak: {
        renders,
        profiles: renders / rendersEach,
        seconds: quick ? 30 : 60 * whole('--minutes', values.minutes ?? '10', 1, 1_440),
        connections: whole('--connections', values.connections ?? '32', 1, 1_024),
        quick,
      },
    };
  }),
  generation: reader(generationUsage, { rounds: text, seconds: text }, (values) => {
    const quick = values.quick === true;
    const renders = quick ? quickSizes[0] : 500_000;
    return {
      generation: {
        renders,
        profiles: renders / rendersEach,
        connections: [16, 64],
        concurrencies: [4, 16],
        seconds: whole('--seconds', values.seconds ?? (quick ? '1' : '3'), 1, 600),
        rounds: whole('--rounds', values.rounds ?? (quick ? '1' : '5'), 1, 100),
        pickUpsARound: quick ? 20 : 40,
        workRounds: quick ? 1 : 3,
        jobs: quick ? 60 : 1_000,
        drawnJobs: quick ? 4 : 24,
        watchRounds: quick ? 1 : 3,
        streams: quick ? [200] : [2_000, 10_000],
        idleSeconds: quick ? 12 : 24,
        deliveriesARound: quick ? 20 : 100,
        quick,
      },
    };
  }),
  checks: reader(checksUsage, { rounds: text }, (values) => {
    const quick = values.quick === true;
    const wantedSizes = quick ? quickSizes.slice(0, 1) : [50_000, 500_000];
    return {
      checks: {
        sizes: wantedSizes.map((renders) => ({ renders, profiles: renders / rendersEach, photos: quick ? renders / 10 : renders })),
        paces: [100, 50, 25],
        connections: 16,
        seconds: quick ? 1 : 5,
        rounds: whole('--rounds', values.rounds ?? '1', 1, 100),
        aloneWindows: quick ? 1 : 3,
        aloneRuns: quick ? 1 : 2,
        quick,
      },
    };
  }),
};

function reader(usage, options, read) {
  return (args) => {
    try {
      const { values } = parseArgs({ args: [...args], options: { ...options, quick: flag, help: flag } });
      return values.help === true ? { help: usage } : read(values);
    } catch (error) {
      const isTyped = error instanceof Mistake || String(error?.code).startsWith('ERR_PARSE_ARGS');
      if (!isTyped) throw error;
      return { mistake: `${error.message}\n\n${usage}` };
    }
  };
}
