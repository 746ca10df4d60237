/**
 * The named statements that one connection holds, the most recently used last. A plan costs the server memory on every
 * connection, and Prisma makes a text for each length of an IN list, so what was not used for long is closed.
 */
export class PreparedStatements<Description = never> {
  readonly #texts = new Map<string, string>();
  readonly #descriptions = new Map<string, Description>();
  #dropped: string[] = [];

  constructor(private readonly limit: number) {}

  textOf(name: string): string | undefined {
    return this.#texts.get(name);
  }

  /** To be called when the server has confirmed it: at its first row description or completion. */
  remember(name: string, text: string): void {
    this.#texts.delete(name);
    this.#texts.set(name, text);
    if (this.#texts.size <= this.limit) return;
    const [oldest] = this.#texts.keys();
    if (oldest === undefined) return;
    this.forget(oldest);
    this.#dropped.push(oldest);
  }

  forget(name: string): void {
    this.#texts.delete(name);
    this.#descriptions.delete(name);
  }

  /** What the rows of a statement are; the server refuses to run it where that has changed. */
  descriptionOf(name: string): Description | undefined {
    return this.#descriptions.get(name);
  }

  describe(name: string, description: Description): void {
    if (this.#texts.has(name)) this.#descriptions.set(name, description);
  }

  /** Names to close on the server, each handed out once. */
  takeDropped(): readonly string[] {
    if (this.#dropped.length === 0) return this.#dropped;
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }
}
