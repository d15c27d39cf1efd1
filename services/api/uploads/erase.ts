import type { VideoFile } from "./video-file.ts";

/** Bytes to overwrite, from `at` to `end`: with zeros, or with `bytes`. */
export interface Erasure {
  at: number;
  end: number;
  bytes?: Buffer;
}

/** The file is overwritten in steps of this size, so that thousands of small erasures take few writes. */
const WINDOW_BYTES = 1024 * 1024;

/** Carries out erasures. The size of the file, and the place of everything else in the file, stay as they are. */
export async function erase(file: VideoFile, erasures: Erasure[]): Promise<void> {
  const sorted = erasures.filter(({ at, end }) => at < end).sort((one, other) => one.at - other.at);
  let window: Buffer | null = null;
  let windowAt = 0;
  const flush = async () => {
    if (window) await file.write(windowAt, window);
    window = null;
  };
  for (const erasure of sorted) {
    for (let at = erasure.at; at < erasure.end;) {
      if (!window || at >= windowAt + window.length) {
        await flush();
        window = await file.readBlock(at, Math.min(WINDOW_BYTES, file.size - at));
        windowAt = at;
        if (window.length === 0) return;
      }
      const end = Math.min(erasure.end, windowAt + window.length);
      if (erasure.bytes) erasure.bytes.copy(window, at - windowAt, at - erasure.at, end - erasure.at);
      else window.fill(0, at - windowAt, end - windowAt);
      at = end;
    }
  }
  await flush();
}
