import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ExchangeReport } from './http/exchange.js';

export interface Metrics {
  exchangeOpened(): void;
  exchangeEnded(report: ExchangeReport): void;
  /** Fits the database's statement listener. */
  statementSent(sent: { readonly role: string }): void;
  /** In the Prometheus text format. */
  render(): Promise<{ contentType: string; text: string }>;
}

/** From a cached read to the longest a request may take (requestTimeoutSeconds), in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts of a server, in a registry of their own. Labels are from closed sets; nothing a client writes becomes one. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'roomfeed_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, event streams not included.',
    labelNames: ['route', 'status', 'operation'] as const,
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  const requests = new Counter({
    name: 'roomfeed_http_requests_total',
    help: 'Requests answered; status "abandoned": the client went before its answer.',
    labelNames: ['route', 'status', 'operation'] as const,
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: 'roomfeed_http_requests_in_flight',
    help: 'Requests being answered, open event streams included.',
    registers: [registry],
  });
  const statements = new Counter({
    name: 'roomfeed_sql_statements_total',
    help: 'SQL statements sent.',
    labelNames: ['role'] as const,
    registers: [registry],
  });

  return {
    exchangeOpened: () => inFlight.inc(),
    exchangeEnded({ exchange, milliseconds, abandoned }) {
      inFlight.dec();
      const labels = {
        route: exchange.route,
        status: abandoned ? 'abandoned' : String(exchange.response.statusCode),
        operation: exchange.operation?.type ?? 'none',
      };
      requests.inc(labels);
      if (labels.operation !== 'subscription') durations.observe(labels, milliseconds / 1000);
    },
    statementSent: ({ role }) => statements.inc({ role }),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
