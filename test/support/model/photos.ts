import sharp from 'sharp';
import { preparePhoto } from '../../../src/generation/photos.js';

/** What may have arrived for an upload. */
export type Arrival = 'photo' | 'something else' | 'half a photo' | 'nothing';

const photo = await sharp({ create: { width: 16, height: 12, channels: 3, background: '#c08040' } }).jpeg().toBuffer();

/** The bytes of each, all of them announced as a JPEG. */
export const arrivals: Readonly<Record<Exclude<Arrival, 'nothing'>, Buffer>> = {
  photo,
  'something else': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  'half a photo': photo.subarray(0, 40),
};

/** What is kept of the photo. */
export const kept = await preparePhoto(photo, { contentType: 'image/jpeg', maxPixels: 1_000 });
