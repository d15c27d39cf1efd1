import { stat } from "node:fs/promises";
import type { NewMedia } from "../../../contract/records.ts";
import { type FieldError, InvalidError } from "../../../lib/errors.ts";
import type { Decode } from "./decoder.ts";
import type { CheckedImage } from "./image-check.ts";
import type { MediaType, PictureType } from "./media-types.ts";
import type { Preview } from "./preview.ts";
import { posterPath } from "./receive.ts";
import { createTurns } from "./turns.ts";
import { inspectVideo } from "./video.ts";
import type { Size } from "./video-info.ts";

/** The description of a file in the store, without the fields that the uploader gives. */
type FileInfo = Omit<NewMedia, "alt">;

/** A file that is ready for the store. */
export interface Prepared {
  path: string;
  preview: Buffer;
  info: FileInfo;
}

/**
 * Files that are decoded or inspected at a time. The two kinds have limits of their own, so that neither waits for the
 * other. The files that wait belong to uploads, which are bounded, so they need no bounds of their own.
 */
const FILES_AT_ONCE = { atOnce: 2, perUser: 1, waitingPerUser: Infinity, waiting: Infinity };
/** Pictures among these that take up to 400 MB, or seconds: a light one never waits for two of them. */
const HEAVY_AT_ONCE = { ...FILES_AT_ONCE, atOnce: 1 };

/** Makes the functions that check and change received files until the store may have them. */
export function createPreparation(decode: Decode) {
  const pictureTurns = createTurns(FILES_AT_ONCE);
  const heavyTurns = createTurns(HEAVY_AT_ONCE);
  const videoTurns = createTurns(FILES_AT_ONCE);

  /** Checks a picture, then decodes it when its turn comes. */
  async function decoded<T>(
    ownerId: string,
    [path, type]: [string, PictureType],
    step: (image: CheckedImage) => Promise<T>,
  ): Promise<T> {
    const image = await pictureTurns(ownerId, () => decode("checkImage", path, type));
    const inTurn = () => pictureTurns(ownerId, () => step(image));
    return image.isHeavy ? heavyTurns(ownerId, inTurn) : inTurn();
  }

  /** @throws InvalidError under the field `poster` */
  async function poster(ownerId: string, path: string, type: PictureType, video: Size): Promise<Preview> {
    try {
      return await decoded(ownerId, [path, type], (image) => decode("encodePoster", image, path, video));
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      const { errors } = error.data as { errors: FieldError[] };
      throw new InvalidError(errors.map(({ message }) => ({ field: "poster", message })));
    }
  }

  return {
    /** A picture is re-encoded, from `source` to `target`. @throws InvalidError, UnavailableError */
    async picture(ownerId: string, source: string, target: string, type: PictureType): Promise<Prepared> {
      const { preview, ...made } = await decoded(ownerId, [source, type], (image) =>
        decode("encodeImage", image, source, target),
      );
      return { path: target, preview, info: { type: "image", ...made, previewBytes: preview.length } };
    },

    /**
     * A video is stored as it was received, but for what is erased in place, or cut off behind its end.
     *
     * @throws InvalidError, UnavailableError
     */
    async video(
      ownerId: string,
      path: string,
      contentType: MediaType,
      posterType: PictureType | null,
    ): Promise<Prepared> {
      const { width, height, duration } = await videoTurns(ownerId, () => inspectVideo(path, contentType));
      const { preview, placeholder } = posterType
        ? await poster(ownerId, posterPath(path), posterType, { width, height })
        : { preview: await decode("drawPoster", width, height), placeholder: undefined };
      const { size: bytes } = await stat(path);
      const info: FileInfo = { type: "video", contentType, width, height, bytes, previewBytes: preview.length };
      return {
        path,
        preview,
        info: { ...info, ...(duration !== null && { duration }), ...(placeholder && { placeholder }) },
      };
    },
  };
}
