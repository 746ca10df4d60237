/** What a command knows of the API: it asks over HTTP as any client does. */
export interface ApiClient {
  /** @throws ApiError with the API's own words. */
  ask<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  /** The results of a subscription, as they come. @throws ApiError */
  watch<Data>(query: string, variables?: Readonly<Record<string, unknown>>): AsyncGenerator<Data>;
}

/** What the API answered, or that it did not; for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

interface Result<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string }[];
}

export function createApiClient({ url, token }: { readonly url: string; readonly token: string }): ApiClient {
  async function send(accept: string, query: string, variables: object): Promise<Response> {
    try {
      return await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept },
        body: JSON.stringify({ query, variables }),
      });
    } catch {
      throw new ApiError(`Nothing answers at ${url}.`);
    }
  }

  return {
    async ask<Data>(query: string, variables = {}) {
      return dataOf<Data>((await (await send('application/json', query, variables)).json()) as Result<Data>);
    },

    async *watch<Data>(query: string, variables = {}) {
      const response = await send('text/event-stream', query, variables);
      if (!response.headers.get('content-type')?.startsWith('text/event-stream') || response.body === null) {
        dataOf((await response.json()) as Result<Data>);
        throw new ApiError('The subscription was not answered as a stream of events.');
      }
      for await (const { event, data } of eventsOf(response.body)) {
        if (event === 'complete') return;
        if (event === 'next') yield dataOf<Data>(JSON.parse(data) as Result<Data>);
      }
    },
  };
}

function dataOf<Data>({ data, errors }: Result<Data>): Data {
  const [first] = errors ?? [];
  if (first || data == null) throw new ApiError(first?.message ?? 'The answer holds no data.');
  return data;
}

/** Server-sent events, in their order; comments are left out. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    text += decoder.decode(step.value, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
      );
      text = text.slice(end + 2);
      const event = fields.get('event');
      if (event !== undefined) yield { event, data: fields.get('data') ?? '' };
    }
  }
}
