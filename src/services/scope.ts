import type { Scope } from '../database/scope.js';
import type { MaybeViewer } from '../domain/viewer.js';

/** The scope that a caller's statements run in. */
export function scopeOf(viewer: MaybeViewer): Scope {
  return viewer === null ? { kind: 'anonymous' } : { kind: 'viewer', id: viewer.id };
}
