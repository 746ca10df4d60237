/**
 * Notices that an answer does not come, for one connection, whose statements come one after the other. Its timer is not
 * the statement's: it looks at when the present one began, and where that was lately, it looks again. A timer for each
 * statement would be set and taken back thousands of times before one of them rings.
 */
export class AnswerWatch {
  #timer: NodeJS.Timeout | undefined;
  /** Of `performance.now()`. */
  #begun = 0;
  #onLate: (() => void) | null = null;

  /** 0: an answer may take for ever. */
  constructor(private readonly millis: number) {}

  begin(onLate: () => void): void {
    if (this.millis === 0) return;
    this.#begun = performance.now();
    this.#onLate = onLate;
    if (!this.#timer) this.#timer = this.#look(this.millis);
  }

  end(): void {
    this.#onLate = null;
  }

  /** It keeps no process alive: the connection does. */
  #look(inMillis: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      const onLate = this.#onLate;
      if (!onLate) return;
      const rest = this.#begun + this.millis - performance.now();
      if (rest > 0) this.#timer = this.#look(rest);
      else onLate();
    }, Math.ceil(inMillis)).unref();
  }
}
