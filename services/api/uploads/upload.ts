import { createReadStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import pLimit from "p-limit";
import { UnavailableError } from "../../../lib/errors.ts";
import { type MediaRecord, type NewMedia, previewKey } from "../../../contract/records.ts";
import { call, type Caller } from "../../../contract/call.ts";
import type { Node } from "../../../seams/node.ts";
import { prepareImage } from "./image.ts";
import { kindOf, type MediaType } from "./kinds.ts";
import { drawPoster } from "./poster.ts";
import { receiveUpload } from "./receive.ts";
import { inspectVideo } from "./video.ts";

/** Pictures decoded at once: each takes a thread of Node's four, and up to 200 MB. */
const DECODED_AT_ONCE = 2;
/** Pictures that may wait to be decoded: what two threads do in about ten seconds. */
const MOST_WAITING = 100;

/** A file that is ready to be stored. */
interface Prepared {
  path: string;
  preview: Buffer;
  info: Omit<NewMedia, "alt">;
}

/**
 * Uploads, on the node that the client is connected to: bytes go from the request to this node's disk and from there to
 * the store, and never over the message bus.
 */
export function createUploads({ config, media }: Node) {
  // In a cluster the data folder may be missing or read-only.
  const root = config.mongoUrl === undefined ? join(config.dataDir, "uploads") : join(tmpdir(), "starling-uploads");
  const folder = join(root, `${process.pid}`);
  const decoding = pLimit(DECODED_AT_ONCE);
  let ready: Promise<unknown> | null = null;

  const open = () =>
    (ready ??= removeLeftovers(root)
      .then(() => mkdir(folder, { recursive: true }))
      .catch((error: unknown) => {
        ready = null;
        throw error;
      }));

  async function prepare(path: string, type: MediaType, bytes: number): Promise<Prepared> {
    if (decoding.pendingCount >= MOST_WAITING) throw new UnavailableError("Too many pictures wait to be decoded");
    return decoding(async () => {
      if (kindOf(type) === "video") {
        const { width, height, duration } = await inspectVideo(path, type);
        const preview = await drawPoster(width, height);
        const info = { type: "video", contentType: type, width, height, bytes, previewBytes: preview.length } as const;
        return { path, preview, info: { ...info, ...(duration !== null && { duration }) } };
      }
      const target = `${path}.ready`;
      const { preview, ...made } = await prepareImage(path, target, type);
      return {
        path: target,
        preview,
        info: { type: "image", contentType: type, ...made, previewBytes: preview.length },
      };
    });
  }

  async function store(caller: Caller, ownerId: string, alt: string | null, file: Prepared): Promise<MediaRecord> {
    const { id } = await call(caller, "media.begin", { ownerId, alt, ...file.info });
    try {
      await media.put(id, createReadStream(file.path), file.info.contentType);
      await media.put(previewKey(id), Readable.from([file.preview]), "image/webp");
      return await call(caller, "media.finish", { id });
    } catch (error) {
      // Should this fail, too, it is swept later.
      await call(caller, "media.abandon", { id }).catch(() => undefined);
      throw error;
    }
  }

  /** Takes one upload in. @throws what {@link receiveUpload}, the decoders and the quota refuse */
  return async (caller: Caller, ownerId: string, req: IncomingMessage): Promise<MediaRecord> => {
    await open();
    const path = join(folder, randomUUID());
    try {
      const { type, bytes, alt } = await receiveUpload(req.headers, req, path);
      return await store(caller, ownerId, alt, await prepare(path, type, bytes));
    } finally {
      await Promise.all([rm(path, { force: true }), rm(`${path}.ready`, { force: true })]);
    }
  };
}

/** Removes what processes that were killed had begun to receive: each has a folder of its own, named by its id. */
async function removeLeftovers(root: string): Promise<void> {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const dead = names.filter((name) => Number(name) === process.pid || !isRunning(Number(name)));
  await Promise.all(dead.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
