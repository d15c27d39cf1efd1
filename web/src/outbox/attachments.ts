import { api } from "../api/api.ts";
import { ApiError } from "../api/request.ts";
import type { Media } from "../api/shapes.ts";
import { upload, type Upload } from "../api/upload.ts";
import { signal, type Signal } from "../store/signal.ts";
import { randomKey } from "./random.ts";

/** A picture or video that was picked for a tweet. */
export interface Attachment {
  readonly id: string;
  readonly file: Blob;
  readonly name: string;
  readonly kind: "image" | "video";
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

/** How far an attachment's upload is. */
export type Progress = { state: "idle" } | { state: "sending"; part: number } | { state: "done"; media: Media };

export const MOST_PICTURES = 4;
const MEBIBYTE = 1024 * 1024;
const IMAGES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const VIDEOS = ["video/mp4", "video/webm"];
/** What the file picker offers. */
export const ACCEPTED = [...IMAGES, ...VIDEOS].join(",");

const progresses = new Map<string, Signal<Progress>>();
const uploads = new Map<string, { upload: Upload; alt: string }>();
const addresses = new Map<string, string>();

/** @returns what to tell people when a file can't be taken, else null */
export function refusal(file: File, others: readonly Attachment[]): string | null {
  const image = IMAGES.includes(file.type);
  if (!image && !VIDEOS.includes(file.type))
    return "Pictures (JPEG, PNG, WebP, GIF) and videos (MP4, WebM) can be added.";
  const most = image ? 10 : 100;
  if (file.size > most * MEBIBYTE) return `${image ? "A picture" : "A video"} can have up to ${most} MB.`;
  const withVideo = others.some(({ kind }) => kind === "video");
  if (withVideo || (!image && others.length > 0)) return "A tweet has up to four pictures, or one video.";
  if (others.length >= MOST_PICTURES) return "A tweet has up to four pictures.";
  return null;
}

/** Takes a file up: reads its size in pixels and begins to send it. @throws when the browser can't read it */
export async function attach(file: File): Promise<Attachment> {
  const id = randomKey();
  const kind = file.type.startsWith("image/") ? "image" : "video";
  const address = URL.createObjectURL(file);
  addresses.set(id, address);
  const size = await (kind === "image" ? sizeOfImage(address) : sizeOfVideo(address));
  const attachment: Attachment = { id, file, name: file.name, kind, ...size, alt: "" };
  // Should it fail, it is tried again when the tweet is sent.
  uploaded(attachment).catch(() => undefined);
  return attachment;
}

/** An address at which the attachment can be shown here. */
export function addressOf({ id, file }: Attachment): string {
  const known = addresses.get(id) ?? URL.createObjectURL(file);
  addresses.set(id, known);
  return known;
}

export function progressOf(id: string): Signal<Progress> {
  const known = progresses.get(id) ?? signal<Progress>({ state: "idle" });
  progresses.set(id, known);
  return known;
}

/**
 * Sends the attachment, or waits for it where it is on the way, and describes it.
 *
 * @throws what a request throws
 */
export async function uploaded(attachment: Attachment): Promise<Media> {
  const { id, file, name, alt } = attachment;
  const progress = progressOf(id);
  let current = uploads.get(id);
  if (!current) {
    progress.set({ state: "sending", part: 0 });
    current = { upload: upload(file, name, alt, (part) => progress.set({ state: "sending", part })), alt };
    uploads.set(id, current);
  }
  try {
    const media = await current.upload.done;
    if (current.alt !== alt) {
      await api.describeMedia(media.id, alt);
      current.alt = alt;
    }
    progress.set({ state: "done", media });
    return media;
  } catch (error) {
    if (uploads.get(id) === current) uploads.delete(id);
    progress.set({ state: "idle" });
    // A server that can't describe what is there takes it again with its description.
    if (error instanceof ApiError && [404, 405].includes(error.status) && current.alt !== alt)
      return uploaded(attachment);
    throw error;
  }
}

/** Forgets what was sent: the server no longer has it. */
export function forgetUpload(id: string): void {
  uploads.delete(id);
  progressOf(id).set({ state: "idle" });
}

/** The attachment is not needed any more. */
export function release(id: string): void {
  uploads.get(id)?.upload.cancel();
  uploads.delete(id);
  progresses.delete(id);
  const address = addresses.get(id);
  if (address) URL.revokeObjectURL(address);
  addresses.delete(id);
}

function sizeOfImage(address: string): Promise<{ width: number; height: number }> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth || 1, height: image.naturalHeight || 1 });
    image.onerror = () => reject(new Error("This picture can't be read."));
    image.src = address;
  });
}

function sizeOfVideo(address: string): Promise<{ width: number; height: number }> {
  return new Promise((resolve) => {
    const video = document.createElement("video");
    video.preload = "metadata";
    video.onloadedmetadata = () => resolve({ width: video.videoWidth || 16, height: video.videoHeight || 9 });
    // Not every browser plays every video; whether it is one, the server knows.
    video.onerror = () => resolve({ width: 16, height: 9 });
    video.src = address;
  });
}
