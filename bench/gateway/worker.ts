// What a worker is made of, and the encoding of pictures alone.
import { load } from './load.ts';

export const { loadConfiguration } = (await load('config/load.js')) as typeof import('../../src/config/load.js');
export const { createParts } = (await load('parts.js')) as typeof import('../../src/parts.js');
export const { createLogger } = (await load('server/logging.js')) as typeof import('../../src/server/logging.js');
export const { noCache } = (await load('services/cache/cache.js')) as typeof import('../../src/services/cache/cache.js');
export const { encodePicture } = (await load('generation/pictures.js')) as typeof import('../../src/generation/pictures.js');
export type { GenerationProvider } from '../../src/generation/provider.js';
