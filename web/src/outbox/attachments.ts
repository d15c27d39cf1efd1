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

export const IMAGES = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"];
export const VIDEOS = ["video/mp4", "video/quicktime", "video/webm"];
/** Apple's pickers hand over a JPEG in place of a HEIC, unless HEIC is asked for. Others would hide it without a word. */
const HEICS = /iPhone|iPad|Macintosh/.test(navigator.userAgent) ? [] : ["image/heic", "image/heif"];
/** For the file picker. */
export const ACCEPTED_PICTURES = [...IMAGES, ...HEICS].join(",");
export const ACCEPTED = [ACCEPTED_PICTURES, ...VIDEOS].join(",");
