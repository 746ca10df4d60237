import type { Daylight } from './scene.js';

/** The hours that a picture may show; the morning and the late afternoon flatter a room most. */
export const hours: readonly Daylight[] = [
  {
    sky: ['#7fbbe6', '#b5dcf2', '#e9f3f3'],
    sun: '#fff6d8',
    tint: '#fff3da',
    tintOpacity: 0.05,
    beam: 0.9,
    lamps: 0.35,
  },
  {
    sky: ['#5ea9e0', '#a3d2ef', '#dff0f6'],
    sun: '#ffffff',
    tint: '#f4f9ff',
    tintOpacity: 0.04,
    beam: 0.7,
    lamps: 0.25,
  },
  {
    sky: ['#8eb4d8', '#f2cfa6', '#ffdf9f'],
    sun: '#ffd98a',
    tint: '#ffb765',
    tintOpacity: 0.09,
    beam: 1,
    lamps: 0.6,
  },
  {
    sky: ['#3c4f86', '#9078a6', '#f0a987'],
    sun: '#ffb98f',
    tint: '#33305c',
    tintOpacity: 0.15,
    beam: 0.25,
    lamps: 1,
  },
];

/** An overcast noon through dusty glass, as a "before" photo has it. */
export const overcast: Daylight = {
  sky: ['#c9d2d8', '#d9dfe2', '#e8eaea'],
  sun: '#f4f4f0',
  tint: '#6a6f72',
  tintOpacity: 0.1,
  beam: 0.15,
  lamps: 0.1,
};
