import { type FileHandle, open } from "node:fs/promises";

/** A file that can be read at any position. */
export interface RandomAccess {
  readonly size: number;
  /** Reads `length` bytes from position `at`; fewer at the end of the file. */
  read(at: number, length: number): Promise<Buffer>;
}

/** Opens a file for random access while `use` runs. */
export async function withRandomAccess<T>(path: string, use: (file: RandomAccess) => Promise<T>): Promise<T> {
  const handle = await open(path, "r");
  try {
    return await use(randomAccess(handle, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}

function randomAccess(handle: FileHandle, size: number): RandomAccess {
  return {
    size,
    async read(at, length) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    },
  };
}
