import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { eventually, useStarling } from "../../helper.ts";
import { PASSWORD } from "../../support/cast.ts";
import { untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
/** Limit for all JavaScript of the first load, gzipped. */
const BUDGET_BYTES = 60_000;

describe("the web client", () => {
  it("needs at most 60 kB of JavaScript to be on screen and live", async () => {
    const { alice } = await starling.cast("alice");
    const { context } = await visit(starling.url, null);
    const page = await context.newPage();
    await context.addCookies([{ name: "session", value: alice.token, url: starling.url }]);
    const scripts = new Map<string, Promise<Buffer>>();
    page.on("response", (response) => {
      const path = new URL(response.url()).pathname;
      if (!path.endsWith(".js") || path === "/sw.js") return;
      const body = response.body();
      // What comes later may still be on its way when the page is closed.
      body.catch(() => undefined);
      scripts.set(path, body);
    });
    await page.goto(starling.url);
    await page.getByText("Nothing here yet").waitFor();
    await untilLive(page);
    const sizes = await Promise.all(
      [...scripts.values()].map(async (body) => gzipSync(await body, { level: 9 }).length),
    );
    expect(scripts.size).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(BUDGET_BYTES);
  });

  it.each(["/", "/login", "/signup", "/settings", "/notifications", "/user/alice/followers"])(
    "is served to a browser at %s, with a policy that allows nothing inline",
    async (path) => {
      const { status, headers, text } = await starling.api.get(path, BROWSER);
      expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(headers.get("vary")).toMatch(/\bAccept\b/);
      expect(headers.get("cache-control")).toBe("no-cache");
      const policy = headers.get("content-security-policy")!;
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self';");
      expect(policy).not.toContain("unsafe");
      expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
    },
  );

  it("brings somebody with a session the first answers in the page, which no cache keeps", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const text = `</script><script>document.title="hacked"</script><!-- \u2028`;
    await alice.tweet(text);
    const asBob = { ...BROWSER, cookie: `session=${bob.token}` };
    await eventually(async () => expect((await starling.api.get("/", asBob)).text).toContain("hacked"));
    const page = await starling.api.get("/", asBob);
    expect(page.headers.get("cache-control")).toBe("private, no-store");
    expect(page.headers.get("vary")).toMatch(/\bCookie\b/);
    const [, json = ""] = /<script type="application\/json" id="answers">([^<]*)<\/script>/.exec(page.text) ?? [];
    const answers = JSON.parse(json) as Record<string, { tag?: string; body: unknown }>;
    const feed = await bob.api.get("/feed?limit=30");
    expect(answers["/auth/session"]!.body).toEqual((await bob.api.get("/auth/session")).body);
    expect(answers["/feed?limit=30"]).toEqual({ tag: feed.headers.get("etag"), body: feed.body });
    expect(page.text.match(/<script/g)).toHaveLength(2);
    // Without a session, and on other screens, there is no feed in the page.
    for (const [path, headers] of [
      ["/", BROWSER],
      ["/", { ...BROWSER, cookie: "session=unknown" }],
      ["/settings", asBob],
    ] as const)
      expect((await starling.api.get(path, headers)).text).not.toContain("hacked");
    const { page: screen } = await visit(starling.url, bob);
    await screen.getByText('document.title="hacked"').waitFor();
    expect(await screen.title()).not.toContain("hacked");
  });

  it("reads nothing twice: not with nothing stored, not at the next visit, and not after a login", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    await alice.tweet("Read once");
    await eventually(async () => expect((await bob.api.get("/feed")).text).toContain("Read once"));
    const { context } = await visit(starling.url, null);
    await context.addCookies([{ name: "session", value: bob.token, url: starling.url }]);
    /** The requests to the API, until the page is live and has read its notifications. */
    const load = async () => {
      const page = await context.newPage();
      const asked: string[] = [];
      page.on("response", (response) => {
        const { pathname, search } = new URL(response.url());
        if (/^\/(auth|feed|notifications|users)/.test(pathname))
          asked.push(`${pathname}${search} ${response.status()}`);
      });
      await page.goto(starling.url);
      await page.getByText("Read once").waitFor();
      await untilLive(page);
      await eventually(() => Promise.resolve(expect(asked.join()).toMatch(/notifications.*feed|feed.*notifications/)));
      await page.waitForLoadState("networkidle");
      return asked.sort();
    };
    // What was deleted between the page and the live connection is found by asking whether the feed is still the same.
    const once = ["/feed?limit=30 304", "/notifications 200", "/users 200"];
    expect(await load()).toEqual(once);
    expect(await load()).toEqual(once);
    const { page } = await visit(starling.url, null, "/login");
    const asked: string[] = [];
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (/^\/(feed|notifications|auth\/session)/.test(pathname)) asked.push(`${pathname} ${response.status()}`);
    });
    await page.getByLabel("Username").fill(bob.username);
    await page.getByLabel("Password").fill(PASSWORD);
    asked.length = 0;
    await page.getByRole("button", { name: "Log in" }).last().click();
    await page.getByText("Read once").waitFor();
    await untilLive(page);
    await eventually(() => Promise.resolve(expect(asked.join()).toContain("notifications")));
    await page.waitForLoadState("networkidle");
    expect(asked.filter((answer) => answer.endsWith(" 200")).sort()).toEqual(["/feed 200", "/notifications 200"]);
  });

  it("leaves JSON to programs at the same paths", async () => {
    const { alice } = await starling.cast("alice");
    for (const path of [`/user/${alice.username}`, `/user/${alice.username}/followers`, "/notifications"]) {
      const { status, headers } = await alice.api.get(path);
      expect([path, status, headers.get("content-type")]).toEqual([path, 200, "application/json; charset=utf-8"]);
      expect(headers.get("vary")).toMatch(/\bAccept\b/);
    }
  });

  it("is cached forever where file names carry a hash, and nowhere else", async () => {
    const shell = await starling.api.get("/", BROWSER);
    const [script = ""] = /\/assets\/[\w-]+\.js/.exec(shell.text) ?? [];
    const asset = await starling.api.get(script, { "accept-encoding": "gzip" });
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(asset.headers.get("content-encoding")).toBe("gzip");
    const plain = await starling.api.get(script, { "accept-encoding": "identity" });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(plain.text).toBe(asset.text);
    for (const path of ["/sw.js", "/manifest.webmanifest", "/icon.svg"]) {
      const { status, headers } = await starling.api.get(path);
      expect([path, status, headers.get("cache-control")]).toEqual([path, 200, "no-cache"]);
    }
    expect((await starling.api.get("/assets/nothing.js")).status).toBe(404);
    expect((await starling.api.get("/assets/..%2f..%2fpackage.json")).status).toBe(404);
  });

  it("can be installed", async () => {
    const manifest = (await starling.api.get<{ icons: { src: string; sizes: string }[] }>("/manifest.webmanifest"))
      .text;
    const { icons, start_url } = JSON.parse(manifest) as { icons: { src: string; sizes: string }[]; start_url: string };
    expect(start_url).toBe("/");
    expect(icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(["192x192", "512x512"]));
    for (const { src } of icons) expect((await starling.api.get(src)).status).toBe(200);
  });

  it("never keeps readers on an old version: pages come from the network", async () => {
    const { page } = await visit(starling.url, null);
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await eventually(async () => expect(await page.evaluate("navigator.serviceWorker.controller !== null")).toBe(true));
    // A changed copy in the cache would be recognized if it were shown.
    await page.evaluate(`caches.open("starling-app").then((cache) =>
      cache.put("/", new Response("<h1>Old</h1>", { headers: { "content-type": "text/html" } })))`);
    await page.reload();
    await page.getByText("Short messages").waitFor();
    expect(await page.getByText("Old", { exact: true }).count()).toBe(0);
  });
});
