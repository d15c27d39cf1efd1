import { afterEach, describe, expect, it } from "@jest/globals";
import { expectNoLeak, expectProblem, sendAsIs, useStarling } from "../../helper.ts";

const starling = useStarling();
afterEach(() => starling.expectWell());

const as = (method: string, path: string, headers?: Record<string, string>, body?: string) =>
  sendAsIs(starling.url, method, path, headers, body);

describe("an unknown address", () => {
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

  it("is a page for browsers, with a Vary header", async () => {
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
  ])("can be a known path with a wrong method: %s %s", async (method, path) => {
    expectProblem(await as(method, path), [404, 405, 501]);
  });
});

describe("a path", () => {
  it("with an extra slash is an unknown path, not a wrong method", async () => {
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
    "/data/starling.sqlite",
  ])("reaches no file of the server: %s", async (path) => {
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
  ])("is refused if it is encoded oddly: %s", async (path) => {
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
  ])("tolerates an odd query: %s", async (path) => {
    const { alice } = await starling.cast("alice");
    const reply = await as("GET", path, { authorization: `Bearer ${alice.token}` });
    if (reply.status !== 200) expectProblem(reply, [400, 404, 422]);
  });

  it("is refused if it is too long", async () => {
    for (const length of [1000, 8000, 12_000]) {
      expectProblem(await as("GET", `/tweet/${"x".repeat(length)}`), [404, 414, 422]);
      expectProblem(await as("GET", `/user/x?${"a=b&".repeat(length / 4)}`), [404, 414, 422]);
    }
    expect((await as("GET", `/tweet/${"x".repeat(100_000)}`)).status).toBe(431);
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
  ])("do no harm if they are odd: %j", async (headers, body) => {
    expectProblem(await as("POST", "/auth/login", headers, body), [400, 415, 422]);
  });

  it("do no harm if their Expect can't be met", async () => {
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
  ] as Record<string, string>[])("do no harm if they are odd on a read: %j", async (headers) => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("hello");
    for (const path of [`/tweet/${tweet.id}`, "/health/live", "/openapi.json", "/nothing"]) {
      const reply = await as("GET", path, headers);
      expect([path, reply.status < 500]).toEqual([path, true]);
      expectNoLeak(path === "/openapi.json" ? "" : reply.text);
    }
    expect((await starling.api.get(`/tweet/${tweet.id}`)).status).toBe(200);
  });

  it("never change the targets of links", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("hello");
    const evil = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher" };
    for (const accept of ["application/json", "text/html"]) {
      const reply = await as("GET", `/tweet/${tweet.id}`, { ...evil, accept });
      expect(reply.text).not.toMatch(/evil\.example|gopher:/);
    }
  });
});
