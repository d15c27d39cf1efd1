import { excessOf } from "../../../contract/media-limits.ts";
import { isHeic } from "./heic.ts";

/** A picture that the server accepts. */
interface ReadPicture {
  file: File;
  width: number;
  height: number;
}

/** The quality of a picture that this browser converts: no loss is visible, since the server encodes it once more. */
const QUALITY = 0.92;
/** The server scales pictures down to this size, so a larger one would only take longer to send. */
const CONVERTED_SIDE_PX = 4096;
const HEIC =
  "This browser can't read HEIC pictures: save it as JPEG. On an iPhone: Settings, Camera, Formats, Most Compatible.";

/**
 * Measures a picture. One that only this browser can read is converted to JPEG.
 *
 * @throws Error for the user, when the server would refuse the picture or the browser can't read it
 */
export async function readPicture(file: File): Promise<ReadPicture> {
  if (isHeic(file)) {
    return convert(file).catch(() => {
      throw new Error(HEIC);
    });
  }
  const size = await sizeOf(file);
  const frames = await framesOf(file);
  const excess = excessOf({ type: file.type, ...size, frames });
  if (excess === null) return { file, ...size };
  // Browsers decode AVIFs that are too large for the server.
  if (file.type === "image/avif" && frames === 1) return convert(file);
  throw new Error(`This picture ${excess}.`);
}

function sizeOf(file: File): Promise<{ width: number; height: number }> {
  const url = URL.createObjectURL(file);
  return new Promise<{ width: number; height: number }>((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth || 1, height: image.naturalHeight || 1 });
    image.onerror = () => reject(new Error("This picture can't be read."));
    image.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}

/** The frames of an animation; 1 where the browser can't count them, and the server will. */
async function framesOf(file: File): Promise<number> {
  if (!("ImageDecoder" in window) || file.type === "image/jpeg") return 1;
  try {
    const decoder = new ImageDecoder({ data: await file.arrayBuffer(), type: file.type });
    await Promise.all([decoder.tracks.ready, decoder.completed]);
    const frames = decoder.tracks.selectedTrack?.frameCount ?? 1;
    decoder.close();
    return frames;
  } catch {
    return 1;
  }
}

async function convert(file: File): Promise<ReadPicture> {
  const picture = await createImageBitmap(file);
  const { width, height, jpeg } = drawJpeg(picture, picture, { sidePx: CONVERTED_SIDE_PX, quality: QUALITY });
  picture.close();
  const bytes = await jpeg;
  if (!bytes) throw new Error("This picture can't be converted.");
  return { file: new File([bytes], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" }), width, height };
}

/**
 * Draws a picture of a size, at most so many pixels on a side. When this returns, the source is needed no more.
 *
 * @returns the new size, and the JPEG; null if it would have no pixels, or the browser can't make one
 */
export function drawJpeg(
  source: CanvasImageSource,
  size: { width: number; height: number },
  { sidePx, quality }: { sidePx: number; quality: number },
): { width: number; height: number; jpeg: Promise<Blob | null> } {
  const scale = Math.min(1, sidePx / Math.max(size.width, size.height));
  const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.drawImage(source, 0, 0, width, height);
  return { width, height, jpeg: new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality)) };
}
