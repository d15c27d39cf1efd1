import { afterEach, describe, expect, it } from "@jest/globals";
import { expectNoLeak, expectProblem, sendAsIs, useStarling } from "../../helper.ts";

const starling = useStarling();
afterEach(() => starling.expectWell());

const as = (method: string, path: string, headers?: Record<string, string>, body?: string) =>
  sendAsIs(starling.url, method, path, headers, body);

describe("an address that is not there", () => {
  it.each([
    "/nothing",
    "/user/a/b/c",
    "/api/users",
    "/users/find",
    "/tweets/list",
    "/~node/actions",
    "/$node/services",
    "/v1/users/get",
    "/favicon.php",
    "/.env",
    "/.git/config",
    "/auth",
    "/auth/signup/x",
    "/tweet/1/2",
    "/feed/x",
    "/constructor",
    "/__proto__",
    "/hasOwnProperty",
  ])("is a 404 problem: %s", async (path) => {
    expectProblem(await as("GET", path), 404);
    expectProblem(await as("POST", path, { "content-type": "application/json" }, "{}"), [404, 405]);
  });

  it("is a page to a browser, and says that it depends", async () => {
    const [page, json] = [await as("GET", "/nothing", { accept: "text/html" }), await as("GET", "/nothing")];
    expect(page.headers.get("content-type")).toMatch(/^text\/html\b/);
    for (const { status, headers } of [page, json]) {
      expect([status, headers.get("vary")]).toEqual([404, expect.stringMatching(/\baccept\b/i)]);
    }
  });

  it.each([
    ["PUT", "/tweet/1"],
    ["PATCH", "/tweet/1"],
    ["DELETE", "/feed"],
    ["POST", "/feed"],
    ["GET", "/auth/login"],
    ["GET", "/auth/signup"],
    ["PUT", "/auth/logout"],
    ["POST", "/user"],
    ["DELETE", "/user"],
    ["POST", "/openapi.json"],
    ["PROPFIND", "/feed"],
    ["TRACE", "/feed"],
  ])("is no other method's: %s %s", async (method, path) => {
    expectProblem(await as(method, path), [404, 405, 501]);
  });
});

describe("HEAD and OPTIONS", () => {
  it("answer like GET, without the body", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("hello");
    for (const path of [`/tweet/${tweet.id}`, `/user/${alice.username}`, "/health/live", "/openapi.json"]) {
      const reply = await as("HEAD", path);
      expect([path, reply.status, reply.text]).toEqual([path, 200, ""]);
    }
    expect(await as("HEAD", "/tweet/1")).toMatchObject({ status: 404, text: "" });
    expect(await as("HEAD", "/feed")).toMatchObject({ status: 401, text: "" });
  });

  it.each([
    ["/user/x/follow", "DELETE, OPTIONS, PUT"],
    ["/tweet/1", "DELETE, GET, HEAD, OPTIONS, POST"],
    ["/tweet/no-such-key?x=y", "DELETE, GET, HEAD, OPTIONS, POST"],
    ["/tweet/%zz", "DELETE, GET, HEAD, OPTIONS, POST"],
    ["/feed", "GET, HEAD, OPTIONS"],
    ["/feed/", "GET, HEAD, OPTIONS"],
    ["/user", "GET, HEAD, OPTIONS, PATCH"],
    ["/auth/login", "OPTIONS, POST"],
    ["/openapi.json", "GET, HEAD, OPTIONS"],
    ["/health/live", "GET, HEAD, OPTIONS"],
  ])("tell the methods of %s, to anybody, and do nothing else", async (path, allow) => {
    for (const headers of [{}, { authorization: "Bearer x" }, { origin: "https://elsewhere.example" }]) {
      const reply = await as("OPTIONS", path, headers);
      expect([reply.status, reply.text, reply.headers.get("allow")]).toEqual([204, "", allow]);
      expect(reply.headers.get("ratelimit-limit")).toBeNull();
      expect(reply.headers.get("access-control-allow-origin")).toBe("origin" in headers ? "*" : null);
    }
    expect((await as("PROPFIND", path)).headers.get("allow")).toBe(allow);
  });

  it("are refused where there is nothing", async () => {
    expect(await as("HEAD", "/nothing")).toMatchObject({ status: 404, text: "" });
    expectProblem(await as("OPTIONS", "//feed"), 404);
    expectProblem(await as("OPTIONS", "/nothing"), 404);
    expect((await as("OPTIONS", "*")).status).toBeLessThan(500);
  });
});

describe("a page elsewhere", () => {
  const origin = "https://elsewhere.example";

  it("may use the API with a token, and read what it needs of the answer", async () => {
    const asked = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" };
    const preflight = await as("OPTIONS", "/user/x/follow", asked);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toMatch(/\bPUT\b/);
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(/\bauthorization\b/i);
    for (const path of ["/feed", "/nothing", "/health/live"]) {
      const { headers } = await as("GET", path, { origin });
      expect([path, headers.get("access-control-allow-origin")]).toEqual([path, "*"]);
      expect(headers.get("access-control-expose-headers")).toMatch(/\bretry-after\b/i);
      // With it, a browser would send the reader's cookie along.
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    }
  });
});

describe("a path", () => {
  it("with a slash too many is another path, not another method's", async () => {
    expectProblem(await as("GET", "//user/x"), 404);
    expectProblem(await as("GET", "//health/live"), 404);
  });

  it.each([
    "/../../../../etc/passwd",
    "/docs/../../../../../etc/passwd",
    "/docs/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/docs/..%2f..%2f..%2fetc%2fpasswd",
    "/docs/..%5c..%5cpackage.json",
    "/docs/%2e%2e/package.json",
    "/docs/../package.json",
    "/docs//package.json",
    "/./package.json",
    "//etc/passwd",
    "/assets/../../package.json",
    "/media/../../package.json",
    "/media/%2e%2e%2f%2e%2e%2fpackage.json",
    "/package.json",
    "/server.ts",
    "/data/users.db",
  ])("leads to no file of ours: %s", async (path) => {
    const reply = await as("GET", path);
    expect(reply.status).toBeLessThan(500);
    expect(reply.text).not.toMatch(/root:|"name": "starling"|\bimport\b.*\bfrom\b/);
    expectNoLeak(reply.text);
  });

  it.each([
    "/tweet/%00",
    "/tweet/%ff",
    "/tweet/%",
    "/tweet/%zz",
    "/tweet/%E0%A4%A",
    "/user/%00",
    "/user/%ff%fe",
    "/user/%c0%ae%c0%ae",
    "/user/a%0d%0aset-cookie:x=y",
    "/user/%F0%9F%90%A6",
    "/%",
    "/%ff",
    "/%00",
    "/user/\u00e9",
    "/;",
    "/tweet/",
    "/user//follow",
    "/tweet/%2e%2e",
    `/tweet/${"%F0%9F%90%A6".repeat(100)}`,
  ])("may be encoded oddly, and is refused: %s", async (path) => {
    const reply = await as("GET", path);
    expect([path, reply.headers.get("set-cookie")]).toEqual([path, null]);
    expectProblem(reply, [400, 404, 405, 422]);
    expectProblem(await as("DELETE", path), [400, 401, 404, 405, 422]);
  });

  it.each([
    "/feed?limit=%",
    "/feed?%ff=%00",
    "/feed?limit=%E0%A4%A",
    "/feed?",
    "/feed?&&&",
    "/feed?=",
    "/feed#x?limit=0",
  ])("may have an odd query: %s", async (path) => {
    const { alice } = await starling.cast("alice");
    const reply = await as("GET", path, { authorization: `Bearer ${alice.token}` });
    if (reply.status !== 200) expectProblem(reply, [400, 404, 422]);
  });

  it("may be too long", async () => {
    for (const length of [1000, 8000, 12_000]) {
      expectProblem(await as("GET", `/tweet/${"x".repeat(length)}`), [404, 414, 422]);
      expectProblem(await as("GET", `/user/x?${"a=b&".repeat(length / 4)}`), [404, 414, 422]);
    }
    expect((await as("GET", `/tweet/${"x".repeat(100_000)}`)).status).toBe(431);
  });
});

describe("the body of a request that needs none", () => {
  it.each([
    ["DELETE", "/user/SELF/follow", 200],
    ["DELETE", "/tweet/1", 404],
    ["DELETE", "/sessions/1", 404],
    ["POST", "/auth/logout", 204],
    ["POST", "/auth/logout-all", 204],
  ])("is read all the same: %s %s", async (method, at, status) => {
    const { alice } = await starling.cast("alice");
    const path = at.replace("SELF", alice.username);
    const send = (raw: string, type = "application/json") =>
      alice.api.send(method, path, { raw, headers: { "content-type": type } });
    for (const broken of ["{", "null", "[]", '"text"', '{"a":1,}']) expectProblem(await send(broken), 400);
    const { errors } = expectProblem(await send('{"nobody":"knows"}'), 400, "UNKNOWN_FIELD");
    expect(errors).toEqual([expect.objectContaining({ field: "nobody" })]);
    expectProblem(await send("{}", "text/plain"), 415);
    expectProblem(await send(`"${"x".repeat(100_000)}"`), 413);
    expect((await send("{}")).status).toBe(status);
  });

  it("may be missing", async () => {
    const { alice } = await starling.cast("alice");
    const headers = { authorization: `Bearer ${alice.token}`, "content-type": "application/json" };
    expect((await as("DELETE", `/user/${alice.username}/follow`, headers)).status).toBe(200);
    expect((await as("POST", "/auth/logout", headers)).status).toBe(204);
  });
});

describe("a request's headers", () => {
  it.each([
    [{ "content-type": "application/json", "content-encoding": "gzip" }, "not gzip"],
    [{ "content-type": "application/json", "content-encoding": "br" }, "not brotli"],
    [{ "content-type": "application/json", "content-encoding": "nothing" }, "{}"],
    [{ "content-type": "application/json; charset=utf-7" }, "{}"],
    [{ "content-type": "application/json; charset=nothing" }, "{}"],
    [{ "content-type": ";;;" }, "{}"],
    [{ "content-type": "application/json\u00e9" }, "{}"],
    [{ "content-type": "multipart/form-data" }, "{}"],
  ])("may be odd: %j", async (headers, body) => {
    expectProblem(await as("POST", "/auth/login", headers, body), [400, 415, 422]);
  });

  it("may expect what nobody can give", async () => {
    const headers = { "content-type": "application/json", expect: "something" };
    expect((await as("POST", "/auth/login", headers, "{}")).status).toBe(417);
  });

  it.each([
    { accept: ";;;,,," },
    { accept: "text/html;q=nothing, */*;q=-1" },
    { accept: "x".repeat(5000) },
    { accept: "" },
    { "if-none-match": '"' },
    { "if-modified-since": "yesterday" },
    { range: "bytes=9999999999999-0" },
    { "x-http-method-override": "DELETE" },
    { "x-request-id": "\u00ff".repeat(100) },
    { host: "evil.example" },
    { host: "" },
    { "accept-language": "*;q=2".repeat(500) },
    { "accept-encoding": "nothing;q=1, *;q=0" },
    { connection: "upgrade", upgrade: "nothing" },
  ] as Record<string, string>[])("may be odd on a read: %j", async (headers) => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("hello");
    for (const path of [`/tweet/${tweet.id}`, "/health/live", "/openapi.json", "/nothing"]) {
      const reply = await as("GET", path, headers);
      expect([path, reply.status < 500]).toEqual([path, true]);
      expectNoLeak(path === "/openapi.json" ? "" : reply.text);
    }
    expect((await starling.api.get(`/tweet/${tweet.id}`)).status).toBe(200);
  });

  it("never let a reader choose where links lead", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("hello");
    const evil = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher" };
    for (const accept of ["application/json", "text/html"]) {
      const reply = await as("GET", `/tweet/${tweet.id}`, { ...evil, accept });
      expect(reply.text).not.toMatch(/evil\.example|gopher:/);
    }
  });
});
