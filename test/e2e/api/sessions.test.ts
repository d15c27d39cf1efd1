import { describe, expect, it } from "@jest/globals";
import {
  expectProblem,
  PASSWORD,
  sendAsIs,
  uniqueName,
  useStarling,
  type Session,
  type UsersPage,
} from "../../helper.ts";

const starling = useStarling();

/** Signs a user up, and keeps only the cookie, as a browser does. */
async function browser(): Promise<{ cookie: string; username: string; setCookie: string }> {
  const username = uniqueName("cookie");
  const reply = await starling.api.post<Session>("/auth/signup", { username, password: PASSWORD });
  const setCookie = reply.headers.getSetCookie().find((cookie) => cookie.startsWith("session="));
  expect(setCookie).toBeDefined();
  return { cookie: setCookie!.split(";")[0]!, username, setCookie: setCookie! };
}

describe("the session cookie", () => {
  it("is set by signup and login, for requests of this site only", async () => {
    const { setCookie, username } = await browser();
    const login = await starling.api.post("/auth/login", { username, password: PASSWORD });
    for (const cookie of [setCookie, login.headers.getSetCookie().join("\n")]) {
      expect(cookie).toMatch(/^session=[^;]+/m);
      expect(cookie).toMatch(/;\s*HttpOnly/i);
      expect(cookie).toMatch(/;\s*SameSite=Lax/i);
      expect(cookie).toMatch(/;\s*Path=\/(;|$)/im);
    }
  });

  it("authenticates reads without an Origin", async () => {
    const { cookie } = await browser();
    expect((await starling.api.get("/feed", { cookie })).status).toBe(200);
    expect((await starling.api.get("/feed", { cookie: `theme=dark; ${cookie}; other="x y"` })).status).toBe(200);
  });

  it.each([
    ["no Origin", {}],
    ["a foreign Origin", { origin: "https://evil.example" }],
    ["the null Origin", { origin: "null" }],
    ["an Origin that only begins like ours", { origin: "SELF.evil.example" }],
    ["a broken Origin", { origin: "http://[" }],
    ["a whole address for an Origin", { origin: "SELF/" }],
    ["an Origin with a name before the host", { origin: "USER" }],
    ["an Origin of no web page", { origin: "FTP" }],
  ])("does not authenticate a change with %s", async (_what, headers: Record<string, string>) => {
    const { cookie, username } = await browser();
    const { host } = new URL(starling.url);
    const origin = headers["origin"]
      ?.replace("SELF", starling.url)
      .replace("USER", `http://somebody@${host}`)
      .replace("FTP", `ftp://${host}`);
    const sent = { cookie, ...(origin === undefined ? {} : { origin }) };
    const json = { text: "forged" };
    expectProblem(await starling.api.send("POST", "/tweet", { json, headers: sent }), 403);
    const { bob } = await starling.cast("bob");
    expectProblem(await starling.api.send("PUT", `/user/${bob.username}/follow`, { json: {}, headers: sent }), 403);
    expectProblem(await starling.api.send("PATCH", "/user", { json: { bio: "forged" }, headers: sent }), 403);
    expectProblem(await starling.api.send("POST", "/auth/logout", { headers: sent }), 403);
    const followers = await starling.api.get<UsersPage>(`/user/${bob.username}/followers`);
    expect(followers.body.users).toEqual([]);
    const profile = await starling.api.get(`/user/${username}`);
    expect(profile.text).not.toContain("forged");
  });

  it("authenticates a change from this site", async () => {
    const { cookie } = await browser();
    const headers = { cookie, origin: new URL(starling.url).origin };
    const reply = await starling.api.send("POST", "/tweet", { json: { text: "from the page" }, headers });
    expect(reply.status).toBe(201);
  });

  it("is invalid and cleared after a logout", async () => {
    const { cookie } = await browser();
    const headers = { cookie, origin: new URL(starling.url).origin };
    const reply = await starling.api.send("POST", "/auth/logout", { headers });
    expect(reply.status).toBe(204);
    expect(reply.headers.getSetCookie().join("\n")).toMatch(/^session=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/im);
    expectProblem(await starling.api.get("/feed", { cookie }), 401, "UNAUTHORIZED");
  });
});

describe("the bearer token", () => {
  it("needs no Origin, and accepts any", async () => {
    const { alice } = await starling.cast("alice");
    const headers = { origin: "https://another-client.example" };
    expect((await alice.api.send("POST", "/tweet", { json: { text: "by token" }, headers })).status).toBe(201);
  });

  it.each([
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer a b",
    "Bearer null",
    "Bearer undefined",
    "Bearer [object Object]",
    "Basic YWxpY2U6cGFzc3dvcmQ=",
    "Digest username=alice",
    `Bearer ${"a".repeat(100)}`,
    "Bearer \u00ff\u00fe\u00e9",
    "Bearer $ne",
    "Bearer ../../sessions",
    ",,,",
  ])("is refused if it is %j", async (authorization) => {
    expectProblem(await sendAsIs(starling.url, "GET", "/feed", { authorization }), 401, "UNAUTHORIZED");
  });

  it.each(["session=", "session=x", "session=%%%", ";;;==;", "session=\u00ff", 'session="', "session=a; session=b"])(
    "is refused as the cookie %j",
    async (cookie) => {
      expectProblem(await sendAsIs(starling.url, "GET", "/feed", { cookie }), 401, "UNAUTHORIZED");
    },
  );

  it("is refused if it is very long", async () => {
    const authorization = `Bearer ${"a".repeat(10_000)}`;
    expectProblem(await sendAsIs(starling.url, "GET", "/feed", { authorization }), 401, "UNAUTHORIZED");
  });

  it("is invalid after the change of one letter", async () => {
    const { alice } = await starling.cast("alice");
    const other = (alice.token.startsWith("A") ? "B" : "A") + alice.token.slice(1);
    for (const token of [other, alice.token.slice(0, -1), `${alice.token}A`]) {
      expectProblem(await starling.api.get("/feed", { authorization: `Bearer ${token}` }), 401, "UNAUTHORIZED");
    }
    expect((await starling.api.get("/feed", { authorization: `bearer ${alice.token}` })).status).toBe(200);
  });
});

describe("every request that acts for a user", () => {
  it.each([
    ["GET", "/feed", undefined],
    ["GET", "/user", undefined],
    ["PATCH", "/user", { bio: "x" }],
    ["POST", "/tweet", { text: "x" }],
    ["POST", "/tweet/some-key", { text: "x" }],
    ["DELETE", "/tweet/1", undefined],
    ["PUT", "/user/somebody/follow", {}],
    ["DELETE", "/user/somebody/follow", undefined],
    ["GET", "/notifications", undefined],
    ["POST", "/notifications/read", { upTo: "1" }],
    ["POST", "/auth/logout", undefined],
  ])("%s %s is 401 without a session", async (method: string, path: string, json: unknown) => {
    const options = json === undefined ? {} : { json };
    const reply = await starling.api.send(method, path, options);
    expectProblem(reply, 401, "UNAUTHORIZED");
  });
});
