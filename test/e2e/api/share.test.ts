import { beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem, useStarling, type Person, type Reply, type Tweet } from "../../helper.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
const EVIL = `<script>alert("1")</script> & 'quotes' "double" </title> <img src=x onerror=alert(2)>`;

const starling = useStarling();
let alice: Person;
beforeAll(async () => {
  ({ alice } = await starling.cast("alice"));
});

const path = (tweet: Tweet) => new URL(tweet.url, starling.url).pathname;
const asBrowser = (at: string) => starling.api.get(at, { accept: BROWSER });

const unescape = (html: string) =>
  html
    .replaceAll(/&#(?:x([0-9a-f]+)|(\d+));/gi, (_all, hex: string | undefined, dec: string) =>
      String.fromCodePoint(hex ? parseInt(hex, 16) : Number(dec)),
    )
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");

/** Reads the attributes of a tag. This is enough HTML for the pages of our own server. */
function tags(html: string, name: string): Record<string, string>[] {
  return [...html.matchAll(new RegExp(`<${name}\\s([^>]*)>`, "gi"))].map((tag) =>
    Object.fromEntries(
      [...tag[1]!.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map((attribute) => [
        attribute[1]!.toLowerCase(),
        unescape(attribute[2] ?? attribute[3] ?? ""),
      ]),
    ),
  );
}

function meta(html: string, name: string): string | undefined {
  return tags(html, "meta").find((tag) => tag["property"] === name || tag["name"] === name)?.["content"];
}

function expectPage(reply: Reply, status: number): void {
  expect(reply.status).toBe(status);
  expect(reply.headers.get("content-type")).toMatch(/^text\/html;\s*charset=utf-8$/i);
  const policy = reply.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/default-src '(none|self)'/);
  expect(policy).not.toMatch(/unsafe-eval/);
  expect(policy.match(/script-src[^;]*/)?.[0] ?? "").not.toMatch(/unsafe-inline|\*|https?:/);
  expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
  expect(reply.text).toMatch(/^\s*<!doctype html>/i);
}

describe("a share link", () => {
  it("is a page for browsers, with tags for previews", async () => {
    const tweet = await alice.tweet("Hello to all who got this link");
    const reply = await asBrowser(path(tweet));
    expectPage(reply, 200);
    const html = reply.text;
    expect(html).toContain("Hello to all who got this link");
    expect(html).toContain(`@${alice.username}`);
    expect(meta(html, "og:type")).toBeTruthy();
    expect(meta(html, "og:title")).toContain("alice");
    expect(meta(html, "og:description")).toContain("Hello to all who got this link");
    expect(meta(html, "twitter:card")).toMatch(/^summary/);
    const canonical = tags(html, "link").find((link) => link["rel"] === "canonical")?.["href"];
    expect(canonical).toMatch(/^https?:\/\//);
    expect(meta(html, "og:url")).toBe(canonical);
    expect(new URL(canonical!).pathname).toBe(`/tweet/${tweet.id}`);
    expect(tags(html, "html")[0]?.["lang"]).toBeTruthy();
  });

  it("has one canonical address under every name", async () => {
    const { body: tweet } = await alice.api.post<Tweet>(`/tweet/share-${alice.id}`, { text: "by key" });
    const reply = await asBrowser(`/tweet/share-${alice.id}?utm_source=x`);
    const canonical = tags(reply.text, "link").find((link) => link["rel"] === "canonical")?.["href"];
    expect(new URL(canonical!)).toMatchObject({ pathname: `/tweet/${tweet.id}`, search: "" });
  });

  it("shows the text and runs none of it", async () => {
    const { mallory } = await starling.cast("mallory");
    await mallory.api.patch("/user", { displayName: EVIL.slice(0, 40) });
    const tweet = await mallory.tweet(EVIL);
    const { text: html } = await asBrowser(path(tweet));
    expect(html).not.toMatch(/<script>alert|<img src=x/i);
    expect(html.match(/<\/title>/gi)).toHaveLength(1);
    expect(unescape(html)).toContain(EVIL);
    expect(meta(html, "og:description")).toContain(`<script>alert("1")</script>`);
    const bare = html.replaceAll(/"[^"]*"/g, '""');
    for (const tag of bare.matchAll(/<\w[^>]*>/g)) expect(tag[0]).not.toMatch(/\son\w+\s*=/i);
  });

  it("links addresses and names, and nothing that could run", async () => {
    const text = `see https://example.com/a?b=c&d="e" and @${alice.username}, not javascript:alert(1)`;
    const { text: html } = await asBrowser(path(await alice.tweet(text)));
    const links = tags(html, "a").map((link) => link["href"] ?? "");
    expect(links.some((href) => href.startsWith("https://example.com/a?b=c&d="))).toBe(true);
    expect(links.some((href) => new URL(href, starling.url).pathname === `/user/${alice.username}`)).toBe(true);
    for (const href of links) expect(["http:", "https:"]).toContain(new URL(href, starling.url).protocol);
    const outside = tags(html, "a").find((link) => link["href"]?.startsWith("https://example.com"));
    expect(outside?.["rel"]).toMatch(/noopener|noreferrer|nofollow|ugc/);
  });

  it("is JSON for other clients, with a Vary header", async () => {
    const tweet = await alice.tweet("to whom it may concern");
    for (const accept of [
      "application/json",
      "*/*",
      "application/json, text/html;q=0.5",
      "application/json, text/plain, */*",
      "text/html;q=0.1, */*",
      "application/*, text/html;q=0.5",
    ]) {
      const reply = await starling.api.get<Tweet>(path(tweet), { accept });
      expect([accept, reply.body?.id]).toEqual([accept, tweet.id]);
      expect(reply.headers.get("vary")).toMatch(/\baccept\b/i);
    }
    expect((await asBrowser(path(tweet))).headers.get("vary")).toMatch(/\baccept\b/i);
  });

  it("is a 404 page if the tweet is deleted or unknown", async () => {
    const tweet = await alice.tweet("soon gone");
    await alice.untweet(tweet.id);
    for (const at of [path(tweet), "/tweet/1", "/tweet/no-such-key"]) {
      const reply = await asBrowser(at);
      expectPage(reply, 404);
      expect(reply.text).not.toContain("soon gone");
    }
  });
});

describe("GET /oembed", () => {
  const oembed = (url: string, more = "") =>
    starling.api.get<Record<string, unknown>>(`/oembed?url=${encodeURIComponent(url)}${more}`);

  it("describes a tweet for other sites, and the page links to it", async () => {
    const tweet = await alice.tweet(EVIL);
    const { text: html } = await asBrowser(path(tweet));
    const discovered = tags(html, "link").find((link) => link["type"] === "application/json+oembed")?.["href"];
    const { pathname, search } = new URL(discovered!);
    expect(pathname).toBe("/oembed");
    const shared = new URL(tweet.url, starling.url).href;
    for (const reply of [await starling.api.get<Record<string, unknown>>(pathname + search), await oembed(shared)]) {
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({ version: "1.0", type: "rich", author_name: "alice" });
      expect(reply.body["provider_name"]).toBeTruthy();
      expect(typeof reply.body["width"]).toBe("number");
      expect(reply.body["html"]).not.toMatch(/<script>alert|<img src=x/i);
      expect(unescape(String(reply.body["html"]))).toContain("alert(2)");
    }
  });

  it("knows only the tweets of this site", async () => {
    const tweet = await alice.tweet("mine");
    expectProblem(await oembed(new URL("/tweet/1", starling.url).href), 404);
    expectProblem(await oembed(`https://elsewhere.example/tweet/${tweet.id}`), [404, 422]);
    expectProblem(await oembed(new URL(`/user/${alice.username}`, starling.url).href), [404, 422]);
    expectProblem(await oembed("not a url"), [404, 422]);
    expectProblem(await starling.api.get("/oembed"), 422);
    expectProblem(await starling.api.get("/oembed?url=a&url=b"), 422);
  });
});
