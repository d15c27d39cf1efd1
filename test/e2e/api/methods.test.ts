import { afterEach, describe, expect, it } from "@jest/globals";
import { expectProblem, sendAsIs, useStarling } from "../../helper.ts";

const starling = useStarling();
afterEach(() => starling.expectWell());

const as = (method: string, path: string, headers?: Record<string, string>) =>
  sendAsIs(starling.url, method, path, headers);

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
    ["/user/password", "OPTIONS, POST"],
    ["/openapi.json", "GET, HEAD, OPTIONS"],
    ["/health/live", "GET, HEAD, OPTIONS"],
  ])("list the methods of %s for anybody, and do nothing else", async (path, allow) => {
    for (const headers of [{}, { authorization: "Bearer x" }, { origin: "https://elsewhere.example" }]) {
      const reply = await as("OPTIONS", path, headers);
      expect([reply.status, reply.text, reply.headers.get("allow")]).toEqual([204, "", allow]);
      expect(reply.headers.get("ratelimit-limit")).toBeNull();
      expect(reply.headers.get("access-control-allow-origin")).toBe("origin" in headers ? "*" : null);
    }
    expect((await as("PROPFIND", path)).headers.get("allow")).toBe(allow);
  });

  it("are refused where only an address with a parameter has them", async () => {
    for (const method of ["GET", "HEAD"]) {
      const reply = await as(method, "/user/password");
      expect([reply.status, reply.headers.get("allow")]).toEqual([405, "OPTIONS, POST"]);
    }
  });

  it("are refused at an unknown address", async () => {
    expect(await as("HEAD", "/nothing")).toMatchObject({ status: 404, text: "" });
    expectProblem(await as("OPTIONS", "//feed"), 404);
    expectProblem(await as("OPTIONS", "/nothing"), 404);
    expect((await as("OPTIONS", "*")).status).toBeLessThan(500);
  });
});

describe("the body of a request that needs none", () => {
  it.each([
    ["DELETE", "/user/SELF/follow", 200],
    ["DELETE", "/tweet/1", 404],
    ["DELETE", "/sessions/1", 404],
    ["POST", "/auth/logout", 204],
    ["POST", "/auth/logout-all", 204],
  ])("is validated all the same: %s %s", async (method, at, status) => {
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

describe("a page of another site", () => {
  const origin = "https://elsewhere.example";

  it("can use the API with a token, and read the headers it needs", async () => {
    const asked = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" };
    const preflight = await as("OPTIONS", "/user/x/follow", asked);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toMatch(/\bPUT\b/);
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(/\bauthorization\b/i);
    for (const path of ["/feed", "/nothing", "/health/live"]) {
      const { headers } = await as("GET", path, { origin });
      expect([path, headers.get("access-control-allow-origin")]).toEqual([path, "*"]);
      expect(headers.get("access-control-expose-headers")).toMatch(/\bretry-after\b/i);
      // With this header, a browser would also send the reader's cookie.
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    }
  });
});
