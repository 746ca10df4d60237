import { SingleBar, Presets } from 'cli-progress';

/** Told how much of a long work is done. */
export type Progress = (done: number, total: number) => void;

/** A bar on a terminal; elsewhere a line at the beginning, at each quarter and at the end. */
export function createProgress(what: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? bar(what, stream) : lines(what, stream);
}

function bar(what: string, stream: NodeJS.WriteStream): Progress {
  const line = new SingleBar(
    { format: `${what} {bar} {value}/{total}, {eta_formatted} left`, stream, hideCursor: true },
    Presets.shades_classic,
  );
  let begun = false;
  return (done, total) => {
    if (!begun) line.start(total, done);
    begun = true;
    line.update(done);
    if (done >= total) line.stop();
  };
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
