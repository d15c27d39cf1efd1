import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import { DiskStorage } from "../../seams/files/disk.ts";
import { GridFsStorage } from "../../seams/files/gridfs.ts";
import { parseS3Url } from "../../config/s3-url.ts";
import { S3Storage } from "../../seams/files/s3.ts";
import type { MediaStorage } from "../../seams/files/storage.ts";
import { findMoto, startMoto } from "../support/s3.ts";
import { describeWith } from "../support/servers.ts";

/** A storage under test, and the number of objects of any kind in it. */
interface Subject {
  storage: MediaStorage;
  count(): Promise<number>;
  stop(): Promise<void>;
}

const MEBIBYTE = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

async function disk(): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), "starling-media-"));
  return {
    storage: new DiskStorage(join(folder, "media")),
    count: async () => (await readdir(folder, { recursive: true })).filter((name) => name !== "media").length,
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function gridFs(): Promise<Subject> {
  const mongo = await startMongo();
  const client = await MongoClient.connect(mongo.url);
  const db = client.db();
  return {
    storage: new GridFsStorage(db),
    async count() {
      const names = ["media_files.files", "media_files.chunks"];
      const counts = await Promise.all(names.map((name) => db.collection(name).countDocuments()));
      return counts.reduce((sum, n) => sum + n, 0);
    },
    async stop() {
      await client.close();
      await mongo.stop();
    },
  };
}

async function s3(): Promise<Subject> {
  const moto = await startMoto();
  process.env["AWS_ACCESS_KEY_ID"] = "test";
  process.env["AWS_SECRET_ACCESS_KEY"] = "test";
  const client = new S3Client({ endpoint: moto.endpoint, region: "us-east-1", forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: "pictures" }));
  const storage = new S3Storage(parseS3Url(`s3://pictures/starling?endpoint=${moto.endpoint}`)!);
  return {
    storage,
    async count() {
      const Bucket = "pictures";
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Contents.length + Uploads.length;
    },
    async stop() {
      await storage.close();
      client.destroy();
      await moto.stop();
    },
  };
}

/**
 * Bytes in chunks, created on demand.
 *
 * @param failAfter the source breaks after this many bytes
 * @param onChunk is called with the length of each chunk
 */
function source(
  bytes: number,
  failAfter = Infinity,
  onChunk: (bytes: number) => void = () => {},
): { stream: Readable; hash: () => string } {
  const hash = createHash("sha256");
  function* chunks() {
    for (let at = 0; at < bytes; at += 65_536) {
      if (at >= failAfter) throw new Error("The client hung up");
      const chunk = Buffer.alloc(Math.min(65_536, bytes - at), at / 65_536);
      hash.update(chunk);
      onChunk(chunk.length);
      yield chunk;
    }
  }
  return { stream: Readable.from(chunks()), hash: () => hash.digest("hex") };
}

/** Measures the memory of buffers in use, at every fourth mebibyte, after a garbage collection. */
function watchMemory() {
  const start = usedByBuffers();
  let seen = 0;
  let most = 0;
  return {
    look: (bytes: number) => {
      if (Math.floor((seen + bytes) / (4 * MEBIBYTE)) > Math.floor(seen / (4 * MEBIBYTE))) {
        most = Math.max(most, usedByBuffers() - start);
      }
      seen += bytes;
    },
    most: () => most,
  };
}

function usedByBuffers(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

function contract(name: string, suite: typeof describe | typeof describe.skip, start: () => Promise<Subject>): void {
  suite(`media in ${name}`, () => {
    let subject: Subject;
    let storage: MediaStorage;
    beforeAll(async () => {
      subject = await start();
      storage = subject.storage;
    }, 300_000);
    afterAll(() => subject?.stop());

    const read = async (key: string, range?: { start: number; end: number }) => {
      const stream = await storage.get(key, range);
      return stream && (await buffer(stream)).toString();
    };

    it("returns stored bytes, completely and in parts", async () => {
      await storage.put("100", Readable.from([Buffer.from("0123456789")]), "image/png");
      expect(await read("100")).toBe("0123456789");
      expect(await read("100", { start: 0, end: 0 })).toBe("0");
      expect(await read("100", { start: 3, end: 6 })).toBe("3456");
      expect(await read("100", { start: 9, end: 9 })).toBe("9");
    });

    it("returns null for a key that was never stored", async () => {
      expect(await storage.get("101")).toBeNull();
      expect(await storage.get("101", { start: 0, end: 1 })).toBeNull();
    });

    it("deletes keys, even missing ones", async () => {
      await storage.put("102", Readable.from([Buffer.from("x")]), "image/png");
      await storage.put("102.preview", Readable.from([Buffer.from("y")]), "image/webp");
      await storage.delete("102");
      await storage.delete("102");
      expect(await storage.get("102")).toBeNull();
      expect(await read("102.preview")).toBe("y");
    });

    it("stores a key again after it was deleted, as after a put whose answer was lost", async () => {
      await storage.put("103", Readable.from([Buffer.from("first")]), "image/png");
      await storage.delete("103");
      await storage.put("103", Readable.from([Buffer.from("again")]), "image/png");
      expect(await read("103")).toBe("again");
    });

    it.each([0.2, 12])("leaves nothing behind of a stream that breaks after %d MiB", async (after) => {
      const before = await subject.count();
      const { stream } = source(20 * MEBIBYTE, after * MEBIBYTE);
      await expect(storage.put("104", stream, "video/mp4")).rejects.toThrow("hung up");
      expect(await storage.get("104")).toBeNull();
      expect(await subject.count()).toBe(before);
    });

    it("streams a large file both ways without holding it in memory", async () => {
      const memory = watchMemory();
      const { stream, hash } = source(64 * MEBIBYTE, Infinity, memory.look);
      await storage.put("105", stream, "video/mp4");
      const expected = hash();
      const arrived = createHash("sha256");
      for await (const chunk of (await storage.get("105"))!) {
        arrived.update(chunk as Buffer);
        memory.look((chunk as Buffer).length);
      }
      expect(arrived.digest("hex")).toBe(expected);
      // S3's client holds two parts of 5 MiB; buffers of sockets and uncollected garbage come on top.
      expect(memory.most()).toBeLessThan(32 * MEBIBYTE);
      const at = 33 * MEBIBYTE + 5;
      const part = await buffer((await storage.get("105", { start: at, end: at + 99_999 }))!);
      expect(part.length).toBe(100_000);
      expect(part[0]).toBe(Math.floor(at / 65_536) % 256);
    });

    it("lets a reader stop before the end", async () => {
      await storage.put("106", source(4 * MEBIBYTE).stream, "video/mp4");
      const stream = (await storage.get("106"))!;
      await once(stream, "readable");
      stream.destroy();
      await once(stream, "close");
      expect(await read("106", { start: 0, end: 3 })).toBe("\0\0\0\0");
    });
  });
}

contract("a folder", describe, disk);
contract("GridFS", await describeWith("mongod"), gridFs);
contract("S3", process.env["CI"] || (await findMoto()) ? describe : describe.skip, s3);

describe("the address of an S3 store", () => {
  it("contains bucket, prefix, region and endpoint", () => {
    expect(parseS3Url("s3://media")).toEqual({ bucket: "media", prefix: "", endpoint: undefined, region: "us-east-1" });
    expect(parseS3Url("s3://my-media/a/b/?region=eu-central-1&endpoint=http://localhost:9000")).toEqual({
      bucket: "my-media",
      prefix: "a/b/",
      endpoint: "http://localhost:9000",
      region: "eu-central-1",
    });
  });

  it.each(["https://media", "s3://", "s3://key:secret@media", "s3://media?endpoint=file:///etc", "media"])(
    "can't be %s",
    (text) => {
      expect(parseS3Url(text)).toBeNull();
    },
  );
});
