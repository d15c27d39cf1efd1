// The headers that protect visitors, on every kind of answer of an https site.
import { beforeAll, describe, expect, it, test } from "@jest/globals";
import { createApi, type Person, sendAsIs, sendBytes } from "../helper.ts";
import { gradient, WEBM } from "../support/files.ts";
import { useTarget } from "../support/target.ts";
import { upload } from "../support/uploads.ts";

const SITE = "https://starling.example";
const target = useTarget({ PUBLIC_URL: SITE, RATE_LIMIT_SCALE: "1000" });

let alice: Person;
let ids: Record<"tweet" | "picture" | "video", string>;
beforeAll(async () => {
  ({ alice } = await target.cast("alice"));
  const [picture, video] = [await upload(alice, await gradient(64, 64).png().toBuffer()), await upload(alice, WEBM)];
  const { id: tweet } = await alice.tweet("<script>alert(1)</script>", { media: [picture.id, video.id] });
  ids = { tweet, picture: picture.id, video: video.id };
});

/** The headers that are the same on all answers. */
const ALWAYS = {
  "strict-transport-security": /^max-age=\d{8,}/,
  "x-content-type-options": /^nosniff$/,
  "referrer-policy": /^strict-origin-when-cross-origin$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "permissions-policy": /^geolocation=\(self\), .*\bcamera=\(\).*\bmicrophone=\(\)/,
};
/** The policies of a kind of answer. */
const KINDS = {
  json: {
    "content-security-policy": /^default-src 'none'; frame-ancestors 'none'$/,
    "cross-origin-resource-policy": /^cross-origin$/,
  },
  page: {
    "content-security-policy": /^(?!.*unsafe-)default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
    "cross-origin-resource-policy": /^same-origin$/,
  },
  media: {
    "content-security-policy": /^default-src 'none'; style-src 'unsafe-inline'; sandbox$/,
    "cross-origin-resource-policy": /^cross-origin$/,
  },
};

const HTML = { accept: "text/html" };
/** Each answer: its kind, its status, the request, and the headers of the request. `ID` is replaced. */
const ANSWERS: [
  kind: keyof typeof KINDS,
  status: number,
  method: string,
  path: string,
  headers?: object,
  body?: string,
][] = [
  ["json", 200, "GET", "/health/live"],
  ["json", 200, "GET", "/tweet/TWEET"],
  ["json", 200, "HEAD", "/tweet/TWEET"],
  ["json", 200, "GET", "/openapi.json"],
  ["json", 200, "GET", `/oembed?url=${SITE}/tweet/TWEET`],
  ["json", 204, "OPTIONS", "/feed"],
  ["json", 204, "OPTIONS", "/feed", { origin: "https://a.example", "access-control-request-method": "GET" }],
  ["json", 400, "POST", "/auth/login", { "content-type": "application/json" }, "{"],
  ["json", 401, "GET", "/feed"],
  ["json", 404, "GET", "/nothing"],
  ["json", 404, "GET", "/tweet/1"],
  ["json", 404, "GET", "/media/1"],
  ["json", 405, "DELETE", "/feed"],
  ["json", 413, "POST", "/auth/login", { "content-type": "application/json" }, "x".repeat(70_000)],
  ["json", 415, "POST", "/auth/login", { "content-type": "text/plain" }, "{}"],
  ["json", 416, "GET", "/media/VIDEO", { range: "bytes=99999999-" }],
  ["json", 422, "GET", "/user/bystander?limit=0"],
  ["json", 200, "GET", "/socket.io/?EIO=4&transport=polling"],
  ["json", 400, "GET", "/socket.io/?EIO=4&transport=nothing"],
  ["json", 400, "GET", "/socket.io/?EIO=4&transport=polling&sid=nothing"],
  ["page", 200, "GET", "/tweet/TWEET", HTML],
  ["page", 404, "GET", "/tweet/1", HTML],
  ["page", 404, "GET", "/nothing", HTML],
  ["page", 200, "GET", "/", HTML],
  ["page", 200, "GET", "/notifications", HTML],
  ["page", 200, "GET", "/docs", HTML],
  ["media", 200, "GET", "/media/PICTURE"],
  ["media", 200, "GET", "/media/PICTURE/preview"],
  ["media", 206, "GET", "/media/VIDEO", { range: "bytes=0-9" }],
  ["media", 304, "GET", "/media/PICTURE", { "if-none-match": "*" }],
];

const address = (path: string) =>
  path.replace(/TWEET|PICTURE|VIDEO/, (name) => ids[name.toLowerCase() as keyof typeof ids]);

function expectHeaders(headers: Headers, kind: keyof typeof KINDS): void {
  const expected = { ...ALWAYS, ...KINDS[kind] };
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)]));
  expect(found).toEqual(
    Object.fromEntries(Object.entries(expected).map(([name, pattern]) => [name, expect.stringMatching(pattern)])),
  );
}

test.each(ANSWERS)("%s: %i for %s %s %j", async (kind, status, method, path, headers = {}, body = undefined) => {
  const reply = await sendAsIs(target.url, method, address(path), headers as Record<string, string>, body);
  expect([reply.status, reply.text]).toEqual([status, expect.any(String)]);
  expectHeaders(reply.headers, kind);
});

test("files of the pages", async () => {
  for (const page of ["/tweet/TWEET", "/", "/docs"]) {
    const { text } = await sendAsIs(target.url, "GET", address(page), HTML);
    const paths = [...text.matchAll(/(?:src|href)="(\/[^"/]*(?:\/assets)?\/?[^"/]*\.(?:js|css))"/g)].map(
      ([, path]) => path!,
    );
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      const reply = await sendAsIs(target.url, "GET", path);
      expect([path, reply.status]).toEqual([path, 200]);
      expectHeaders(reply.headers, "page");
    }
  }
});

test.each([
  ["bytes that are no request", "GARBAGE\r\n\r\n", 400],
  ["too large headers", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(70_000)}\r\n\r\n`, 431],
])("a refusal of %s", async (_, bytes, status) => {
  const head = (await sendBytes(target.url, bytes)).split("\r\n\r\n")[0]!;
  const [first, ...lines] = head.split("\r\n");
  expect(first).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  const headers = new Headers(lines.map((line) => line.split(": ", 2) as [string, string]));
  // Browsers send no such bytes, so this answer need not know the site.
  headers.set("strict-transport-security", "max-age=31536000");
  expectHeaders(headers, "json");
});

test.each([
  ["without a Host", "GET /health/live HTTP/1.1\r\n\r\n"],
  ["with an expectation", "GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n"],
])("a request %s", async (_, bytes) => {
  const lines = (await sendBytes(target.url, bytes)).split("\r\n\r\n")[0]!.split("\r\n").slice(1);
  expectHeaders(new Headers(lines.map((line) => line.split(": ", 2) as [string, string])), "json");
});

describe("the session cookie of an https site", () => {
  const cookiesOf = (headers: Headers) =>
    headers
      .getSetCookie()
      .filter((cookie) => /session=/.test(cookie))
      .sort();
  const logIn = () =>
    createApi(target.url).post<{ token: string }>("/auth/login", {
      username: alice.username,
      password: "correct horse battery",
    });

  it("can't be planted by another host, and removes that of an earlier version", async () => {
    const { headers, body } = await logIn();
    expect(cookiesOf(headers)).toEqual([
      `__Host-session=${body.token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000; Secure`,
      "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
    ]);
  });

  it("comes before a plain one, which still counts alone", async () => {
    const { token } = (await logIn()).body;
    const caller = async (cookie: string) => {
      const reply = await createApi(target.url).get<{ user: { username: string } | null }>("/auth/session", { cookie });
      return reply.body.user?.username ?? null;
    };
    const { mallory } = await target.cast("mallory");
    expect(await caller(`session=${mallory.token}; __Host-session=${token}`)).toBe(alice.username);
    expect(await caller(`__Host-session=${token}; session=${mallory.token}`)).toBe(alice.username);
    expect(await caller(`session=${token}`)).toBe(alice.username);
    expect(await caller(`__Host-session=x; session=${mallory.token}`)).toBeNull();
  });

  it("is removed under both names by a logout", async () => {
    const { token } = (await logIn()).body;
    const headers = { cookie: `__Host-session=${token}`, origin: SITE };
    const reply = await createApi(target.url).send("POST", "/auth/logout", { headers });
    expect(reply.status).toBe(204);
    expect(cookiesOf(reply.headers)).toEqual([
      "__Host-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
      "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
    ]);
    expect((await createApi(target.url).get("/feed", { cookie: `__Host-session=${token}` })).status).toBe(401);
  });
});
