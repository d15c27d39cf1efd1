import { encodeImage, translate } from "../../services/api/uploads/image.ts";
import { checkImage } from "../../services/api/uploads/image-check.ts";
import type { PictureType } from "../../services/api/uploads/media-types.ts";

/** Checks and encodes a picture as uploads do, but in this process. @throws InvalidError */
export async function prepareImage(source: string, target: string, type: PictureType) {
  try {
    return await encodeImage(await checkImage(source, type), source, target);
  } catch (error) {
    throw translate(error);
  }
}
