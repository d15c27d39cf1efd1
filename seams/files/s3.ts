import type { Readable } from "node:stream";
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { S3Place } from "../../config/s3-url.ts";
import type { ByteRange, MediaStorage } from "./storage.ts";

/** The smallest part that S3 allows, so that a put holds as little as possible in memory. */
const PART_BYTES = 5 * 1024 * 1024;

/** Any S3-compatible store, through the official SDK. */
export class S3Storage implements MediaStorage {
  readonly #client: S3Client;
  readonly #place: S3Place;

  constructor(place: S3Place) {
    this.#place = place;
    this.#client = new S3Client({
      region: place.region,
      ...(place.endpoint !== undefined && { endpoint: place.endpoint, forcePathStyle: true }),
      // Newer SDKs add checksums that many S3-compatible stores don't support.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
  }

  async put(key: string, source: Readable, type: string): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#object(key), Body: source, ContentType: type },
      partSize: PART_BYTES,
      queueSize: 1,
      // Also delete the parts of a broken upload.
      leavePartsOnError: false,
    });
    await upload.done();
  }

  async get(key: string, range?: ByteRange): Promise<Readable | null> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.#object(key), Range }));
      return (Body as Readable | undefined) ?? null;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#object(key)));
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  #object(key: string) {
    return { Bucket: this.#place.bucket, Key: this.#place.prefix + key };
  }
}
