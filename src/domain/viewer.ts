import { Unauthenticated } from './errors.js';

/** Who asks: a signed-in person, as the token says. Role and status are read from the database when they matter. */
export interface Viewer {
  /** The profile's id. */
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}

/** Null is an anonymous caller. */
export type MaybeViewer = Viewer | null;

/** @throws Unauthenticated for an anonymous caller. */
export function signedIn(viewer: MaybeViewer): Viewer {
  if (viewer === null) throw new Unauthenticated();
  return viewer;
}
