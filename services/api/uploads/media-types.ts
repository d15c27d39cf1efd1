import { LIMIT_BYTES, MEBIBYTE } from "../../../contract/media-limits.ts";
import { RefusedError } from "../../../lib/errors.ts";

/** The media types of pictures in the store. */
export type StoredPictureType = "image/jpeg" | "image/png" | "image/webp" | "image/gif";
/** The media types of accepted pictures. */
export type PictureType = StoredPictureType | "image/avif";
/** The media types of accepted uploads. */
export type MediaType = PictureType | "video/mp4" | "video/webm";

/** {@link detectType} looks at this many bytes at the beginning of a file. */
export const HEAD_BYTES = 64;

/** Types that are not accepted, with names for the message to the uploader. */
const LOOKALIKES: [RegExp, string][] = [
  [/^PK\W\W/, "a ZIP archive or an office document"],
  [/^%PDF/, "a PDF"],
  [/^\s*(<\?xml[^>]*>\s*)?(<!--.*-->\s*)*<svg/is, "an SVG, which is not accepted because it can contain programs"],
  [/^\s*(<\?xml|<!doctype|<html|<script|<!--)/i, "a web page or XML"],
  [/^BM/, "a BMP picture"],
  [/^(II\*\0|MM\0\*)/, "a TIFF picture"],
  [/^RIFF.{4}AVI /s, "an AVI video"],
  [/^(ID3|OggS|fLaC|RIFF.{4}WAVE)/s, "a sound file"],
  [/^MZ|^\x7fELF/, "a program"],
];

/**
 * Detects the type of a file by its first bytes. The file name and the client's Content-Type are ignored, because
 * a client can put anything there.
 *
 * @param head the first {@link HEAD_BYTES}, or the whole of a shorter file
 * @throws RefusedError 415 that names the accepted types and the apparent type of this file
 */
export function detectType(head: Buffer): MediaType {
  const text = head.toString("latin1");
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "image/webp";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "image/gif";
  if (text.startsWith("\x1a\x45\xdf\xa3")) return "video/webm";
  if (text.slice(4, 8) === "ftyp") return detectMp4(text);
  const looks = LOOKALIKES.find(([pattern]) => pattern.test(text))?.[1];
  throw unsupported(looks ?? "of another type");
}

/** HEIC and AVIF pictures share the container of MP4. The brands tell them apart. QuickTime is an older form of MP4. */
function detectMp4(text: string): MediaType {
  // The main brand, a version, and the brands of all programs that can read the file.
  const [main, , ...others] = text.slice(8, Math.max(16, text.charCodeAt(3))).match(/.{4}/gs) ?? [];
  const brands = [main, ...others];
  if (brands.includes("avis")) throw unsupported("an animated AVIF: save it as an animated WebP, or as a video");
  if (brands.includes("avif")) return "image/avif";
  if (/^(hei[cxms]|hev[cxms]|heif|mif1|msf1)$/.test(main ?? "")) {
    throw unsupported("a HEIC picture: save it as JPEG. On an iPhone: Settings, Camera, Formats, Most Compatible");
  }
  return "video/mp4";
}

function unsupported(what: string): RefusedError {
  return new RefusedError(
    `Pictures (JPEG, PNG, WebP, GIF, AVIF) and videos (MP4, MOV, WebM) are accepted; this file is ${what}`,
    415,
    "UNSUPPORTED_MEDIA",
  );
}

export function isPicture(type: MediaType): type is PictureType {
  return type.startsWith("image/");
}

export function kindOf(type: MediaType): "image" | "video" {
  return isPicture(type) ? "image" : "video";
}

const NAMES = { image: "A picture", video: "A video", poster: "A poster" } as const;

/** An error 413 that names the largest size of the kind. */
export function tooLarge(kind: keyof typeof LIMIT_BYTES): RefusedError {
  const most = `${LIMIT_BYTES[kind] / MEBIBYTE} MiB`;
  return new RefusedError(`${NAMES[kind]} may be at most ${most} large`, 413, "TOO_LARGE");
}
