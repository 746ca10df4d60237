/** A hundred subscriptions with their schedules; what is longer is no answer of the API. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** What is no JSON of an object is none of the API's. */
const object = /^\s*\{/;

/**
 * `fetch` for the client, with what it leaves open:
 * - The key goes to the configured address and to no other.
 * - A whole answer has to come within the time that the client gives, and within bounds.
 * - One that says "too many requests" did nothing and is asked again, after a pause; left to itself the client does that
 *   only where Stripe says so in a header.
 * - What is JSON of anything but an object is handed on as no answer: of a word or a number the client would never tell,
 *   and an error that nobody can catch would end the process.
 * - Notices for developers, which the client would print, stay out of the process's output.
 */
export async function fetchAnswer(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'error' });
  const body = await readWhole(response);
  const headers = new Headers(response.headers);
  headers.delete('stripe-notice');
  if (response.status === 429 && !headers.has('stripe-should-retry')) headers.set('stripe-should-retry', 'true');
  return new Response(object.test(body) ? body : null, { status: response.status, headers });
}

/** The text of a response; an error where it is longer than an answer can be, whatever its headers say. */
async function readWhole({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    size += read.value.length;
    if (size > maxAnswerBytes) {
      await reader?.cancel().catch(() => undefined);
      throw new Error('The answer is too long.');
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}
