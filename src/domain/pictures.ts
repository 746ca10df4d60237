/** Three columns of a phone at three device pixels to one of its own. A smaller picture is its own thumbnail. */
export const thumbnailWidth = 384;

/** The measures of a picture's thumbnail, in pixels. */
export function thumbnailSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
  return width <= thumbnailWidth
    ? { width, height }
    : { width: thumbnailWidth, height: Math.max(1, Math.round((height * thumbnailWidth) / width)) };
}
