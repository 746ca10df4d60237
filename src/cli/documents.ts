import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDocumentCheck } from '../app.js';
import { ConfigurationError } from '../config/faults.js';
import { loadRuntimeConfiguration } from '../config/load.js';
import type { EnvironmentVariables } from '../config/variables.js';

/** Where the command reads and writes. */
export interface DocumentsCommandSurroundings {
  /** Default: `process.env`. */
  readonly variables?: EnvironmentVariables;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const usage = `Checks a manifest of trusted documents before a gateway is started with it.

  npm run -s documents -- check <manifest.json>

Prints each operation with its cost and depth against the limits, which are those of ROOMFEED_CONFIG where it is set. Needs
neither a database nor a secret.
`;

/**
 * `npm run documents`: checks all of a manifest as the start of a gateway does. Operations go to `stdout`, one a line, and
 * what is wrong to `stderr`.
 *
 * @returns the exit code: 0; 1 where a gateway would not start with it; 2 where it was asked wrongly.
 */
export function runDocuments(args: readonly string[], surroundings: DocumentsCommandSurroundings): number {
  const { stdout, stderr } = surroundings;
  const [command, path, ...others] = args;
  if (command !== 'check' || path === undefined || path === '' || path.startsWith('-') || others.length > 0) {
    stderr(usage);
    return 2;
  }
  try {
    const runtime = loadRuntimeConfiguration(surroundings.variables);
    const { maxCost, maxDepth } = runtime.graphql;
    const { operations, problems } = createDocumentCheck(runtime)(path);
    for (const { id, name, type, cost, depth, sizeVariables } of operations) {
      const sizes = sizeVariables.map((variable) => `$${variable}`).join(', ');
      stdout(
        `${type} ${name ?? '(without a name)'}: cost ${cost} of ${maxCost}${sizes && `, more or less by ${sizes}`}, ` +
          `depth ${depth} of ${maxDepth}, id ${id}\n`,
      );
    }
    if (problems.length === 0) {
      stderr(`${counted(operations.length, 'operation')}, all of them good.\n`);
      return 0;
    }
    stderr(`A gateway would not start with this manifest:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
    return 1;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    stderr(`Not checked: ${error.message}\n`);
    return 1;
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = runDocuments(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}
