import sharp, { type Sharp } from "sharp";

/** The longest side of a preview: sharp in two columns on a phone, even on a dense screen. */
export const PREVIEW_SIDE_PX = 800;
/** The longest side of a placeholder, which then takes about 100 bytes as WebP. */
const PLACEHOLDER_SIDE_PX = 16;

export interface Preview {
  /** A WebP. */
  preview: Buffer;
  /** A tiny picture as a `data:` URL. */
  placeholder: string;
}

/** Encodes a picture that is as large as a preview. @param limit gives each step its time limit */
export async function encodePreview(picture: Sharp, limit: (step: Sharp) => Sharp): Promise<Preview> {
  const preview = await limit(picture.webp({ quality: 75 })).toBuffer();
  const size = PLACEHOLDER_SIDE_PX;
  const tiny = sharp(preview).resize(size, size, { fit: "inside" }).webp({ quality: 20, alphaQuality: 20 });
  const placeholder = `data:image/webp;base64,${(await limit(tiny).toBuffer()).toString("base64")}`;
  return { preview, placeholder };
}
