import { signal, type Signal } from "@preact/signals";
import { api } from "../api/api.ts";
import { ApiError } from "../api/request.ts";
import type { Media } from "../api/shapes.ts";
import { upload, type Upload } from "../api/upload.ts";
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
}

/** The state of an attachment's upload; `part` is 0 to 1. */
type Progress = { state: "idle" } | { state: "sending"; part: number } | { state: "done"; media: Media };

const MOST_PICTURES = 4;
const MEBIBYTE = 1024 * 1024;
const IMAGES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const VIDEOS = ["video/mp4", "video/webm"];
/** For the file picker. */
export const ACCEPTED = [...IMAGES, ...VIDEOS].join(",");

const progresses = new Map<string, Signal<Progress>>();
const uploads = new Map<string, { upload: Upload; alt: string }>();
const objectUrls = new Map<string, string>();

/** @returns why the file can't be attached, as a text for the user; null if it can */
export function refusal(file: File, others: readonly Attachment[]): string | null {
  const image = IMAGES.includes(file.type);
  if (!image && !VIDEOS.includes(file.type))
    return "This file type isn't supported. Use pictures (JPEG, PNG, WebP, GIF) or videos (MP4, WebM).";
  const most = image ? 10 : 100;
  if (file.size > most * MEBIBYTE) return `${image ? "Pictures" : "Videos"} can be up to ${most} MB.`;
  const withVideo = others.some(({ kind }) => kind === "video");
  if (withVideo || (!image && others.length > 0)) return "A tweet can have up to four pictures or one video.";
  if (others.length >= MOST_PICTURES) return "A tweet can have up to four pictures.";
  return null;
}

/** Measures a file and starts its upload. @throws Error when the browser can't read the picture */
export async function attach(file: File): Promise<Attachment> {
  const id = randomKey();
  const kind = file.type.startsWith("image/") ? "image" : "video";
  const url = URL.createObjectURL(file);
  objectUrls.set(id, url);
  const size = await (kind === "image" ? sizeOfImage(url) : sizeOfVideo(url));
  const attachment: Attachment = { id, file, name: file.name, kind, ...size, alt: "" };
  // If this upload fails, sending the tweet starts another.
  uploaded(attachment).catch(() => undefined);
  return attachment;
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
  const { id, file, name, alt } = attachment;
  const progress = progressOf(id);
  let current = uploads.get(id);
  if (!current) {
    progress.value = { state: "sending", part: 0 };
    const onProgress = (part: number) => {
      progress.value = { state: "sending", part };
    };
    current = { upload: upload(file, name, alt, onProgress), alt };
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

function sizeOfImage(url: string): Promise<{ width: number; height: number }> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth || 1, height: image.naturalHeight || 1 });
    image.onerror = () => reject(new Error("This picture can't be read."));
    image.src = url;
  });
}

function sizeOfVideo(url: string): Promise<{ width: number; height: number }> {
  return new Promise((resolve) => {
    const video = document.createElement("video");
    video.preload = "metadata";
    video.onloadedmetadata = () => resolve({ width: video.videoWidth || 16, height: video.videoHeight || 9 });
    // This browser may lack the codec. The server decides whether the file is a video.
    video.onerror = () => resolve({ width: 16, height: 9 });
    video.src = url;
  });
}
