import { signal, type Signal } from "@preact/signals";
import { LIMIT_BYTES, MEBIBYTE } from "../../../contract/media-limits.ts";
import { api } from "../api/api.ts";
import { ApiError } from "../api/request.ts";
import type { Media } from "../api/shapes.ts";
import { upload, type Upload } from "../api/upload.ts";
import { isHeic } from "./heic.ts";
import { randomKey } from "./random.ts";

/** A picture or video that the user has added to a tweet. */
export interface Attachment {
  readonly id: string;
  readonly file: Blob;
  readonly name: string;
  readonly kind: "image" | "video";
  readonly width: number;
  readonly height: number;
  readonly alt: string;
  /** A frame of a video, to show before it plays. */
  readonly poster?: Blob | null;
}

/** The state of an attachment's upload; `part` is 0 to 1. */
type Progress = { state: "idle" } | { state: "sending"; part: number } | { state: "done"; media: Media };

const MOST_PICTURES = 4;
const IMAGES = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"];
const VIDEOS = ["video/mp4", "video/quicktime", "video/webm"];
/** Apple's pickers hand over a JPEG in place of a HEIC, unless HEIC is asked for. Others would hide it without a word. */
const HEICS = /iPhone|iPad|Macintosh/.test(navigator.userAgent) ? [] : ["image/heic", "image/heif"];
/** For the file picker. */
export const ACCEPTED_PICTURES = [...IMAGES, ...HEICS].join(",");
export const ACCEPTED = [ACCEPTED_PICTURES, ...VIDEOS].join(",");

const progresses = new Map<string, Signal<Progress>>();
const uploads = new Map<string, { upload: Upload; alt: string }>();
const objectUrls = new Map<string, string>();

/** @returns why a picture or video is refused by its type or size, as a text for the user; null if it is not */
export function fileRefusal(file: File): string | null {
  const image = IMAGES.includes(file.type) || isHeic(file);
  if (!image && !VIDEOS.includes(file.type))
    return "This file type isn't supported. Use pictures (JPEG, PNG, WebP, GIF, AVIF) or videos (MP4, MOV, WebM).";
  const most = LIMIT_BYTES[image ? "image" : "video"];
  // A HEIC is converted, and then checked.
  if (isHeic(file) || file.size <= most) return null;
  return `${image ? "Pictures" : "Videos"} can be up to ${most / MEBIBYTE} MB.`;
}

/** @returns why the file can't be attached, as a text for the user; null if it can */
export function refusal(file: File, others: readonly Attachment[]): string | null {
  const reason = fileRefusal(file);
  if (reason) return reason;
  const withVideo = others.some(({ kind }) => kind === "video");
  if (withVideo || (VIDEOS.includes(file.type) && others.length > 0))
    return "A tweet can have up to four pictures or one video.";
  if (others.length >= MOST_PICTURES) return "A tweet can have up to four pictures.";
  return null;
}

/** Measures a file and starts its upload. @throws Error for the user, when the server would refuse the file */
export async function attach(picked: File): Promise<Attachment> {
  const id = randomKey();
  const kind = VIDEOS.includes(picked.type) ? "video" : "image";
  const read = await readFile(picked, kind);
  const reason = fileRefusal(read.file);
  if (reason) throw new Error(reason);
  const attachment: Attachment = { id, kind, name: read.file.name, alt: "", ...read };
  // If this upload fails, sending the tweet starts another.
  uploaded(attachment).catch(() => undefined);
  return attachment;
}

/** Measures a file, with code that is loaded for it: most visits add none. @throws Error for the user */
async function readFile(file: File, kind: Attachment["kind"]) {
  const [pictures, videos] = await Promise.all([import("./read-picture.ts"), import("./read-video.ts")]).catch(() => {
    throw new Error("The file can't be read at the moment. Check your connection and try again.");
  });
  return kind === "video" ? { file, ...(await videos.readVideo(file)) } : pictures.readPicture(file);
}

/** A URL for a preview, valid in this window until {@link release}. */
export function objectUrlOf({ id, file }: Attachment): string {
  const known = objectUrls.get(id) ?? URL.createObjectURL(file);
  objectUrls.set(id, known);
  return known;
}

export function progressOf(id: string): Signal<Progress> {
  const known = progresses.get(id) ?? signal<Progress>({ state: "idle" });
  progresses.set(id, known);
  return known;
}

/**
 * Uploads the attachment, or joins an upload that is under way, and sets its alt text.
 *
 * @throws ApiError, NetworkError
 */
export async function uploaded(attachment: Attachment): Promise<Media> {
  const { id, file, name, alt, poster } = attachment;
  const progress = progressOf(id);
  let current = uploads.get(id);
  if (!current) {
    progress.value = { state: "sending", part: 0 };
    const onProgress = (part: number) => {
      progress.value = { state: "sending", part };
    };
    current = { upload: upload({ file, name, alt, poster }, onProgress), alt };
    uploads.set(id, current);
  }
  try {
    const media = await current.upload.done;
    if (current.alt !== alt) {
      await api.describeMedia(media.id, alt);
      current.alt = alt;
    }
    progress.value = { state: "done", media };
    return media;
  } catch (error) {
    if (uploads.get(id) === current) uploads.delete(id);
    progress.value = { state: "idle" };
    // The alt text could not be added to the uploaded file, so upload the file again together with its alt text.
    if (error instanceof ApiError && [404, 405].includes(error.status) && current.alt !== alt)
      return uploaded(attachment);
    throw error;
  }
}

/** Forgets an upload that the server has deleted. The next try uploads the file again. */
export function forgetUpload(id: string): void {
  uploads.delete(id);
  progressOf(id).value = { state: "idle" };
}

/** Cancels the attachment's upload and frees its memory. */
export function release(id: string): void {
  uploads.get(id)?.upload.cancel();
  uploads.delete(id);
  progresses.delete(id);
  const url = objectUrls.get(id);
  if (url) URL.revokeObjectURL(url);
  objectUrls.delete(id);
}
