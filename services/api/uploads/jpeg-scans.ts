import { readFile } from "node:fs/promises";

const START_OF_SCAN = 0xda;
/** Markers without a length: the first and the last of a file, and those between the parts of a scan. */
const isBare = (marker: number) => (marker >= 0xd0 && marker <= 0xd9) || marker === 0x01;

/**
 * Counts the scans of a JPEG, up to a limit. A progressive JPEG may have thousands, each of some bytes, and the decoder
 * goes through all pixels for each scan.
 */
export async function countJpegScans(path: string, limit: number): Promise<number> {
  // Pictures have at most 10 MiB, which takes some 20 ms to go through.
  const bytes = await readFile(path);
  let scans = 0;
  for (let at = bytes.indexOf(0xff); at >= 0 && at + 3 < bytes.length && scans < limit;) {
    const marker = bytes[at + 1]!;
    // In a scan, 0xff stands for itself if a zero follows, and may be repeated before a marker.
    if (marker === 0 || isBare(marker)) at = nextMarker(bytes, at + 2);
    else if (marker === 0xff) at += 1;
    else {
      if (marker === START_OF_SCAN) scans += 1;
      at = nextMarker(bytes, at + 2 + bytes.readUInt16BE(at + 2));
    }
  }
  return scans;
}

/** A loop, because `indexOf` is slow for bytes that come every other byte. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) if (bytes[at] === 0xff) return at;
  return -1;
}
