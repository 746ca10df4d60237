import { checkInput } from '../../domain/input.js';
import type { Viewer } from '../../domain/viewer.js';
import * as erasure from '../../repositories/erasure.js';
import type { Writes } from '../writes.js';

export type ErasureService = ReturnType<typeof createErasureService>;

/** How a person deletes their account. What is done behind the answer is in erasing.ts. */
export function createErasureService({
  writes,
  onHeard,
  onErased,
}: {
  writes: Writes;
  /** This process is to take nothing more from the account. */
  onHeard: (profileId: string) => void;
  /** Called after the commit: there is something to erase. */
  onErased: () => void;
}) {
  return {
    /**
     * Deletes the viewer's account. With the commit nobody can sign in to it any more, in no process, and its name,
     * address and preferences are gone; everything else follows behind the answer. A suspended account may do so as well,
     * and stays suspended: leaving lifts nothing.
     *
     * @throws InvalidInput unless it is confirmed.
     * @throws AccountDeleted for the second of two at once.
     */
    async deleteAccount(viewer: Viewer, { confirm }: { confirm: boolean }): Promise<{ readonly erasedAt: Date }> {
      const check = checkInput();
      if (!confirm) check.issue(['confirm'], 'Deleting an account cannot be taken back: confirm it with true.');
      check.done();
      const erasedAt = await writes.leave(viewer, async (tx, at) => {
        if (!(await erasure.eraseProfile(tx, viewer.id, at))) throw new Error('An account that is locked went away.');
        return at;
      });
      onHeard(viewer.id);
      onErased();
      return { erasedAt };
    },

    /** Another process, or this one, tells that an account was deleted. */
    heard: onHeard,
  };
}
