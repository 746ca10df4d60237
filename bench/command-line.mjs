// What `npm run bench` is asked for. Plain JavaScript without imports of packages: scripts/bench.mjs reads it on the
// Node that is installed, before anything of bench/ is there.
import { parseArgs } from 'node:util';
import { Mistake, whole } from './arguments.mjs';
import { growthReaders } from './growth-command-line.mjs';

export const operationNames = ['feed', 'deep-feed', 'collections', 'render', 'community', 'usage', 'add-favorite'];

export const systemNames = ['roomfeed', 'postgraphile', 'prisma-idiomatic', 'limit', 'roomfeed-cache'];

const usual = { seconds: 3, rounds: 5, renders: 500_000, profiles: 1_000, connections: [16, 64] };

export const usage = `Measures the gateway beside its peers, on one database with row-level security, and writes bench/results.

  npm run bench
  npm run bench -- --only feed --connections 16 --seconds 3 --rounds 2 --json FILE

  --only a,b         which operations: ${operationNames.join(', ')}. Default: all
  --systems a,b      which systems: ${systemNames.join(', ')}.
                     Default: all; with --only all but roomfeed-cache
  --cache            roomfeed-cache too
  --connections a,b  how many requests are under way at once, 1 to 1024. Default: ${usual.connections.join(',')}
  --seconds N        how long each measurement takes, 1 to 600. Default: ${usual.seconds}
  --rounds N         how often everything is measured, 1 to 100. Default: ${usual.rounds}
  --json FILE        also write an array of {operation, system, connections, throughput, p50, p99}, medians of the rounds
  --renders N        renders in the database, from 2,000 up. Default: ${usual.renders}
  --profiles N       people in the database, from 10 up. Default: ${usual.profiles}
  --help             this text

  npm run bench -- scale     what an operation costs as data, lists, connections and processes grow; see --help behind it
  npm run bench -- soak      ten minutes of mixed load, and what becomes of memory and latency; see --help behind it
  npm run bench -- generation  what submitting, working on and watching generations costs; see --help behind it
  npm run bench -- checks    what a full data check takes, and what the feed beside it loses; see --help behind it

bench/results is written only by a run that leaves --only, --systems, --connections, --renders and --profiles as they
are. The database is kept in bench/.data, and seeded anew only for other sizes or another month.
`;

/** @param args without the program's own name. */
export function readCommandLine(args) {
  const grows = Object.hasOwn(growthReaders, args[0] ?? '') ? growthReaders[args[0]] : undefined;
  return grows === undefined ? readComparison(args) : grows(args.slice(1));
}

function readComparison(args) {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        only: text, systems: text, connections: text, seconds: text, rounds: text, json: text, renders: text, profiles: text,
        cache: flag, help: flag,
      },
    }));
  } catch (error) {
    return { mistake: `${error instanceof Error ? error.message : String(error)}\n\n${usage}` };
  }
  if (values.help === true) return { help: usage };
  try {
    const short = values.only !== undefined;
    const systems =
      values.systems === undefined
        ? systemNames.filter((name) => name !== 'roomfeed-cache' || !short)
        : namesOf('--systems', values.systems, systemNames);
    if (values.cache === true && !systems.includes('roomfeed-cache')) systems.push('roomfeed-cache');
    if (values.json === '') throw new Mistake('--json takes the name of a file.');
    // The tables say how long and how often; what is left out they cannot say.
    const restricting = ['only', 'systems', 'connections', 'renders', 'profiles'];
    return {
      wanted: {
        operations: values.only === undefined ? operationNames : namesOf('--only', values.only, operationNames),
        systems,
        connections:
          values.connections === undefined
            ? usual.connections
            : [...new Set(values.connections.split(',').map((part) => whole('--connections', part, 1, 1_024)))],
        seconds: whole('--seconds', values.seconds ?? String(usual.seconds), 1, 600),
        rounds: whole('--rounds', values.rounds ?? String(usual.rounds), 1, 100),
        renders: whole('--renders', values.renders ?? String(usual.renders), 2_000, 100_000_000),
        profiles: whole('--profiles', values.profiles ?? String(usual.profiles), 10, 1_000_000),
        json: values.json ?? null,
        whole: restricting.every((name) => values[name] === undefined),
      },
    };
  } catch (error) {
    if (error instanceof Mistake) return { mistake: `${error.message}\nnpm run bench -- --help says what there is.\n` };
    throw error;
  }
}

/** In the order of the known ones. */
function namesOf(option, given, known) {
  const wanted = new Set(given.split(',').map((name) => name.trim()).filter((name) => name !== ''));
  for (const name of wanted) {
    if (!known.some((other) => other === name)) throw new Mistake(`${option}: there is no "${name}". There are: ${known.join(', ')}.`);
  }
  if (wanted.size === 0) throw new Mistake(`${option} takes at least one of: ${known.join(', ')}.`);
  return known.filter((name) => wanted.has(name));
}
