import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { call, type Caller } from "../../../contract/call.ts";
import { type MediaRecord, type NewMedia, previewKey } from "../../../contract/records.ts";
import type { Node } from "../../../seams/node.ts";
import { createDiskSpace } from "./disk-space.ts";
import type { InTurn } from "./image.ts";
import { isPicture, type MediaType, type PictureType } from "./media-types.ts";
import { createTurns } from "./turns.ts";
import { posterPath, receiveUpload } from "./receive.ts";
import { createUploadFolder } from "./upload-folder.ts";
import { inspectVideo } from "./video.ts";

/**
 * Uploads that a node receives at a time: each has a connection and a file open. A tweet has up to four pictures, which
 * clients upload at once. Further uploads of a user wait, and their bytes are not read meanwhile.
 */
const UPLOADS_AT_ONCE = { atOnce: 100, perUser: 4, waitingPerUser: 20, waiting: 200 };
/**
 * Files that are decoded or inspected at a time. Each decoder takes one of Node's four threads. The two kinds have
 * limits of their own, so that neither waits for the other. The files that wait are those of the uploads above, so they
 * need no bounds of their own.
 */
const FILES_AT_ONCE = { atOnce: 2, perUser: 1, waitingPerUser: Infinity, waiting: Infinity };
/** Pictures among these that take up to 400 MB, or seconds: a light one never waits for two of them. */
const HEAVY_AT_ONCE = { ...FILES_AT_ONCE, atOnce: 1 };

/** The description of a file in the store, without the fields that the uploader gives. */
type FileInfo = Omit<NewMedia, "alt">;

/** A file that is ready for the store. */
interface Prepared {
  path: string;
  preview: Buffer;
  info: FileInfo;
}

/**
 * Makes the function that receives an upload, on the node that the client is connected to. Gateways receive uploads
 * themselves, because the bytes must not cross the message bus: the bytes go from the request to this node's disk, and
 * from there to the store.
 */
export function createUploads({ config, media }: Pick<Node, "config" | "media">) {
  const withPaths = createUploadFolder(config);
  const onDisk = createDiskSpace();
  const uploads = createTurns(UPLOADS_AT_ONCE);
  const turns = { image: createTurns(FILES_AT_ONCE), video: createTurns(FILES_AT_ONCE) };
  const heavyTurns = createTurns(HEAVY_AT_ONCE);

  async function store(caller: Caller, ownerId: string, alt: string | null, file: Prepared): Promise<MediaRecord> {
    const { id } = await call(caller, "media.begin", { ownerId, alt, ...file.info });
    try {
      await media.put(id, createReadStream(file.path), file.info.contentType);
      await media.put(previewKey(id), Readable.from([file.preview]), "image/webp");
      return await call(caller, "media.finish", { id });
    } catch (error) {
      // If this fails, too, the sweep removes the upload later.
      await call(caller, "media.abandon", { id }).catch(() => undefined);
      throw error;
    }
  }

  async function receive(caller: Caller, ownerId: string, req: IncomingMessage): Promise<MediaRecord> {
    const hasRoom = (bytes: number) => call(caller, "media.room", { ownerId, bytes });
    return withPaths(({ received, prepared }) =>
      onDisk(ownerId, hasRoom, async (admit) => {
        const { type, poster, alt } = await receiveUpload(req.headers, req, received, admit);
        const inTurn: InTurn = (isHeavy, step) => {
          const inImageTurn = () => turns.image(ownerId, step);
          return isHeavy ? heavyTurns(ownerId, inImageTurn) : inImageTurn();
        };
        const file = isPicture(type)
          ? await preparePicture(received, prepared, type, inTurn)
          : await prepareVideo(received, type, poster, { inVideoTurn: (step) => turns.video(ownerId, step), inTurn });
        return store(caller, ownerId, alt, file);
      }),
    );
  }

  /** @throws the refusals of {@link receiveUpload}, the decoders, the quota, and {@link createTurns} */
  return (caller: Caller, ownerId: string, req: IncomingMessage): Promise<MediaRecord> =>
    uploads(ownerId, () => receive(caller, ownerId, req));
}

/** A video is stored as it was received, but for what is erased in place, or cut off behind its end. */
async function prepareVideo(
  path: string,
  contentType: MediaType,
  poster: PictureType | null,
  { inVideoTurn, inTurn }: { inVideoTurn: <T>(step: () => Promise<T>) => Promise<T>; inTurn: InTurn },
): Promise<Prepared> {
  const { width, height, duration } = await inVideoTurn(() => inspectVideo(path, contentType));
  const { size: bytes } = await stat(path);
  const { drawPoster, preparePoster } = await import("./poster.ts");
  const { preview, placeholder } = poster
    ? await preparePoster(posterPath(path), poster, { width, height }, inTurn)
    : { preview: await drawPoster(width, height), placeholder: null };
  const info: FileInfo = { type: "video", contentType, width, height, bytes, previewBytes: preview.length };
  return {
    path,
    preview,
    info: { ...info, ...(duration !== null && { duration }), ...(placeholder && { placeholder }) },
  };
}

/**
 * A picture is re-encoded, from `source` to `target`. The decoder is loaded for the first one, in a tenth of a second,
 * which a start would otherwise take longer.
 */
async function preparePicture(source: string, target: string, type: PictureType, inTurn: InTurn): Promise<Prepared> {
  const { prepareImage } = await import("./image.ts");
  const { preview, ...made } = await prepareImage(source, target, type, inTurn);
  return { path: target, preview, info: { type: "image", ...made, previewBytes: preview.length } };
}
