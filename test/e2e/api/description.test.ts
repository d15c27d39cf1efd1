import { beforeAll, describe, expect, it } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { uniqueKey, uniqueName, PASSWORD, useStarling, type Notification, type Reply } from "../../helper.ts";

const starling = useStarling();

const REQUESTS = [
  "POST /auth/signup",
  "POST /auth/login",
  "POST /auth/logout",
  "POST /tweet/{}",
  "POST /tweet",
  "GET /tweet/{}",
  "DELETE /tweet/{}",
  "GET /user",
  "GET /user/{}",
  "PATCH /user",
  "PUT /user/{}/follow",
  "DELETE /user/{}/follow",
  "GET /user/{}/followers",
  "GET /user/{}/following",
  "GET /feed",
  "GET /notifications",
  "POST /notifications/read",
  "GET /health/live",
  "GET /health/ready",
  "GET /oembed",
];

interface Described {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
}

let description: Described;
beforeAll(async () => {
  const reply = await starling.api.get<Described>("/openapi.json");
  expect(reply.status).toBe(200);
  description = reply.body;
});

describe("GET /openapi.json", () => {
  it("is valid OpenAPI 3.1", async () => {
    expect(description.openapi).toMatch(/^3\.1\./);
    const result = await new Validator().validate({ ...structuredClone(description) });
    expect(result).toMatchObject({ valid: true });
  });

  it("contains every request of the contract", () => {
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, "{}")}`),
    );
    expect(described).toEqual(expect.arrayContaining(REQUESTS));
  });

  it("matches the actual replies", async () => {
    const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
    ajv.addSchema(description, "api");
    const pointer = (...parts: string[]) =>
      parts.map((part) => "/" + encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("");

    /** Checks a reply against the description of its request. */
    function expectDescribed(method: string, path: string, reply: Reply): void {
      const name = `${method} ${path} → ${reply.status}`;
      const found = Object.keys(description.paths).find((each) => each.replaceAll(/\{\w+\}/g, "{}") === path);
      expect([name, found]).toEqual([name, expect.any(String)]);
      let at = ["paths", found!, method.toLowerCase(), "responses"];
      const responses = description.paths[found!]![method.toLowerCase()]!.responses;
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining([String(reply.status)])]);
      at.push(String(reply.status));
      type Response = { $ref?: string; content?: Record<string, { schema?: unknown }> };
      let response = responses[reply.status] as Response;
      if (response.$ref) {
        at = response.$ref.slice(2).split("/");
        response = at.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], description) as Response;
      }
      if (reply.text === "") return;
      const type = reply.headers.get("content-type")!.split(";")[0]!;
      expect([name, response.content?.[type]?.schema]).toEqual([name, expect.anything()]);
      const validate = ajv.getSchema(`api#${pointer(...at, "content", type, "schema")}`)!;
      expect([name, validate(reply.body), validate.errors]).toEqual([name, true, null]);
    }

    const { alice, bob } = await starling.cast("alice", "bob");
    const username = uniqueName();
    const key = uniqueKey();
    await bob.follow(alice);
    const told = async () => (await alice.api.get<{ notifications: Notification[] }>("/notifications")).body;
    const tweet = await alice.tweet(`hello @${bob.username}`, {
      location: { lat: 1, lon: 2 },
      metadata: { lang: "en" },
    });
    const walk: [string, string, () => Promise<Reply>][] = [
      ["POST", "/auth/signup", () => starling.api.post("/auth/signup", { username, password: PASSWORD })],
      ["POST", "/auth/signup", () => starling.api.post("/auth/signup", { username, password: PASSWORD })],
      ["POST", "/auth/signup", () => starling.api.post("/auth/signup", {})],
      ["POST", "/auth/signup", () => starling.api.post("/auth/signup", { nobody: "knows" })],
      ["POST", "/auth/login", () => starling.api.post("/auth/login", { username, password: PASSWORD })],
      ["POST", "/auth/login", () => starling.api.post("/auth/login", { username, password: "wrong password" })],
      ["POST", "/tweet", () => alice.api.post("/tweet", { text: "hello" })],
      ["POST", "/tweet", () => alice.api.post("/tweet", { text: "" })],
      ["POST", "/tweet", () => starling.api.post("/tweet", { text: "hello" })],
      ["POST", "/tweet/{}", () => alice.api.post(`/tweet/${key}`, { text: "hello" })],
      ["POST", "/tweet/{}", () => alice.api.post(`/tweet/${key}`, { text: "hello" })],
      ["POST", "/tweet/{}", () => alice.api.post(`/tweet/${key}`, { text: "other" })],
      ["GET", "/tweet/{}", () => starling.api.get(`/tweet/${tweet.id}`)],
      ["GET", "/tweet/{}", () => starling.api.get("/tweet/1")],
      ["GET", "/user", () => alice.api.get("/user")],
      ["GET", "/user", () => starling.api.get("/user")],
      ["GET", "/user/{}", () => bob.api.get(`/user/${alice.username}`)],
      ["GET", "/user/{}", () => starling.api.get(`/user/${alice.username}`)],
      ["GET", "/user/{}", () => starling.api.get("/user/nobody_is_this")],
      ["PATCH", "/user", () => alice.api.patch("/user", { bio: "hello" })],
      ["PUT", "/user/{}/follow", () => alice.api.put(`/user/${bob.username}/follow`, {})],
      ["PUT", "/user/{}/follow", () => alice.api.put(`/user/${alice.username}/follow`, {})],
      ["GET", "/user/{}/followers", () => starling.api.get(`/user/${alice.username}/followers`)],
      ["GET", "/user/{}/following", () => starling.api.get(`/user/${alice.username}/following`)],
      ["DELETE", "/user/{}/follow", () => alice.api.delete(`/user/${bob.username}/follow`)],
      ["GET", "/feed", () => alice.api.get("/feed?limit=1")],
      ["GET", "/feed", () => alice.api.get("/feed?limit=x")],
      ["GET", "/notifications", () => alice.api.get("/notifications")],
      ["GET", "/notifications", () => bob.api.get("/notifications")],
      [
        "POST",
        "/notifications/read",
        async () => alice.api.post("/notifications/read", { upTo: (await told()).notifications[0]?.id ?? "1" }),
      ],
      ["GET", "/health/live", () => starling.api.get("/health/live")],
      ["GET", "/health/ready", () => starling.api.get("/health/ready")],
      ["GET", "/oembed", () => starling.api.get(`/oembed?url=${encodeURIComponent(tweet.url)}`)],
      ["DELETE", "/tweet/{}", () => bob.api.delete(`/tweet/${tweet.id}`)],
      ["DELETE", "/tweet/{}", () => alice.api.delete(`/tweet/${tweet.id}`)],
      ["DELETE", "/tweet/{}", () => alice.api.delete(`/tweet/${tweet.id}`)],
      ["POST", "/auth/logout", () => bob.api.post("/auth/logout")],
      ["POST", "/auth/logout", () => bob.api.post("/auth/logout")],
    ];
    for (const [method, path, send] of walk) expectDescribed(method, path, await send());
  });
});

describe("GET /docs", () => {
  it("is a page that loads everything from this server", async () => {
    let reply = await starling.api.get("/docs", { accept: "text/html" });
    let base = new URL("/docs", starling.url);
    for (let hops = 0; hops < 3 && reply.status >= 300 && reply.status < 400; hops += 1) {
      base = new URL(reply.headers.get("location")!, base);
      reply = await starling.api.get(base.pathname, { accept: "text/html" });
    }
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toMatch(/^text\/html/);
    const assets = [...reply.text.matchAll(/<(?:script|link|img)\b[^>]*?\b(?:src|href)=["']([^"']+)["']/gi)];
    for (const [, address] of assets) {
      const url = new URL(address!, base);
      if (url.protocol === "data:") continue;
      expect(url.host).toBe(base.host);
      expect([url.pathname, (await starling.api.get(url.pathname, { accept: "*/*" })).status]).toEqual([
        url.pathname,
        200,
      ]);
    }
    const policy = reply.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src '(none|self)'/);
  });
});

describe("GET /health/live and /health/ready", () => {
  it("are 200 for anybody, and never cached", async () => {
    for (const path of ["/health/live", "/health/ready"]) {
      const reply = await starling.api.get(path);
      expect([reply.status, path]).toEqual([200, path]);
      expect(reply.headers.get("content-type")).toMatch(/^application\/json\b/);
      expect(reply.headers.get("cache-control") ?? "").not.toMatch(/max-age=[1-9]/);
    }
  });
});
