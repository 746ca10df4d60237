import { once } from 'node:events';

/** Ends the run's database server and waits until it is gone, with its data. */
export default async function tearDown(): Promise<void> {
  const server = globalThis.roomfeedTestServer;
  if (!server) return;
  globalThis.roomfeedTestServer = undefined;
  if (server.exitCode !== null || server.signalCode !== null) {
    throw new Error("The tests' database server ended before the tests did.");
  }
  const ended = once(server, 'exit');
  server.stdin?.end();
  await ended;
}
