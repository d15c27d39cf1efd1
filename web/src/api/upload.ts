import { NetworkError, readReply } from "./request.ts";
import type { Media } from "./shapes.ts";

/** A running upload. */
export interface Upload {
  readonly done: Promise<Media>;
  cancel(): void;
}

interface UploadedFile {
  file: Blob;
  name: string;
  alt?: string;
  /** A frame of a video, as a picture. */
  poster?: Blob | null | undefined;
}

/**
 * Uploads a picture or video. XMLHttpRequest reports the progress of an upload, and fetch does not.
 *
 * @param onProgress gets the part that has been sent, 0 to 1
 */
export function upload({ file, name, alt = "", poster }: UploadedFile, onProgress: (part: number) => void): Upload {
  const xhr = new XMLHttpRequest();
  const done = new Promise<Media>((resolve, reject) => {
    xhr.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    xhr.addEventListener("load", () => {
      try {
        resolve(readReply<Media>(xhr.status, xhr.responseText, (header) => xhr.getResponseHeader(header)));
      } catch (error) {
        reject(error instanceof Error ? error : new NetworkError());
      }
    });
    for (const failure of ["error", "timeout", "abort"]) {
      xhr.addEventListener(failure, () => reject(new NetworkError()));
    }
  });
  const form = new FormData();
  // The alt text comes before the file, since the server reads the form as a stream.
  if (alt !== "") form.set("alt", alt);
  if (poster) form.set("poster", poster, "poster.jpg");
  form.set("file", file, name);
  xhr.open("POST", "/media");
  xhr.setRequestHeader("accept", "application/json");
  xhr.send(form);
  return { done, cancel: () => xhr.abort() };
}
