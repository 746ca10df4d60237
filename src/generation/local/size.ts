import type { AspectRatio, Quality } from '../../config/runtime.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of a square picture, pixels. */
const sides: Readonly<Record<Quality, number>> = { low: 768, auto: 1_024, medium: 1_024, high: 1_280 };

/** Pixels of a picture: the other shapes are exact, and have about the square's area, so that they take as long. */
export function sizeOf(aspectRatio: AspectRatio, quality: Quality): Size {
  const side = sides[quality];
  const unit = Math.round(side / Math.sqrt(6));
  switch (aspectRatio) {
    case '1:1':
      return { width: side, height: side };
    case '3:2':
      return { width: 3 * unit, height: 2 * unit };
    case '2:3':
      return { width: 2 * unit, height: 3 * unit };
  }
}
