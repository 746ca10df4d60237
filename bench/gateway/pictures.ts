// Signed URLs and measures of pictures, as the gateway makes them: the same for all systems, so that answers are equal.
import { load } from './load.ts';

export const { thumbnailSize } = (await load('domain/pictures.js')) as typeof import('../../src/domain/pictures.js');

export const { createAssetUrls } = (await load('storage/signed-urls.js')) as typeof import('../../src/storage/signed-urls.js');
export type { AssetUrlSettings } from '../../src/storage/signed-urls.js';
export type { AssetUrls } from '../../src/storage/url-memory.js';
