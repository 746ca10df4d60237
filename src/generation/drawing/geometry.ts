/** A place in the picture, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One decimal keeps the file small; a tenth of a pixel is not seen. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

export const path = (points: readonly Point[]): string =>
  `M${points.map((point) => `${px(point.x)} ${px(point.y)}`).join('L')}Z`;

/** The outline around all points (Andrew's monotone chain). */
export function hull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const turn = (o: Point, a: Point, b: Point): number => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
  const half = (list: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of list) {
      for (;;) {
        const last = chain.at(-1);
        const before = chain.at(-2);
        if (last === undefined || before === undefined || turn(before, last, point) > 0) break;
        chain.pop();
      }
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** The convex outline `by` pixels farther out, its corners rounded. */
export function grown(points: readonly Point[], by: number): Point[] {
  const around = Array.from({ length: 10 }, (_, i) => (i / 10) * 2 * Math.PI);
  return hull(
    points.flatMap(({ x, y }) => around.map((angle) => ({ x: x + by * Math.cos(angle), y: y + by * Math.sin(angle) }))),
  );
}
