/** What the parent sends. */
export interface Order {
  readonly command: string;
  readonly order?: unknown;
}

/** What it gets for it, and once when the program is ready. */
export type Reply = { readonly result: unknown } | { readonly fault: string };

export interface MemoryUse {
  /** Bytes, after full collections. */
  readonly resident: number;
  readonly heapUsed: number;
}

type Command = (order: never) => unknown;

/** Does what the parent says, one after the other, and what every program can: tell its memory. */
export function obey(commands: Readonly<Record<string, Command>>): void {
  const known: Readonly<Record<string, Command>> = { memory, ...commands };
  process.on('message', (raw) => {
    const { command, order } = raw as Order;
    void Promise.resolve()
      .then(() => known[command]?.(order as never))
      .then((result) => send({ result }), (error: unknown) => send({ fault: String(error) }));
  });
  send({ result: 'ready' });
}

function send(reply: Reply): void {
  process.send?.(reply);
}

/** Twice: what the first one frees may have kept other things. */
async function memory(): Promise<MemoryUse> {
  for (let times = 0; times < 2; times++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss, heapUsed };
}
