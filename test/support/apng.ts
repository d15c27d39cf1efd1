import { readChunks, writeChunks } from "../../services/api/uploads/png-chunks.ts";
import { gradient, u32 } from "./files.ts";

/**
 * An animated PNG: a gradient that gets narrower with each frame, and loops three times.
 *
 * @param options.secret is written into a chunk of text; `stated`: the number of frames in the header
 */
export async function apng({ frames = 4, secret = "", stated = 4, width = 64, height = 48 } = {}): Promise<Buffer> {
  const pictures = await Promise.all(
    Array.from({ length: frames }, (_, n) =>
      gradient(width - n, height)
        .png({ palette: false })
        .toBuffer(),
    ),
  );
  const [first, ...others] = pictures.map((picture) => readChunks(picture));
  let sequence = 0;
  const control = (w: number) => ({
    type: "fcTL",
    data: Buffer.concat([u32(sequence++, w, height, 0, 0), Buffer.from([0, 100, 0x03, 0xe8, 1, 0])]),
  });
  const pixels = (chunks: typeof first) => (chunks ?? []).filter(({ type }) => type === "IDAT").map(({ data }) => data);
  return writeChunks([
    first![0]!,
    { type: "acTL", data: u32(stated, 3) },
    { type: "tEXt", data: Buffer.from(`Comment\0${secret}`) },
    control(width),
    ...pixels(first).map((data) => ({ type: "IDAT", data })),
    ...others.flatMap((chunks, n) => [
      control(width - n - 1),
      ...pixels(chunks).map((data) => ({ type: "fdAT", data: Buffer.concat([u32(sequence++), data]) })),
    ]),
  ]);
}
