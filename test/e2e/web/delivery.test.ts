import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { eventually, useStarling } from "../../helper.ts";
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
      if (path.endsWith(".js") && path !== "/sw.js") scripts.set(path, response.body());
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

  it.each(["/", "/login", "/signup", "/settings", "/notifications", "/user/alice", "/user/alice/followers"])(
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
