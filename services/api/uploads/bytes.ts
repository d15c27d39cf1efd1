import { type FileHandle, open } from "node:fs/promises";

/** A file to read here and there. */
export interface Bytes {
  readonly size: number;
  /** The bytes from `at` on; fewer than asked at the end of the file. */
  read(at: number, length: number): Promise<Buffer>;
}

/** Opens a file to read here and there, while `use` runs. */
export async function withBytes<T>(path: string, use: (bytes: Bytes) => Promise<T>): Promise<T> {
  const file = await open(path, "r");
  try {
    return await use(bytesOf(file, (await file.stat()).size));
  } finally {
    await file.close();
  }
}

function bytesOf(file: FileHandle, size: number): Bytes {
  return {
    size,
    async read(at, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    },
  };
}
