import { type Apng, readApng } from "./apng.ts";
import { fileError } from "./file-error.ts";
import { completeGif } from "./gif-blocks.ts";
import { readJpegMarkers } from "./jpeg-markers.ts";
import type { PictureType } from "./media-types.ts";
import { holds, readChunks, readHeader, rowBytes, writeChunks } from "./png-chunks.ts";
import { completeWebp } from "./webp-chunks.ts";

/** Programs write at most about twenty. */
const SCANS_LIMIT = 64;

/** A picture whose file ends where it should. */
export interface Complete {
  bytes: Buffer;
  /** Whether a JPEG is decoded as a whole, because its pixels are spread over the file. */
  hasScans?: boolean;
  apng?: Apng;
  /** Whether all pixels are there, though the file breaks off: decoders complain, but need no more. */
  isLenient?: boolean;
}

/**
 * Gives a picture the end that its file lacks, as browsers do, and cuts off what stands behind its end. Whether pixels
 * are missing is for the decoder to find out.
 *
 * @throws InvalidError for a picture that no decoder should get
 */
export async function completePicture(bytes: Buffer, type: PictureType): Promise<Complete> {
  if (type === "image/jpeg") return completeJpeg(bytes);
  if (type === "image/png") return completePng(bytes);
  if (type === "image/gif") return { bytes: completeGif(bytes) };
  return { bytes: type === "image/webp" && bytes.length > 12 ? completeWebp(bytes) : bytes };
}

function completeJpeg(bytes: Buffer): Complete {
  const { scans, end } = readJpegMarkers(bytes, SCANS_LIMIT);
  if (scans >= SCANS_LIMIT) throw fileError(`has ${SCANS_LIMIT} or more scans, more than a picture needs`);
  const hasScans = scans > 1;
  if (end !== null) return { bytes: bytes.subarray(0, end), hasScans };
  // A cut may leave the first byte of a marker.
  const broken = bytes.at(-1) === 0xff ? bytes.subarray(0, -1) : bytes;
  return { bytes: Buffer.concat([broken, Buffer.from([0xff, 0xd9])]), hasScans };
}

async function completePng(bytes: Buffer): Promise<Complete> {
  const chunks = readChunks(bytes);
  const apng = readApng(chunks);
  if (apng) return { bytes, apng };
  const last = chunks.at(-1);
  const header = readHeader(chunks);
  if (!header || !last || last.type === "IEND") return { bytes };
  const kept = last.isWhole || last.type === "IDAT" ? chunks : chunks.slice(0, -1);
  const pixels = kept.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  return {
    bytes: writeChunks(kept),
    isLenient: await holds(pixels, rowBytes(header)),
  };
}
