import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { call, type Caller } from "../../../contract/call.ts";
import { type MediaRecord, previewKey } from "../../../contract/records.ts";
import type { Node } from "../../../seams/node.ts";
import { createDecoder } from "./decoder.ts";
import { createDiskSpace } from "./disk-space.ts";
import { isPicture } from "./media-types.ts";
import { createPreparation, type Prepared } from "./prepare.ts";
import { createTurns } from "./turns.ts";
import { receiveUpload } from "./receive.ts";
import { createUploadFolder } from "./upload-folder.ts";

/**
 * Uploads that a node receives at a time: each has a connection and a file open. A tweet has up to four pictures, which
 * clients upload at once. Further uploads of a user wait, and their bytes are not read meanwhile.
 */
const UPLOADS_AT_ONCE = { atOnce: 100, perUser: 4, waitingPerUser: 20, waiting: 200 };
/**
 * Makes the function that receives an upload, on the node that the client is connected to. Gateways receive uploads
 * themselves, because the bytes must not cross the message bus: the bytes go from the request to this node's disk, and
 * from there to the store.
 */
export function createUploads({ config, media }: Pick<Node, "config" | "media">) {
  const withPaths = createUploadFolder(config);
  const onDisk = createDiskSpace();
  const uploads = createTurns(UPLOADS_AT_ONCE);
  const prepare = createPreparation(createDecoder());

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
        const file = isPicture(type)
          ? await prepare.picture(ownerId, received, prepared, type)
          : await prepare.video(ownerId, received, type, poster);
        return store(caller, ownerId, alt, file);
      }),
    );
  }

  /** @throws the refusals of {@link receiveUpload}, the decoders, the quota, and {@link createTurns} */
  return (caller: Caller, ownerId: string, req: IncomingMessage): Promise<MediaRecord> =>
    uploads(ownerId, () => receive(caller, ownerId, req));
}
