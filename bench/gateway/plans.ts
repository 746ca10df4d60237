// The gateway's configuration, as it comes: plans and presets.
import { jwtSecret, signingSecret } from '../settings.ts';
import { load } from './load.ts';

const { loadConfiguration } = (await load('config/load.js')) as typeof import('../../src/config/load.js');

export const { listPlans, planOfPriceId } = (await load('config/plans.js')) as typeof import('../../src/config/plans.js');

/** Without this machine's environment. */
export const { runtime } = loadConfiguration({ JWT_SECRET: jwtSecret, ASSET_SIGNING_SECRET: signingSecret });
