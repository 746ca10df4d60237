import { Socket } from 'node:net';

/** One open stream of server-sent events, read from a bare socket: thousands of them must cost the reader little. */
export interface EventStream {
  close(): void;
}

/** Asks for all changes of the viewer's jobs; a server without GraphQL takes no notice of it. */
const subscription = JSON.stringify({ query: 'subscription { viewerGenerationJobs { id status progress } }' });

const streamHead = /^HTTP\/1\.1 200 /;

/**
 * Opens a stream and resolves when the server has answered and sent something, as servers do at once. `onText` is called
 * with each piece that comes from then on, signs of life among them; `onEnd` where the server ends it.
 */
export function openEventStream(options: {
  readonly url: string;
  readonly token: string;
  onText(text: string): void;
  onEnd(): void;
}): Promise<EventStream> {
  const { token, onText, onEnd } = options;
  const { hostname, port, host } = new URL(options.url);
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    let head: string | null = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      if (head === null) return onText(text);
      head += text;
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 || head.length === end + 4) return;
      if (!streamHead.test(head)) {
        reject(new Error(`A stream was not opened: ${head.slice(0, 400)}`));
        return void socket.destroy();
      }
      const rest = head.slice(end + 4);
      head = null;
      resolve({ close: () => socket.removeAllListeners('close').destroy() });
      onText(rest);
    });
    socket.on('error', (error) => reject(error));
    socket.on('close', () => {
      reject(new Error('The server closed a stream before it was open.'));
      onEnd();
    });
    socket.connect(Number(port), hostname, () => {
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: ${host}\r\naccept: text/event-stream\r\nauthorization: Bearer ${token}\r\n` +
          `content-type: application/json\r\ncontent-length: ${subscription.length}\r\n\r\n${subscription}`,
      );
    });
  });
}
