/** Progress and remarks go to standard error; the table alone is on standard output. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Into a file progress is written so often, in milliseconds. */
const loggedEvery = 30_000;

/** A line that is written over, where a person watches; otherwise a line now and then, and the last. */
export function createLine(): { show(text: string): void; end(): void } {
  const watched = process.stderr.isTTY;
  let last = '';
  let logged = performance.now();
  return {
    show(text) {
      last = text;
      if (watched) process.stderr.write(`\r\x1b[2K${text}`);
      else if (performance.now() - logged > loggedEvery) {
        process.stderr.write(`${text}\n`);
        logged = performance.now();
      }
    },
    end() {
      if (last !== '') process.stderr.write(watched ? '\n' : `${last}\n`);
      last = '';
    },
  };
}
