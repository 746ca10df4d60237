import type { GraphQLAnswer } from './http.js';
import type { Person } from './app.js';

/** An event of a stream as a client sees it. */
export interface StreamEvent {
  readonly event: string;
  /** Of this event; undefined where it has none. */
  readonly id: string | undefined;
  readonly body: GraphQLAnswer['body'] | undefined;
}

export interface LiveStream {
  /** The next event; rejects where the connection ends before. */
  next(): Promise<StreamEvent>;
  /** All events up to the end of the stream. */
  rest(): Promise<StreamEvent[]>;
  /** What an EventSource would send as `Last-Event-ID`: events without data count, too. */
  lastId(): string | undefined;
  /** Goes away, without another word. */
  leave(): void;
}

export interface StreamRequest {
  readonly as?: Person | undefined;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly lastEventId?: string | undefined;
  /** By GET, as EventSource does. */
  readonly get?: boolean;
}

/** Opens a subscription over HTTP; resolves as soon as the gateway has answered. */
export async function openStream(url: string, query: string, { as, variables = {}, lastEventId, get }: StreamRequest = {}): Promise<LiveStream> {
  const leaving = new AbortController();
  const headers = {
    accept: 'text/event-stream',
    ...(as ? { authorization: `Bearer ${as.token}` } : {}),
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  const response = get
    ? await fetch(`${url}/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString()}`, {
        headers,
        signal: leaving.signal,
      })
    : await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
        signal: leaving.signal,
      });
  if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    throw new Error(`The answer is no stream: ${response.status} ${await response.text()}`);
  }
  let lastId = lastEventId;
  const events = read(response.body, (id) => (lastId = id));

  return {
    async next() {
      const { value, done } = await events.next();
      if (done) throw new Error('The stream has ended.');
      return value;
    },
    async rest() {
      const found: StreamEvent[] = [];
      for await (const event of events) found.push(event);
      return found;
    },
    lastId: () => lastId,
    leave: () => leaving.abort(),
  };
}

async function* read(body: ReadableStream<Uint8Array>, onId: (id: string) => void): AsyncGenerator<StreamEvent, void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(text.slice(0, end).split('\n').map(fieldOf));
      text = text.slice(end + 2);
      const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
      if (id !== undefined) onId(id);
      if (event !== undefined) yield { event, id, body: data ? (JSON.parse(data) as StreamEvent['body']) : undefined };
    }
  }
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
