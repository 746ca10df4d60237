import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import type { GraphqlLimits } from '../../src/config/runtime.js';
import type { StreamPosition } from '../../src/domain/stream-position.js';
import { createMetrics } from '../../src/server/metrics.js';
import { createServer } from '../../src/server/server.js';
import type { GatewayServer, GatewayServerOptions } from '../../src/server/server.js';

export interface GraphQLAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: Record<string, unknown> | null;
    readonly errors?: readonly {
      readonly message: string;
      readonly path?: readonly (string | number)[];
      readonly locations?: readonly unknown[];
      readonly extensions: { readonly code: string; readonly limit?: number; readonly found?: number };
    }[];
  };
}

export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
}

/** Sends one operation by POST and reads the answer as JSON. */
export async function post(
  url: string,
  operation: Operation,
  headers: Record<string, string> = {},
): Promise<GraphQLAnswer> {
  return postText(url, JSON.stringify(operation), headers);
}

/** Sends any text as the body, by default under the name of JSON. */
export async function postText(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<GraphQLAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as GraphQLAnswer['body'] };
}

export interface ServerEvent {
  readonly event: string;
  /** Undefined where the event carries none. */
  readonly data: GraphQLAnswer['body'] | undefined;
}

/** Reads server-sent events as they come; comments are left out. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  if (!response.body) throw new Error('The response has no body.');
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = eventOf(text.slice(0, end));
        text = text.slice(end + 2);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel();
  }
}

function eventOf(text: string): ServerEvent | undefined {
  const lines = text.split('\n');
  const valueOf = (name: string): string | undefined =>
    lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const event = valueOf('event');
  const data = valueOf('data');
  return event === undefined
    ? undefined
    : { event, data: data ? (JSON.parse(data) as GraphQLAnswer['body']) : undefined };
}

/** A connection on which a test writes bytes of its own choosing. */
export interface RawConnection {
  readonly socket: Socket;
  /** Resolves with all that was read, as soon as it matches. Rejects when the connection ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with all that was read when the server has closed. */
  readonly ended: Promise<string>;
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let read = '';
  const waiting = new Set<() => void>();
  const notify = (): void => waiting.forEach((look) => look());
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => {
    read += piece;
    notify();
  });
  const ended = new Promise<string>((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => {
      resolve(read);
      notify();
    });
  });
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(read)) resolve(read);
        else if (socket.destroyed) reject(new Error(`The connection ended before ${pattern}; read: ${read}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  return { socket, until, ended };
}

/** The product's own limits, small enough to be reached by a test where one wants to. */
export const testLimits: GraphqlLimits = {
  maxBodyBytes: 100_000,
  maxTokens: 2_000,
  maxDepth: 15,
  maxAliases: 30,
  maxDirectives: 50,
  maxRootFields: 20,
  maxCost: 25_000,
  requestTimeoutSeconds: 30,
};

type Resolver = (args: unknown, context: unknown) => unknown;

/** Resolves fields by the functions and values of `root`, as graphql's default resolver does on the root value. */
export function schemaOf(text: string, root: Readonly<Record<string, unknown>>): GraphQLSchema {
  const schema = buildSchema(text);
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const value = root[field.name];
      if (typeof value !== 'function') {
        field.resolve = () => value;
      } else if (type === schema.getSubscriptionType()) {
        field.subscribe = (_root, args, context) => (value as Resolver)(args, context);
        field.resolve = (event) => event as unknown;
      } else {
        field.resolve = (_root, args, context) => (value as Resolver)(args, context);
      }
    }
  }
  return schema;
}

export interface TestIdentity {
  readonly name: string;
}

export interface TestContext {
  readonly identity: TestIdentity | null;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly position?: StreamPosition | null;
}

export interface StartedServer {
  readonly server: GatewayServer;
  /** Without a path. */
  readonly url: string;
  readonly endpoint: string;
  readonly port: number;
  /** What was logged, one object a line. */
  readonly logged: readonly Record<string, unknown>[];
}

/** A real server on a free port, around any schema. The caller closes it. */
export async function startServer(
  options: Partial<GatewayServerOptions<TestIdentity, TestContext>> & { readonly schema: GraphQLSchema },
): Promise<StartedServer> {
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const server = createServer<TestIdentity, TestContext>({
    host: '127.0.0.1',
    port: 0,
    log,
    metrics: createMetrics(),
    limits: testLimits,
    production: false,
    corsOrigins: [],
    graphiql: null,
    checks: {},
    shutdownGraceSeconds: 10,
    authenticate: async (header) => (header === undefined ? null : { name: header.replace('Bearer ', '') }),
    createContext: ({ identity, signal, requestId, position }) => ({ identity, signal, requestId, position }),
    assets: async (_request, response) => {
      response.writeHead(200).end('asset');
    },
    ...options,
  });
  const { url, port } = await server.listen();
  return { server, url, port, endpoint: `${url}/graphql`, logged };
}
