import type { RuntimeConfiguration } from '../../config/runtime.js';
import { drawEmptyRoom, drawRoom } from '../../generation/drawing/draw-room.js';
import type { PictureTask } from './pictures.js';

export interface Samples {
  readonly tasks: readonly PictureTask[];
  /** The task's position for a room type and style; its image's key is in the task. */
  pictureNumber(roomType: string, style: string): number;
  photoPath(roomType: string): string;
}

/** The pictures that all renders of a large seed share: one of each room type in each style, and one photo a room type. */
export function planSamples(
  { roomTypes, styles }: Pick<RuntimeConfiguration, 'roomTypes' | 'styles'>,
  side: number,
): Samples {
  const numbers = new Map<string, number>();
  const size = { width: side, height: side };
  const pictures = roomTypes.flatMap((roomType) =>
    styles.map((style): PictureTask => {
      const base = `samples/${roomType.id}-${style.id}`;
      numbers.set(`${roomType.id}/${style.id}`, numbers.size);
      return {
        kind: 'picture',
        imageKey: `${base}.webp`,
        thumbKey: `${base}_thumb.webp`,
        draw: () => drawRoom({ roomType: roomType.id, style: style.id, seed: 'sample', ...size }),
      };
    }),
  );
  const photoPath = (roomType: string): string => `samples/${roomType}-before.jpg`;
  const photos = roomTypes.map(({ id }): PictureTask => ({
    kind: 'photo',
    imageKey: photoPath(id),
    draw: () => drawEmptyRoom({ roomType: id, seed: 'sample', furnished: true, ...size }),
  }));
  return {
    tasks: [...pictures, ...photos],
    pictureNumber(roomType, style) {
      const number = numbers.get(`${roomType}/${style}`);
      if (number === undefined) throw new Error(`There is no sample picture of ${roomType} in ${style}.`);
      return number;
    },
    photoPath,
  };
}
