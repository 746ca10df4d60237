import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

declare global {
  // The teardown runs in the same process and has no other way to get at it.
  var roomfeedTestServer: ChildProcess | undefined;
}

/**
 * Starts the run's database server in a process of its own, which ends with this one however that ends. A process,
 * because Jest loads this file as CommonJS and the project is ESM. Test files learn of the server by an environment
 * variable, which Jest's workers inherit.
 */
export default async function setUp({ rootDir }: { rootDir: string }): Promise<void> {
  const support = join(rootDir, 'test', 'support');
  const server = spawn(
    process.execPath,
    ['--import', pathToFileURL(join(support, 'typescript.mjs')).href, join(support, 'test-server.ts')],
    {
      cwd: rootDir,
      // Jest's own options are not for this process.
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C is Jest's to handle; the server goes when its pipe closes.
      detached: true,
    },
  );
  globalThis.roomfeedTestServer = server;
  process.env['ROOMFEED_TEST_SERVER'] = await new Promise<string>((resolve, reject) => {
    let facts = '';
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      facts += text;
      if (facts.endsWith('\n')) resolve(facts.trim());
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error("The tests' database server did not start; it says why above.")));
  });
}
