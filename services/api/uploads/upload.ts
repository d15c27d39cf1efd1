import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import pLimit from "p-limit";
import { call, type Caller } from "../../../contract/call.ts";
import { type MediaRecord, type NewMedia, previewKey } from "../../../contract/records.ts";
import { UnavailableError } from "../../../lib/errors.ts";
import type { Node } from "../../../seams/node.ts";
import { prepareImage } from "./image.ts";
import { kindOf, type MediaType } from "./media-types.ts";
import { drawPoster } from "./poster.ts";
import { receiveUpload } from "./receive.ts";
import { createUploadFolder } from "./upload-folder.ts";
import { inspectVideo } from "./video.ts";

/** Each decoder takes one of Node's four threads, and up to 200 MB. */
const DECODERS_LIMIT = 2;
/** Two decoders work through this many pictures in about ten seconds. */
const DECODER_QUEUE_LIMIT = 100;

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
  const decoders = pLimit(DECODERS_LIMIT);

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

  /** @throws the refusals of {@link receiveUpload}, the decoders and the quota; UnavailableError if too many wait */
  return (caller: Caller, ownerId: string, req: IncomingMessage): Promise<MediaRecord> =>
    withPaths(async ({ received, prepared }) => {
      const { type, bytes, alt } = await receiveUpload(req.headers, req, received);
      if (decoders.pendingCount >= DECODER_QUEUE_LIMIT) {
        throw new UnavailableError("Too many pictures are waiting to be decoded");
      }
      const file = await decoders(() =>
        kindOf(type) === "video" ? prepareVideo(received, type, bytes) : preparePicture(received, prepared, type),
      );
      return store(caller, ownerId, alt, file);
    });
}

/** A video is stored as it was received. */
async function prepareVideo(path: string, contentType: MediaType, bytes: number): Promise<Prepared> {
  const { width, height, duration } = await inspectVideo(path, contentType);
  const preview = await drawPoster(width, height);
  const info: FileInfo = { type: "video", contentType, width, height, bytes, previewBytes: preview.length };
  return { path, preview, info: { ...info, ...(duration !== null && { duration }) } };
}

/** A picture is re-encoded, from `source` to `target`. */
async function preparePicture(source: string, target: string, contentType: MediaType): Promise<Prepared> {
  const { preview, ...made } = await prepareImage(source, target, contentType);
  return { path: target, preview, info: { type: "image", contentType, ...made, previewBytes: preview.length } };
}
