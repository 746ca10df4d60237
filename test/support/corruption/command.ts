import { runMaintenance } from '../../../src/cli/maintenance.js';
import { createValidateCommand } from '../../../src/cli/maintenance/validate.js';
import { runtimeDefaults } from '../../../src/config/runtime-defaults.js';
import type { PaceClock } from '../../../src/services/data/validation/pace.js';
import { checkedAt, type World } from './world.js';

/** In whose time nothing takes any, so that nothing is to be rested for. */
const timeless: PaceClock = { now: () => 0, rest: () => Promise.reject(new Error('There was nothing to rest for.')) };

/** Runs `npm run maintenance -- validate` on a world, in this process. */
export async function runValidate(
  world: World,
  args: readonly string[],
  { signal = new AbortController().signal, clock = timeless }: { readonly signal?: AbortSignal; readonly clock?: PaceClock } = {},
): Promise<{ code: number; out: string; err: string }> {
  const ran = { code: 0, out: '', err: '' };
  ran.code = await runMaintenance(
    ['validate', ...args],
    {
      open: () =>
        Promise.resolve({
          databases: world.databases,
          storage: world.storage,
          runtime: runtimeDefaults,
          dataDirectory: world.directory,
          alone: (_name, work) => work(signal),
          close: () => Promise.resolve(),
        }),
      now: checkedAt,
      stdout: (text) => void (ran.out += text),
      stderr: (text) => void (ran.err += text),
      progress: () => Object.assign(() => undefined, { stop: () => undefined }),
      signal,
    },
    { validate: createValidateCommand({ clock }) },
  );
  return ran;
}
