/** So many files are copied at once. */
export const copiesAtATime = 8;

/** Work that is done a few at a time. */
export interface Lanes {
  /** Begins a piece of work as soon as a lane is free. @throws what an earlier one failed with. */
  add(work: () => Promise<void>): Promise<void>;
  /** Resolves when all of it is done. @throws the first failure, when nothing is under way any more. */
  done(): Promise<void>;
}

/** A disk answers several waits for it in about the time of one. */
export function createLanes(count: number): Lanes {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];

  function refuseFurther(): void {
    if (failures.length > 0) throw failures[0];
  }

  return {
    async add(work) {
      while (underWay.size >= count) await Promise.race(underWay);
      refuseFurther();
      const piece = work()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => underWay.delete(piece));
      underWay.add(piece);
    },
    async done() {
      await Promise.all(underWay);
      refuseFurther();
    },
  };
}
