import sharp from 'sharp';
import type { Mode, RuntimeConfiguration } from '../config/runtime.js';
import { drawRoom } from './drawing/draw-room.js';
import { paletteFor, withColours } from './drawing/palettes.js';
import { compose, type ReadPhoto } from './local/compose.js';
import { encodePng, readPhoto } from './local/photo.js';
import { readRegions } from './local/regions.js';
import { restyle } from './local/restyle.js';
import { sizeOf } from './local/size.js';
import { stage } from './local/stage.js';
import { createSteps, type Steps } from './local/steps.js';
import { readWishes } from './local/wishes.js';
import { UnreadablePictureError } from './pictures.js';
import type { GenerationProvider, GenerationRequest, InputPhoto } from './provider.js';

/**
 * Makes pictures in this process, without a network and without keys: for demonstrations, development and tests. It
 * is no artificial intelligence and knows nothing of rooms. It moves a photo's colours towards a style's (redesign) or
 * towards another photo's (compose), draws furniture over it (staging), or draws a room (imagine), and of a prompt it
 * understands the names of presets and of colours.
 *
 * The same job gives the same bytes, on every try. A variant takes about half a second of one processor, and one of the
 * largest size about a second; others get their turn in between, and what was stopped stops at the next turn or step.
 */
export function createLocalProvider({ runtime }: { readonly runtime: Pick<RuntimeConfiguration, 'roomTypes' | 'styles'> }): GenerationProvider {
  return {
    name: 'local',
    lookAgainAfterMs: 0,
    start: ({ jobId }) => Promise.resolve({ predictionId: `local-${jobId}` }),
    async collect(_predictionId, request, options) {
      const steps = createSteps(photosOf[request.mode] + request.variants * stepsOf[request.mode], options);
      try {
        const makeVariant = await prepare(request, runtime, steps);
        const outputs: Buffer[] = [];
        // One after the other: each holds a decoded picture or two.
        for (let variant = 0; variant < request.variants; variant += 1) {
          outputs.push(await makeVariant(variant));
          await steps.done();
        }
        return { status: 'succeeded', outputs };
      } catch (error) {
        if (error instanceof UnreadablePictureError) return { status: 'failed', code: 'input_unreadable', message: unreadable };
        throw error;
      }
    },
    cancel: () => Promise.resolve(),
  };
}

const unreadable = 'A photo that this was to be made from cannot be read; it was not charged. Upload it again as JPEG, PNG or WebP.';

/** How many photos a mode starts from. */
const photosOf: Readonly<Record<Mode, number>> = { imagine: 0, redesign: 1, staging: 1, compose: 2 };
/** Of a variant: the room, and what is put into it. */
const stepsOf: Readonly<Record<Mode, number>> = { imagine: 1, redesign: 2, staging: 2, compose: 2 };

/** Reads what all variants share, and returns what makes one of them. */
async function prepare(
  { jobId, mode, words, inputs, ...request }: GenerationRequest,
  runtime: Pick<RuntimeConfiguration, 'roomTypes' | 'styles'>,
  steps: Steps,
): Promise<(variant: number) => Promise<Buffer>> {
  const size = sizeOf(request.aspectRatio, request.quality);
  const wishes = readWishes(words, runtime);
  const roomType = request.roomType ?? wishes.roomType;
  const style = request.style ?? wishes.style;
  const { colours } = wishes;
  const of = (variant: number) => ({ jobId, style, variant, palette: withColours(paletteFor(style), colours) });
  const open = async (input: InputPhoto | undefined): Promise<ReadPhoto> => {
    if (input === undefined) throw new UnreadablePictureError({ cause: new Error(`The mode ${mode} starts from more photos.`) });
    const photo = await readPhoto(input, size);
    const read = { photo, reading: await readRegions(photo) };
    await steps.done();
    return read;
  };

  switch (mode) {
    case 'imagine':
      return (variant) => {
        const svg = drawRoom({ ...size, roomType, style, seed: jobId, variant, colours });
        return encodePng(sharp(Buffer.from(svg)).removeAlpha());
      };
    case 'redesign': {
      const { photo, reading } = await open(inputs[0]);
      return (variant) => restyle(photo, reading, of(variant), steps);
    }
    case 'staging': {
      const { photo, reading } = await open(inputs[0]);
      return (variant) => stage(photo, reading, { ...of(variant), roomType }, steps);
    }
    case 'compose': {
      const first = await open(inputs[0]);
      const second = await open(inputs[1]);
      return (variant) => compose(first, second, of(variant), steps);
    }
  }
}
