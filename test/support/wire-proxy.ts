import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy in front of PostgreSQL that counts what the client sends, and can cut or silence the line. */
export interface WireProxy {
  /** The same database, through the proxy. */
  readonly url: string;
  /** How many messages of each type were sent since the last reset, by their letter in the protocol: S is Sync. */
  sent(): Record<string, number>;
  reset(): void;
  /** Connections since the start. */
  connections(): number;
  /** Cuts the connection at the client's next message, which does not arrive. */
  cutAtNextMessage(): void;
  /** From now on nothing passes, and no connection ends. */
  silence(): void;
  close(): Promise<void>;
}

export async function startWireProxy(databaseUrl: string): Promise<WireProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let counts: Record<string, number> = {};
  let connections = 0;
  let cutting = false;
  let silent = false;

  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(Number(target.port), target.hostname);
    const count = messageCounter((type) => (counts[type] = (counts[type] ?? 0) + 1));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (chunk: Buffer) => {
        if (silent) return;
        if (from === client) {
          if (cutting) return void client.destroy();
          count(chunk);
        }
        to.write(chunk);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);

  return {
    url: url.toString(),
    sent: () => ({ ...counts }),
    reset: () => (counts = {}),
    connections: () => connections,
    cutAtNextMessage: () => (cutting = true),
    silence: () => (silent = true),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** Reads the client's messages: a start-up packet without a type, then a type and a length each. */
function messageCounter(told: (type: string) => void): (chunk: Buffer) => void {
  let started = false;
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const header = started ? 1 : 0;
      if (pending.length < header + 4) return;
      const length = header + pending.readInt32BE(header);
      if (pending.length < length) return;
      if (started) told(String.fromCharCode(pending[0] ?? 0));
      started = true;
      pending = pending.subarray(length);
    }
  };
}
