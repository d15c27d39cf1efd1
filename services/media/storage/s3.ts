import type { Readable } from "node:stream";
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { ByteRange, MediaStorage } from "./storage.ts";

/** S3's smallest part: what a put holds in memory at most. */
const PART = 5 * 1024 * 1024;

/** Where an S3-compatible store is, and which part of it is ours. */
export interface S3Place {
  bucket: string;
  /** In front of every key; empty, or ends with a slash. */
  prefix: string;
  /** Of a store that is not AWS; such stores take the bucket in the path. */
  endpoint: string | undefined;
  region: string;
}

/**
 * Reads `s3://BUCKET/PREFIX?region=…&endpoint=https://…`. The keys come from the environment, as the SDK has it
 * (`AWS_ACCESS_KEY_ID`, a role …): an address gets printed, keys must not.
 *
 * @returns null when it is no such address
 */
export function parseS3Url(text: string): S3Place | null {
  const url = URL.parse(text);
  if (url?.protocol !== "s3:" || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) return null;
  if (url.username !== "" || url.password !== "" || url.port !== "") return null;
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) return null;
  const path = url.pathname.split("/").filter((part) => part !== "");
  return {
    bucket: url.hostname,
    prefix: path.map((part) => `${part}/`).join(""),
    endpoint,
    region: url.searchParams.get("region") ?? "us-east-1",
  };
}

/** Any S3-compatible store, through the official SDK. */
export class S3Storage implements MediaStorage {
  readonly #client: S3Client;
  readonly #place: S3Place;

  constructor(place: S3Place) {
    this.#place = place;
    this.#client = new S3Client({
      region: place.region,
      ...(place.endpoint !== undefined && { endpoint: place.endpoint, forcePathStyle: true }),
      // Newer SDKs add checksums that many S3-compatible stores don't know.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
  }

  async put(key: string, source: Readable, type: string): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#object(key), Body: source, ContentType: type },
      partSize: PART,
      queueSize: 1,
      // A broken upload's parts are given up with it.
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
