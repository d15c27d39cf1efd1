/** What a container says of its video: as it is to be shown, after turning. */
export interface VideoInfo {
  width: number;
  height: number;
  /** Seconds; null where the container does not tell, as with a recording of a browser. */
  duration: number | null;
}
