import { effect, signal, type Signal } from "@preact/signals";
import { api } from "../api/api.ts";
import { ApiError } from "../api/request.ts";
import type { Media } from "../api/shapes.ts";
import { upload, type Upload } from "../api/upload.ts";
import type { Attachment } from "./attachments.ts";
import { draft } from "./draft.ts";
import { outbox } from "./entries.ts";
import { isReadable } from "./kept.ts";

/** The state of an attachment's upload; `part` is 0 to 1. Lost: its file can't be read any more. */
type Progress =
  { state: "idle" } | { state: "sending"; part: number } | { state: "done"; media: Media } | { state: "lost" };

/** A tweet can't be sent as it is, for a reason that the client has found out. The message is for the user. */
export class UnsendableError extends Error {
  override readonly name = "UnsendableError";
}

const progresses = new Map<string, Signal<Progress>>();
const uploads = new Map<string, { upload: Upload; alt: string }>();
const objectUrls = new Map<string, string>();

/** A URL for a preview, valid in this window as long as the attachment is in the draft or the outbox. */
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
 * @throws UnsendableError when the file can't be read any more; ApiError, NetworkError
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
    // To the browser, an upload of a file that it can't read is one that failed on the network.
    if (error instanceof ApiError || (await isReadable(file))) throw error;
    progress.value = { state: "lost" };
    throw new UnsendableError(
      `The file ${name} can't be read any more: it was changed, moved or deleted. Choose Edit to remove it or add it again.`,
    );
  }
}

/** Forgets an upload that the server has deleted. The next try uploads the file again. */
export function forgetUpload(id: string): void {
  uploads.delete(id);
  progressOf(id).value = { state: "idle" };
}

// Cancels the uploads of attachments that are neither in the draft nor in the outbox any more, and frees their memory.
effect(() => {
  const inUse = new Set([draft.value, ...outbox.value].flatMap(({ attachments }) => attachments.map(({ id }) => id)));
  const isGone = (id: string) => !inUse.has(id);
  for (const id of [...uploads.keys()].filter(isGone)) {
    uploads.get(id)?.upload.cancel();
    uploads.delete(id);
  }
  for (const id of [...objectUrls.keys()].filter(isGone)) {
    URL.revokeObjectURL(objectUrls.get(id) ?? "");
    objectUrls.delete(id);
  }
  for (const id of [...progresses.keys()].filter(isGone)) progresses.delete(id);
});
