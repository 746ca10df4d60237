/**
 * The named statements that one connection holds. A plan costs the server memory on every connection, and Prisma makes a
 * text for each length of an IN list, so what was not used for long is closed.
 */
export class PreparedStatements<Description = never> {
  readonly #kept = new Map<string, Kept<Description>>();
  #dropped: string[] = [];
  #uses = 0;

  constructor(private readonly limit: number) {}

  textOf(name: string): string | undefined {
    return this.#kept.get(name)?.text;
  }

  /** To be called when the server has confirmed it: at its first row description or completion. */
  remember(name: string, text: string): void {
    this.#uses += 1;
    const known = this.#kept.get(name);
    // A number, and no place in an order: each statement would be taken out and put in again.
    if (known?.text === text) {
      known.lastUse = this.#uses;
      return;
    }
    this.#kept.set(name, { text, lastUse: this.#uses, description: undefined });
    if (this.#kept.size > this.limit) this.#drop();
  }

  forget(name: string): void {
    this.#kept.delete(name);
  }

  /** What the rows of a statement are; the server refuses to run it where that has changed. */
  descriptionOf(name: string): Description | undefined {
    return this.#kept.get(name)?.description;
  }

  describe(name: string, description: Description): void {
    const known = this.#kept.get(name);
    if (known) known.description = description;
  }

  /** Names to close on the server, each handed out once. */
  takeDropped(): readonly string[] {
    if (this.#dropped.length === 0) return this.#dropped;
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }

  /** The one that was not used for longest. */
  #drop(): void {
    let oldest = '';
    let lastUse = Infinity;
    for (const [name, kept] of this.#kept) if (kept.lastUse < lastUse) [oldest, lastUse] = [name, kept.lastUse];
    this.forget(oldest);
    this.#dropped.push(oldest);
  }
}

interface Kept<Description> {
  readonly text: string;
  lastUse: number;
  description: Description | undefined;
}
