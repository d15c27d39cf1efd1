import { drawJpeg } from "./read-picture.ts";

interface ReadVideo {
  width: number;
  height: number;
  /** A frame, to show before the video plays; null if this browser can't decode one. */
  poster: Blob | null;
}

/** The longest side of a poster: the server keeps no larger one. */
const POSTER_SIDE_PX = 800;
const POSTER_QUALITY = 0.8;
/** Many videos begin with a black frame, so the poster is taken from here, or the middle of a shorter video. */
const POSTER_AT_SECONDS = 1;
/** A browser that has no frame by then goes on without a poster. */
const PATIENCE_MS = 5000;

/** Measures a video and takes its poster. A browser may lack the codec: the server decides whether the file is a video. */
export async function readVideo(file: File): Promise<ReadVideo> {
  const url = URL.createObjectURL(file);
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, preload: "auto" });
  try {
    video.src = url;
    await happens(video, "loadedmetadata");
    const [width, height] = [video.videoWidth || 16, video.videoHeight || 9];
    return { width, height, poster: await takePoster(video).catch(() => null) };
  } catch {
    return { width: 16, height: 9, poster: null };
  } finally {
    video.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}

async function takePoster(video: HTMLVideoElement): Promise<Blob | null> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) await happens(video, "loadeddata");
  // Recordings of browsers don't state their duration.
  const duration = Number.isFinite(video.duration) ? video.duration : 0;
  const at = Math.min(POSTER_AT_SECONDS, duration / 2);
  if (at > 0) {
    video.currentTime = at;
    await happens(video, "seeked");
  }
  const size = { width: video.videoWidth, height: video.videoHeight };
  return drawJpeg(video, size, { sidePx: POSTER_SIDE_PX, quality: POSTER_QUALITY }).jpeg;
}

/** Waits for an event of the video. @throws Error when the video can't be played, or nothing happens */
function happens(video: HTMLVideoElement, event: "loadedmetadata" | "loadeddata" | "seeked"): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event}`)), PATIENCE_MS);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      outcome();
    };
    video.addEventListener(event, () => settle(resolve), { once: true });
    video.addEventListener("error", () => settle(() => reject(new Error("not playable"))), { once: true });
  });
}
