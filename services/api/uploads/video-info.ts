/** The description of a video by its container. Width and height are those on the screen, after any rotation. */
export interface VideoInfo {
  width: number;
  height: number;
  /** In seconds; null if the container does not state it, as in browser recordings. */
  duration: number | null;
}
