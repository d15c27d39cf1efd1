// Answers are compressed for clients that ask for it, and are the same text.
import { request } from "node:http";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type Person, useStarling } from "../../helper.ts";

const starling = useStarling();

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Asks without a client that decodes answers by itself. */
function ask(path: string, headers: Record<string, string> = {}, method = "GET", body?: string): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const asked = request(starling.url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers as Record<string, string>,
          body: Buffer.concat(chunks),
        }),
      );
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = { br: brotliDecompressSync, gzip: gunzipSync };

function textOf({ headers, body }: Raw): string {
  const coding = headers["content-encoding"];
  return (coding === undefined ? body : DECODERS[coding]!(body)).toString();
}

const LONG = "Words that come again and again, again and again. ".repeat(5).trim();
let alice: Person;
let tweetId: string;
beforeAll(async () => {
  ({ alice } = await starling.cast("alice"));
  for (let n = 0; n < 12; n++) tweetId = (await alice.tweet(`${n} ${LONG}`)).id;
});

const HTML = { accept: "text/html" };
const own = () => ({ authorization: `Bearer ${alice.token}` });

/** Requests with an answer of more than a kilobyte. */
const ANSWERS: [name: string, path: () => string, headers: () => Record<string, string>][] = [
  ["a feed", () => "/feed", own],
  ["a profile", () => `/user/${alice.username}`, () => ({})],
  ["the share page of a tweet", () => `/tweet/${tweetId}`, () => HTML],
  ["the page of an unknown tweet", () => "/tweet/1", () => HTML],
  ["the page of an unknown address", () => "/nothing/here", () => HTML],
  ["the shell of the client", () => "/", () => HTML],
  ["the description of the API", () => "/openapi.json", () => ({})],
  ["the documentation", () => "/docs", () => HTML],
  ["the service worker", () => "/sw.js", () => ({})],
];

describe("compression", () => {
  it.each(ANSWERS)("makes %s smaller, and changes nothing else", async (_name, path, headers) => {
    const plain = await ask(path(), headers());
    expect(plain.headers).not.toHaveProperty("content-encoding");
    expect(plain.headers["vary"]).toMatch(/\bAccept-Encoding\b/);
    for (const coding of ["br", "gzip"]) {
      const packed = await ask(path(), { ...headers(), "accept-encoding": coding });
      expect([packed.status, packed.headers["content-encoding"]]).toEqual([plain.status, coding]);
      expect(packed.headers["content-type"]).toBe(plain.headers["content-type"]);
      expect(packed.headers["vary"]).toBe(plain.headers["vary"]);
      expect(Number(packed.headers["content-length"])).toBe(packed.body.length);
      expect(packed.body.length).toBeLessThan(plain.body.length * 0.75);
      expect(textOf(packed)).toBe(textOf(plain));
      const head = await ask(path(), { ...headers(), "accept-encoding": coding }, "HEAD");
      expect(head.body.length).toBe(0);
      for (const name of ["content-encoding", "content-length", "content-type", "vary", "etag"]) {
        expect([name, head.headers[name]]).toEqual([name, packed.headers[name]]);
      }
    }
  });

  it("of large answers is the same, many at once", async () => {
    for (let n = 0; n < 90; n++) await alice.tweet(`${n} ${LONG}`);
    const [path, headers] = ["/feed?limit=100", { ...own(), "accept-encoding": "gzip" }];
    const plain = await ask(path, own());
    expect(plain.body.length).toBeGreaterThan(40_000);
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(path, headers)));
    expect(new Set(answers.map(textOf))).toEqual(new Set([plain.body.toString()]));
  });

  it("is left out of short answers, but not for clients that refuse plain ones", async () => {
    const browser = { "accept-encoding": "gzip, deflate, br, zstd" };
    expect((await ask("/health/live", browser)).headers).not.toHaveProperty("content-encoding");
    const strict = await ask("/health/live", { "accept-encoding": "identity;q=0, gzip" });
    expect(strict.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(textOf(strict))).toEqual(JSON.parse((await ask("/health/live")).body.toString()));
    // Nothing would be acceptable, and a plain answer helps more than none.
    const nothing = await ask("/feed", { ...own(), "accept-encoding": "*;q=0" });
    expect([nothing.status, nothing.headers["content-encoding"]]).toEqual([200, undefined]);
  });

  it("never touches answers with tokens, whose length would tell about them", async () => {
    const strict = { "accept-encoding": "identity;q=0, gzip, br", "content-type": "application/json" };
    const username = `packed${Date.now() % 1e8}`;
    const body = JSON.stringify({ username, password: "a long sentence", displayName: "z".repeat(50) });
    const signedUp = await ask("/auth/signup", strict, "POST", body);
    expect([signedUp.status, signedUp.headers["content-encoding"]]).toEqual([201, undefined]);
    const login = JSON.stringify({ username, password: "a long sentence" });
    const loggedIn = await ask("/auth/login", strict, "POST", login);
    expect([loggedIn.status, loggedIn.headers["content-encoding"]]).toEqual([200, undefined]);
  });

  it.each(["/openapi.json", "/docs", "/sw.js", "/manifest.webmanifest"])(
    "gives each form of %s an entity tag, which a client may ask with",
    async (path) => {
      const tags = new Set<string>();
      for (const coding of ["identity", "gzip"]) {
        const headers = { "accept-encoding": coding };
        const first = await ask(path, headers);
        const tag = first.headers["etag"]!;
        tags.add(tag);
        const again = await ask(path, { ...headers, "if-none-match": `"other", ${tag}` });
        expect([again.status, again.body.length, again.headers["etag"]]).toEqual([304, 0, tag]);
        expect(again.headers["vary"]).toBe(first.headers["vary"]);
        expect(again.headers["cache-control"]).toBe(first.headers["cache-control"]);
        expect((await ask(path, { ...headers, "if-none-match": '"other"' })).status).toBe(200);
      }
      if (path !== "/manifest.webmanifest") expect(tags.size).toBe(2);
    },
  );
});
