import { z } from "zod";
import { isCompleteFile } from "../../seams/files/disk.ts";

// An archive is a tar file, gzipped if its name says so. Its entries are, in this order: the manifest, the database, the
// media, and the digest. `tar tf` lists them.

export const MANIFEST = "starling-backup.json";
export const DATABASE = "starling.sqlite";
export const DIGEST = "sha256";
const MEDIA_PREFIX = "media/";

/** The unit of tar. */
export const BLOCK_BYTES = 512;
/** Files are read in parts of this size. */
export const READ_BYTES = 1024 * 1024;

const FORMAT = "starling-backup";
/** Grows when older versions can't restore an archive any more. */
const VERSION = 1;

const bytes = z.int().nonnegative();

const manifest = z.object({
  createdAt: z.iso.datetime(),
  databaseBytes: bytes,
  mediaFiles: bytes,
  mediaBytes: bytes,
});

/** What an archive says of itself, before everything else. */
export type Manifest = z.infer<typeof manifest>;

/** The file is no archive of ours, or it is damaged; the message says which. */
export class ArchiveError extends Error {
  override name = "ArchiveError";
}

export function printManifest(content: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify({ format: FORMAT, version: VERSION, ...content }, null, 2)}\n`);
}

/** @throws ArchiveError */
export function parseManifest(text: string): Manifest {
  let content: Record<string, unknown> | null;
  try {
    content = JSON.parse(text) as typeof content;
  } catch {
    throw new ArchiveError("its manifest is not JSON");
  }
  if (content?.["format"] !== FORMAT) throw new ArchiveError("it is no backup of Starling");
  const version = content["version"];
  if (typeof version === "number" && version > VERSION) {
    throw new ArchiveError("a newer version of Starling made it; restore it with that version");
  }
  const parsed = manifest.safeParse(content);
  if (!parsed.success || version !== VERSION) throw new ArchiveError("its manifest is damaged");
  return parsed.data;
}

/** The name of a medium's file within the archive. @param key in the media store */
export function mediaName(key: string): string {
  return MEDIA_PREFIX + key;
}

/** The key of a medium's file; null when the name is not that of one. */
export function mediaKey(name: string): string | null {
  const key = name.startsWith(MEDIA_PREFIX) ? name.slice(MEDIA_PREFIX.length) : "";
  return isCompleteFile(key) ? key : null;
}
