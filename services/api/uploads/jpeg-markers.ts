const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
/** Markers without a length: those between the parts of a scan, and the first and last of a file. */
const isBare = (marker: number) => (marker >= 0xd0 && marker <= 0xd8) || marker === 0x01;

/**
 * Walks the markers of a JPEG up to its end.
 *
 * @param bytes at most 10 MiB, which takes some 20 ms
 * @param scansLimit the walk ends at this many scans. A progressive JPEG may have thousands, each of some bytes, and the
 *   decoder goes through all pixels for each scan
 * @returns the number of scans, and the position behind the end marker; null if the file has none
 */
export function readJpegMarkers(bytes: Buffer, scansLimit: number): { scans: number; end: number | null } {
  let scans = 0;
  for (let at = nextMarker(bytes, 2); at >= 0 && at + 1 < bytes.length && scans < scansLimit;) {
    const marker = bytes[at + 1]!;
    // In a scan, 0xff stands for itself if a zero follows, and may be repeated before a marker.
    if (marker === 0 || isBare(marker)) at = nextMarker(bytes, at + 2);
    else if (marker === 0xff) at += 1;
    else if (marker === END_OF_IMAGE) return { scans, end: at + 2 };
    else if (at + 3 >= bytes.length) break;
    else {
      if (marker === START_OF_SCAN) scans += 1;
      at = nextMarker(bytes, at + 2 + bytes.readUInt16BE(at + 2));
    }
  }
  return { scans, end: null };
}

/** A loop, because `indexOf` is slow for bytes that come every other byte. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) if (bytes[at] === 0xff) return at;
  return -1;
}
