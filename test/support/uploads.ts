import { expect } from "@jest/globals";
import type { Media } from "../../contract/shapes.ts";
import type { Person } from "./cast.ts";
import { createApi, type Reply } from "./client.ts";

export interface UploadOptions {
  alt?: string;
  /** The name and type that the client claims, which must have no effect. */
  name?: string;
  type?: string;
  /** A frame of a video, as a picture. */
  poster?: Buffer;
}

/** Uploads a file as a browser does. */
export function tryUpload(who: Person, file: Buffer, options: UploadOptions = {}): Promise<Reply<Media>> {
  const { alt, name = "file.jpg", type = "image/jpeg", poster } = options;
  const field = (head: string, content: string | Buffer) => [
    Buffer.from(`--b0undary\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ];
  // Encoded by hand, because FormData takes minutes for 100 MB inside of jest.
  const raw = Buffer.concat([
    ...(alt === undefined ? [] : field('name="alt"', alt)),
    ...(poster ? field('name="poster"; filename="poster.jpg"', poster) : []),
    ...field(`name="file"; filename="${name}"\r\nContent-Type: ${type}`, file),
    Buffer.from("--b0undary--\r\n"),
  ]);
  const headers = { "content-type": "multipart/form-data; boundary=b0undary" };
  return createApi(who.api.url, who.token).send("POST", "/media", { raw, headers });
}

/** Uploads a form. */
export async function sendForm(who: Person, form: FormData): Promise<Reply<Media>> {
  // Only a Request reveals the form's content type, which contains the boundary.
  const request = new Request("http://x", { method: "POST", body: form });
  return createApi(who.api.url, who.token).send("POST", "/media", {
    raw: new Uint8Array(await request.arrayBuffer()),
    headers: { "content-type": request.headers.get("content-type")! },
  });
}

/** Uploads a file, and checks that the server accepts it. */
export async function upload(who: Person, file: Buffer, options: UploadOptions = {}): Promise<Media> {
  const reply = await tryUpload(who, file, options);
  expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
  return reply.body;
}

/** Fetches a URL of the system as this person, at the address that the test uses instead of the public one. */
export async function fetchFile(who: Person, url: string, headers: Record<string, string> = {}, method = "GET") {
  const { pathname } = new URL(url, who.api.url);
  const reply = await fetch(who.api.url + pathname, {
    method,
    headers: { authorization: `Bearer ${who.token}`, ...headers },
  });
  return { status: reply.status, headers: reply.headers, bytes: Buffer.from(await reply.arrayBuffer()) };
}
