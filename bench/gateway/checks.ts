// The data checks that there are, in the order in which they run, and the pace of the command that runs them.
import { load } from './load.ts';

export const { dataChecks } = (await load(
  'services/data/validation/registry.js',
)) as typeof import('../../src/services/data/validation/registry.js');
export const { defaultPace } = (await load('cli/maintenance/validate.js')) as typeof import('../../src/cli/maintenance/validate.js');
