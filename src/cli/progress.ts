import { SingleBar, Presets } from 'cli-progress';

/** Told how much of a long work is done. */
export type Progress = (done: number, total: number) => void;

/** A bar that is drawn keeps its process alive and the cursor hidden until the work is done, or `stop` is called. */
export type StoppableProgress = Progress & { stop(): void };

/** A bar on a terminal; elsewhere a line at the beginning, at each quarter and at the end. */
export function createProgress(what: string, stream: NodeJS.WriteStream = process.stderr): StoppableProgress {
  return stream.isTTY ? bar(what, stream) : Object.assign(lines(what, stream), { stop: () => undefined });
}

function bar(what: string, stream: NodeJS.WriteStream): StoppableProgress {
  const line = new SingleBar(
    { format: `${what} {bar} {value}/{total}, {eta_formatted} left`, stream, hideCursor: true },
    Presets.shades_classic,
  );
  let begun = false;
  const tell: Progress = (done, total) => {
    if (!begun) line.start(total, done);
    begun = true;
    line.update(done);
    if (done >= total) line.stop();
  };
  return Object.assign(tell, {
    stop: () => {
      if (begun) line.stop();
    },
  });
}

function lines(what: string, stream: NodeJS.WriteStream): Progress {
  let told = -1;
  return (done, total) => {
    const quarter = total === 0 ? 4 : Math.floor((4 * done) / total);
    if (quarter === told) return;
    told = quarter;
    stream.write(`${what}: ${done} of ${total}\n`);
  };
}
