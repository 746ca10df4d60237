let second = -1;
let upToSecond = '';

/** The time as pino writes it into a line, as ISO 8601. All but its last four characters stay the same for a second. */
export function lineTime(now = Date.now()): string {
  const started = Math.floor(now / 1_000);
  if (started !== second) {
    second = started;
    upToSecond = `,"time":"${new Date(started * 1_000).toISOString().slice(0, -4)}`;
  }
  return `${upToSecond}${String(now - started * 1_000).padStart(3, '0')}Z"`;
}
