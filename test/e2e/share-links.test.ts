import { describe, expect, it } from "@jest/globals";
import { expectProblem, useStarling } from "../helper.ts";

const starling = useStarling();
const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("the pages of a running server", () => {
  it("show a tweet to a browser, with their stylesheet", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("Hello, browser");
    const page = await starling.api.get(`/tweet/${tweet.id}`, BROWSER);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Hello, browser");
    const [stylesheet = ""] = /\/share-[\w-]+\.css/.exec(page.text) ?? [];
    const { status, headers } = await starling.api.get(stylesheet);
    expect([status, headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
    expect(headers.get("cache-control")).toContain("immutable");
  });

  it.each(["/tweet/1", "/no-such-page"])("tell a browser that there is nothing: %s", async (path) => {
    const page = await starling.api.get(path, BROWSER);
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expectProblem(await starling.api.get(path), 404);
  });

  it("welcome at the root, and describe the API with files of this server only", async () => {
    expect((await starling.api.get("/", BROWSER)).text).toContain(`href="/docs"`);
    const docs = await starling.api.get("/docs", BROWSER);
    const files = [...docs.text.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, file = ""]) => file);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect([file, (await starling.api.get(file)).status]).toEqual([file, 200]);
    expectProblem(await starling.api.get("/docs/assets/nothing.js"), 404);
  });
});

describe("GET /oembed", () => {
  it("answers for the address of a tweet, within the available size", async () => {
    const { bob } = await starling.cast("bob");
    const tweet = await bob.tweet("Embed me");
    const url = encodeURIComponent(tweet.url);
    const { status, body } = await starling.api.get<{ html: string; width: number }>(`/oembed?url=${url}&maxwidth=240`);
    expect([status, body.width]).toEqual([200, 240]);
    expect(body.html).toContain("Embed me");
    expectProblem(await starling.api.get(`/oembed?url=${url}&format=xml`), 501);
    expectProblem(await starling.api.get(`/oembed?url=${url}&maxwidth=wide`), 422);
  });
});
