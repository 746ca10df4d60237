import { accountMoves } from './account-moves.js';
import { billingMoves } from './billing-moves.js';
import { cleanupMoves } from './cleanup-moves.js';
import { collectionMoves } from './collection-moves.js';
import { galleryMoves } from './gallery-moves.js';
import { generationMoves } from './generation-moves.js';
import type { Move } from './move.js';
import { renderMoves } from './render-moves.js';
import { uploadMoves } from './upload-moves.js';

/** Every mutation of the schema; test/model.test.ts holds this list to it. */
export const moves: Readonly<Record<string, Move>> = {
  ...collectionMoves,
  ...renderMoves,
  ...uploadMoves,
  ...generationMoves,
  ...accountMoves,
  ...billingMoves,
  ...cleanupMoves,
  ...galleryMoves,
};
