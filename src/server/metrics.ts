import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { ExchangeReport } from './http/exchange.js';
import { createDurationHistogram } from './metrics/durations.js';
import type { DurationSeries } from './metrics/durations.js';

export interface Metrics {
  exchangeOpened(): void;
  exchangeEnded(report: ExchangeReport): void;
  /** What became of an operation's document before it was parsed; fits graphql/admission.ts. */
  operationAdmitted(kind: string): void;
  /** How many event streams are open. */
  streamsOpen(open: number): void;
  /** Fits the database's statement listener. */
  statementSent(sent: { readonly role: string }): void;
  /** An operation whose cost was asked for sent more statements than was foreseen. */
  statementBudgetExceeded(): void;
  /** Fit the in-process cache. */
  readonly cache: {
    read(name: string, outcome: string): void;
    held(now: { readonly entries: number; readonly bytes: number }): void;
  };
  /** Fit the listener for changes. */
  readonly notices: { arrived(): void; arrive(yes: boolean): void };
  /** In the Prometheus text format. */
  render(): Promise<{ contentType: string; text: string }>;
}

/** From a cached read to the longest a request may take (requestTimeoutSeconds), in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type RequestLabels = Record<'route' | 'status' | 'operation', string>;

interface RequestCount {
  readonly labels: RequestLabels;
  /** Since somebody read. */
  count: number;
  /** Null for event streams. */
  readonly durations: DurationSeries | null;
}

/**
 * Counts what happens many times a second in a map, and hands it on when somebody reads: a counter checks and joins its
 * labels each time.
 */
function createTally<Labels>(add: (labels: Labels, count: number) => void) {
  const counts = new Map<string, { readonly labels: Labels; count: number }>();
  return {
    add(key: string, labels: Labels): void {
      const known = counts.get(key);
      if (known) known.count += 1;
      else counts.set(key, { labels, count: 1 });
    },
    empty(): void {
      for (const known of counts.values()) {
        if (known.count > 0) add(known.labels, known.count);
        known.count = 0;
      }
    },
  };
}

/** Counts of a server, in a registry of their own. Labels are from closed sets; nothing a client writes becomes one. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = createDurationHistogram(
    'roomfeed_http_request_duration_seconds',
    'Time from the request to the end of its answer, event streams not included.',
    DURATION_BUCKETS,
  );
  const requests = new Counter({
    name: 'roomfeed_http_requests_total',
    help: 'Requests answered; status "abandoned": the client went before its answer.',
    labelNames: ['route', 'status', 'operation'] as const,
    registers: [registry],
    collect() {
      for (const counted of requestCounts.values()) {
        if (counted.count > 0) requests.inc(counted.labels, counted.count);
        counted.count = 0;
      }
    },
  });
  const requestCounts = new Map<string, RequestCount>();

  function requestCountOf(route: string, status: string, operation: string): RequestCount {
    const key = `${route} ${status} ${operation}`;
    const known = requestCounts.get(key);
    if (known) return known;
    const labels: RequestLabels = { route, status, operation };
    const made = { labels, count: 0, durations: operation === 'subscription' ? null : durations.open(labels) };
    requestCounts.set(key, made);
    return made;
  }

  const inFlight = new Gauge({
    name: 'roomfeed_http_requests_in_flight',
    help: 'Requests being answered, open event streams included.',
    registers: [registry],
  });
  const streams = new Gauge({
    name: 'roomfeed_event_streams_open',
    help: 'Event streams that are open: subscriptions, nearly all of them.',
    registers: [registry],
  });
  const operations = new Counter({
    name: 'roomfeed_graphql_operations_total',
    help:
      'Operations asked for. trusted: of the manifest; ad_hoc: any other that was let in; refused: any other that was not; ' +
      'not_found: by an id that the manifest does not hold.',
    labelNames: ['kind'] as const,
    registers: [registry],
    collect: () => operationTally.empty(),
  });
  const operationTally = createTally((kind: string, count) => operations.inc({ kind }, count));
  const statements = new Counter({
    name: 'roomfeed_sql_statements_total',
    help: 'SQL statements sent.',
    labelNames: ['role'] as const,
    registers: [registry],
    collect: () => statementTally.empty(),
  });
  const statementTally = createTally((role: string, count) => statements.inc({ role }, count));

  const exceededBudgets = new Counter({
    name: 'roomfeed_statement_budget_exceeded_total',
    help: 'Operations, of those whose cost was asked for, that sent more SQL statements than their budget and reserve.',
    registers: [registry],
  });
  const cacheReads = new Counter({
    name: 'roomfeed_cache_reads_total',
    help: 'Reads that the cache may answer. hit: kept, or being loaded already; miss: loaded; bypass: the cache is paused.',
    labelNames: ['name', 'outcome'] as const,
    registers: [registry],
  });
  const cacheEntries = new Gauge({
    name: 'roomfeed_cache_entries',
    help: 'Answers kept in memory.',
    registers: [registry],
  });
  const cacheBytes = new Gauge({
    name: 'roomfeed_cache_bytes',
    help: 'What the answers kept in memory take, estimated.',
    registers: [registry],
  });
  const notices = new Counter({
    name: 'roomfeed_cache_notices_total',
    help: 'Notices of changes that the database sent.',
    registers: [registry],
  });
  const noticesArrive = new Gauge({
    name: 'roomfeed_cache_notices_arrive',
    help: '1 while notices of changes arrive; 0 while they do not, or the cache is off, and nothing is kept.',
    registers: [registry],
  });

  return {
    cache: {
      read: (name, outcome) => cacheReads.inc({ name, outcome }),
      held({ entries, bytes }) {
        cacheEntries.set(entries);
        cacheBytes.set(bytes);
      },
    },
    notices: {
      arrived: () => notices.inc(),
      arrive: (yes) => noticesArrive.set(yes ? 1 : 0),
    },
    exchangeOpened: () => inFlight.inc(),
    exchangeEnded({ exchange, milliseconds, abandoned }) {
      inFlight.dec();
      const status = abandoned ? 'abandoned' : String(exchange.response.statusCode);
      const counted = requestCountOf(exchange.route, status, exchange.operation?.type ?? 'none');
      counted.count += 1;
      if (counted.durations) durations.observe(counted.durations, milliseconds / 1000);
    },
    streamsOpen: (open) => streams.set(open),
    operationAdmitted: (kind) => operationTally.add(kind, kind),
    statementSent: ({ role }) => statementTally.add(role, role),
    statementBudgetExceeded: () => exceededBudgets.inc(),
    render: async () => ({
      contentType: registry.contentType,
      text: `${await registry.metrics()}\n${durations.render()}\n`,
    }),
  };
}
