import sharp from 'sharp';
import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA } from 'thumbhash';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { drawEmptyRoom, drawRoom } from '../src/generation/drawing/draw-room.js';
import { encodePhoto, encodePicture, UnreadablePictureError } from '../src/generation/pictures.js';

const roomTypes = runtimeDefaults.roomTypes.map(({ id }) => id);
const styles = runtimeDefaults.styles.map(({ id }) => id);
const room = { roomType: 'living_room', style: 'scandi', seed: 7, width: 600, height: 400 };

/** How far two pictures of one size are apart: 0 is the same, 255 is black against white. */
async function difference(a: string, b: string): Promise<number> {
  const [left, right] = await Promise.all(
    [a, b].map((svg) => sharp(Buffer.from(svg)).resize(48, 48, { fit: 'fill' }).removeAlpha().raw().toBuffer()),
  );
  if (left === undefined || right === undefined) throw new Error('There are two pictures.');
  return left.reduce((sum, value, i) => sum + Math.abs(value - (right[i] ?? 0)), 0) / left.length;
}

test('every room type can be drawn in every style and shape, without a number missing', () => {
  for (const roomType of roomTypes) {
    for (const style of styles) {
      for (const [width, height] of [[600, 600], [600, 400], [400, 600]] as const) {
        const svg = drawRoom({ roomType, style, seed: 1, width, height });
        expect(svg).toMatch(new RegExp(`^<svg [^>]*width="${width}" height="${height}"`));
        expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      }
    }
  }
});

test('the same seed draws the same bytes, and another seed or variant draws others', () => {
  const svg = drawRoom(room);
  expect(drawRoom(room)).toBe(svg);
  expect(drawRoom({ ...room, seed: 8 })).not.toBe(svg);
  expect(drawRoom({ ...room, variant: 1 })).not.toBe(svg);
});

test('styles and room types are told apart by their looks', async () => {
  const byStyle = styles.map((style) => drawRoom({ ...room, style, seed: 1 }));
  const byType = roomTypes.map((roomType) => drawRoom({ ...room, roomType }));
  for (const pictures of [byStyle, byType]) {
    for (const [i, picture] of pictures.entries()) {
      for (const other of pictures.slice(i + 1)) expect(await difference(picture, other)).toBeGreaterThan(4);
    }
  }
});

test('an unknown preset is drawn as a room all the same', async () => {
  const svg = drawRoom({ ...room, roomType: 'wine_cellar', style: 'constructor' });
  const { image } = await encodePicture(svg);
  const { entropy } = await sharp(image).stats();
  expect(entropy).toBeGreaterThan(5);
  expect(drawRoom({ ...room, roomType: null, style: null })).toMatch(/^<svg/);
});

test('a size that is no picture is refused with its name', () => {
  expect(() => drawRoom({ ...room, width: 0 })).toThrow(/width is a whole number of pixels from 16 to 4096, not 0/);
  expect(() => drawEmptyRoom({ ...room, height: 5_000 })).toThrow(/height is a whole number/);
});

test('the room before the work is the same building, bare or with old furniture', async () => {
  const bare = drawEmptyRoom(room);
  const furnished = drawEmptyRoom({ ...room, furnished: true });
  expect(drawEmptyRoom(room)).toBe(bare);
  expect(furnished.length).toBeGreaterThan(bare.length * 1.3);
  const clip = /<clipPath id="d\d+"><rect [^>]*>/;
  expect(furnished.match(clip)?.[0]).toBe(bare.match(clip)?.[0]);
  expect(drawRoom(room).match(clip)?.[0].replace(/id="\w+"/, '')).toBe(bare.match(clip)?.[0].replace(/id="\w+"/, ''));
});

test('a picture becomes WebP of its own size with a thumbnail 384 pixels wide', async () => {
  const picture = await encodePicture(drawRoom(room));
  const [image, thumbnail] = await Promise.all([sharp(picture.image).metadata(), sharp(picture.thumbnail).metadata()]);
  expect(picture).toMatchObject({ width: 600, height: 400, contentType: 'image/webp' });
  expect(image).toMatchObject({ format: 'webp', width: 600, height: 400 });
  expect(thumbnail).toMatchObject({ format: 'webp', width: 384, height: 256 });
  expect(picture.thumbnail.length).toBeLessThan(picture.image.length);
});

test('a picture narrower than a thumbnail is not blown up', async () => {
  const { thumbnail } = await encodePicture(drawRoom({ ...room, width: 300, height: 300 }));
  expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 300, height: 300 });
});

test('the placeholder is a thumbhash of the picture: its shape and its colour', async () => {
  const svg = drawRoom(room);
  const { placeholder } = await encodePicture(svg);
  const hash = Buffer.from(placeholder, 'base64');
  expect(hash.toString('base64')).toBe(placeholder);
  expect(hash.length).toBeLessThan(40);
  expect(thumbHashToApproximateAspectRatio(hash)).toBeCloseTo(1.5, 0);
  const { channels } = await sharp(Buffer.from(svg)).removeAlpha().stats();
  const { r, g, b } = thumbHashToAverageRGBA(hash);
  for (const [i, value] of [r, g, b].entries()) expect(Math.abs(value * 255 - (channels[i]?.mean ?? -99))).toBeLessThan(12);
});

test('a photo becomes a JPEG', async () => {
  const { image, width, height, contentType } = await encodePhoto(drawEmptyRoom(room));
  expect({ width, height, contentType }).toEqual({ width: 600, height: 400, contentType: 'image/jpeg' });
  expect((await sharp(image).metadata()).format).toBe('jpeg');
});

test('what is no picture is refused with an error that says what is', async () => {
  await expect(encodePicture('<svg><rect')).rejects.toThrow(UnreadablePictureError);
  await expect(encodePhoto(Buffer.from('hello'))).rejects.toThrow(/PNG, JPEG or WebP/);
});
