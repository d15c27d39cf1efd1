import { LIMIT_BYTES, MEBIBYTE } from "../../../contract/media-limits.ts";
import { say } from "../store/messages.ts";
import { type Attachment, IMAGES, VIDEOS } from "./attachments.ts";
import { addToDraft, draft } from "./draft.ts";
import { isHeic } from "./heic.ts";
import { isReadable } from "./kept.ts";
import { randomKey } from "./random.ts";
import { readPicture } from "./read-picture.ts";
import { readVideo } from "./read-video.ts";
import { uploaded } from "./uploads.ts";

const MOST_PICTURES = 4;

/** Attaches picked, pasted or dropped files to a user's draft. A toast explains each file that is refused. */
export async function attachFiles(files: readonly File[], id: string, userId: string): Promise<void> {
  for (const file of files) {
    try {
      const reason = draft.value.id === id && refusal(file, draft.value.attachments);
      if (reason) throw new Error(reason);
      const added = await attach(file);
      await addToDraft(id, userId, added);
      // If this upload fails, sending the tweet starts another.
      if (draft.value.id === id) uploaded(added).catch(() => undefined);
    } catch (error) {
      say(error instanceof Error ? error.message : "This file can't be read.", "failed");
    }
  }
}

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
function refusal(file: File, others: readonly Attachment[]): string | null {
  const reason = fileRefusal(file);
  if (reason) return reason;
  const withVideo = others.some(({ kind }) => kind === "video");
  if (withVideo || (VIDEOS.includes(file.type) && others.length > 0))
    return "A tweet can have up to four pictures or one video.";
  if (others.length >= MOST_PICTURES) return "A tweet can have up to four pictures.";
  return null;
}

/** Measures a file. @throws Error for the user, when it can't be read, or when the server would refuse it */
async function attach(picked: File): Promise<Attachment> {
  if (!(await isReadable(picked))) throw new Error("This file can't be read.");
  const kind = VIDEOS.includes(picked.type) ? "video" : "image";
  const read = kind === "video" ? { file: picked, ...(await readVideo(picked)) } : await readPicture(picked);
  const reason = fileRefusal(read.file);
  if (reason) throw new Error(reason);
  return { id: randomKey(), kind, name: read.file.name, alt: "", ...read };
}
