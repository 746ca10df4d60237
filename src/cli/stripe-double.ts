import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../config/faults.js';
import { loadStripeDoubleConfiguration } from '../config/load.js';
import { parseUrl } from '../config/parse-url.js';
import { listPlans } from '../config/plans.js';
import type { RuntimeConfiguration } from '../config/runtime.js';
import { isLoopback } from '../config/values.js';
import type { EnvironmentVariables } from '../config/variables.js';
import { demoSubscribers } from '../services/seeding/demo-people.js';
import { createStripeDouble, type StripeDoubleOptions } from '../stripe-double/double.js';

/** Where the command reads and writes. */
export interface StripeDoubleSurroundings {
  /** Default: `process.env`. */
  readonly variables?: EnvironmentVariables;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted when the command is to stop. */
  readonly stop: AbortSignal;
}

const secretKey = 'sk_test_roomfeed_double';
const webhookSecret = 'whsec_roomfeed_double';

const usage = `Runs a stand-in for Stripe on this machine, with the plans' prices and a clock that can be moved. No money moves.

  npm run stripe:double
  npm run stripe:double -- --port 4010 --webhook-url http://127.0.0.1:4000/webhooks/stripe

  --port <number>      where it listens. Default: 4010
  --webhook-url <url>  where it sends events, on this machine. Default: the gateway's http://127.0.0.1:4000/webhooks/stripe

What was bought is kept in stripe-double.json below ROOMFEED_DATA_DIR. docs/stripe-double.md says what it can do.
`;

/**
 * `npm run stripe:double`: runs until it is told to stop.
 *
 * @returns the exit code: 0; 1 where it refuses, or cannot listen; 2 where it was asked wrongly.
 */
export async function runStripeDouble(args: readonly string[], surroundings: StripeDoubleSurroundings): Promise<number> {
  const { variables, stdout, stderr, stop } = surroundings;
  const wanted = readArguments(args);
  if (wanted === null) {
    stderr(usage);
    return 2;
  }
  try {
    const { production, dataDirectory, runtime } = loadStripeDoubleConfiguration(variables);
    if (production) return refuse('NODE_ENV is production. There, Stripe takes the money.');
    const stateFile = resolve(join(dataDirectory, 'stripe-double.json'));
    const double = await createStripeDouble({
      port: wanted.port,
      secretKey,
      webhookSecret,
      webhookUrl: wanted.webhookUrl,
      prices: pricesOf(runtime),
      subscribers: subscribersOf(runtime, new Date()),
      stateFile,
      log: (line) => stdout(`${line}\n`),
    });
    stdout(instructions(double.url, wanted.webhookUrl, stateFile));
    await new Promise<void>((resolveStop) => {
      if (stop.aborted) resolveStop();
      else stop.addEventListener('abort', () => resolveStop(), { once: true });
    });
    await double.close();
    stderr('Stopped. What was bought is kept.\n');
    return 0;
  } catch (error) {
    if (error instanceof ConfigurationError) return refuse(error.message);
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      return refuse(`port ${wanted.port} is taken, perhaps by another Stripe double. Stop that one, or give another --port.`);
    }
    return refuse((error as Error).message);
  }

  function refuse(why: string): number {
    stderr(`Not started: ${why}\n`);
    return 1;
  }
}

function readArguments(args: readonly string[]): { readonly port: number; readonly webhookUrl: string } | null {
  try {
    const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' }, 'webhook-url': { type: 'string' } } });
    const { port = '4010', 'webhook-url': webhookUrl = 'http://127.0.0.1:4000/webhooks/stripe' } = values;
    const url = parseUrl(webhookUrl);
    const isUsable = url !== null && ['http:', 'https:'].includes(url.protocol) && isLoopback(url);
    return /^\d{1,5}$/.test(port) && Number(port) <= 65_535 && isUsable ? { port: Number(port), webhookUrl } : null;
  } catch {
    return null;
  }
}

/** What the plans of the configuration are sold for; a plan without a price is not sold. */
export function pricesOf(runtime: Pick<RuntimeConfiguration, 'plans'>): StripeDoubleOptions['prices'] {
  return listPlans(runtime).flatMap(({ priceId, label, priceCents, currency, interval, features }) =>
    priceId === null || interval === null ? [] : [{ id: priceId, name: label, amountCents: priceCents, currency, interval, features }],
  );
}

/** The people of the demo data who pay: a gateway that is started with it can change what they have. */
function subscribersOf(runtime: RuntimeConfiguration, now: Date): NonNullable<StripeDoubleOptions['subscribers']> {
  return demoSubscribers(runtime).map(({ profileId, renewedDaysAgo, ...subscriber }) => ({
    ...subscriber,
    metadata: { profile_id: profileId },
    since: Math.floor(now.getTime() / 1_000) - renewedDaysAgo * 86_400,
  }));
}

function instructions(url: string, webhookUrl: string, stateFile: string): string {
  return `A stand-in for Stripe answers at ${url}, and sends its events to ${webhookUrl}.

Start the gateway with it, in another terminal:

  STRIPE_SECRET_KEY=${secretKey} STRIPE_WEBHOOK_SECRET=${webhookSecret} STRIPE_API_BASE=${url} npm start

Let a month pass:

  curl -X POST ${url}/double/clock -H 'content-type: application/json' -d '{"advance": "31d"}'

What was bought is kept in ${stateFile}. Each event that is sent is a line below.
`;
}

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  process.exitCode = await runStripeDouble(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    stop: stopping.signal,
  });
}
