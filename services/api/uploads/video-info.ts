/** Pixels on the screen. */
export interface Size {
  width: number;
  height: number;
}

/** The description of a video by its container. Width and height are those on the screen, after any rotation. */
export interface VideoInfo extends Size {
  /** In seconds; null if the container does not state it, as in browser recordings. */
  duration: number | null;
}

/**
 * The size on the screen of pictures whose pixels are not square. As browsers do, makes the picture larger on one side,
 * never smaller.
 *
 * @param shape the width of a pixel divided by its height; ignored unless it is a positive number
 */
export function stretch({ width, height }: Size, shape: number): Size {
  if (!Number.isFinite(shape) || shape <= 0) return { width, height };
  return shape >= 1 ? { width: Math.round(width * shape), height } : { width, height: Math.round(height / shape) };
}
