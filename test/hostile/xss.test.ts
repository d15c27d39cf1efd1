// Texts and files of a stranger that try to become script or markup: in pages, in JSON, on other sites, in a browser.
import { afterAll, beforeAll, expect, it, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { createApi, type Person, sendAsIs, type Tweet } from "../helper.ts";
import { complaintsOf, describeInBrowser, startBrowser } from "../support/browser.ts";
import { animation, gradient } from "../support/files.ts";
import { serve } from "../support/serve.ts";
import { useTarget } from "../support/target.ts";
import { tryUpload, upload } from "../support/uploads.ts";

const target = useTarget({ RATE_LIMIT_SCALE: "1000" });

/** Markup that runs `hacked()` wherever it is not escaped: in elements, attributes, titles, scripts, styles and URLs. */
const PAYLOADS = [
  `<script>hacked()</script>`,
  `"><img src=x onerror=hacked()>`,
  `'><svg onload=hacked()>`,
  `</title><script>hacked()</script>`,
  `</textarea></script><iframe srcdoc="<script>parent.hacked()</script>">`,
  `" onmouseover="hacked()" autofocus onfocus="hacked()`,
  `\${hacked()} {{hacked()}} <%= hacked() %>`,
  `javascript:hacked()`,
  `https://example.com/"onmouseover="hacked()`,
  `https://example.com/<script>hacked()</script>`,
  `@x"onclick="hacked()" #tag'onclick='hacked()'`,
  `&lt;script&gt;hacked()&lt;/script&gt; &#x3c;script>hacked()</script>`,
  `<a href="javascript&colon;hacked()">x</a><base href="https://evil.example/">`,
  `<meta http-equiv="refresh" content="0;url=javascript:hacked()"><link rel=stylesheet href=//evil.example>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hacked()&gt;">`,
  `]]><script>hacked()</script><!--`,
];

let mallory: Person;
let tweets: Tweet[];
beforeAll(async () => {
  ({ mallory } = await target.cast("mallory"));
  const { id } = await upload(mallory, await gradient(64, 64).png().toBuffer(), { alt: PAYLOADS.join(" ") });
  const profile = {
    displayName: `"><img src=x onerror=hacked()>`,
    bio: `<script>hacked()</script> javascript:hacked()`,
  };
  expect((await mallory.api.patch("/user", profile)).status).toBe(200);
  tweets = [];
  for (const [n, text] of PAYLOADS.entries()) {
    const metadata = { client: text.slice(0, 100), lang: "en" };
    const location = { lat: 0, lon: 0, name: text.slice(0, 100) };
    tweets.push(await mallory.tweet(text, { location, metadata, ...(n === 0 && { media: [id] }) }));
  }
});

/** Elements and attributes that can run something. No page of ours has any but the module scripts of the client. */
function dangersIn(html: string): string[] {
  const tags = html.match(/<[a-z][^>]*>/gi) ?? [];
  return tags.filter(
    (tag) =>
      /^<(?:iframe|object|embed|base|form|style|svg\s[^>]*onload|math)\b/i.test(tag) ||
      /^<script(?! type="module" src="\/assets\/[\w.-]+">$)/i.test(tag) ||
      // Values are quoted, so without them the names remain.
      /\son\w+\s*=|\ssrcdoc\s*=|http-equiv/i.test(tag.replace(/"[^"]*"/g, '""')) ||
      /\s(?:href|src|action|poster|cite)="\s*(?!https?:|\/(?!\/)|data:image\/|#)[^"]/i.test(tag),
  );
}

test("share pages have no markup of a stranger's", async () => {
  for (const { id, text } of tweets) {
    const page = await createApi(target.url).get(`/tweet/${id}`, { accept: "text/html" });
    expect(page.status).toBe(200);
    expect([text, dangersIn(page.text)]).toEqual([text, []]);
    expect(page.text).not.toContain("<script>hacked");
    expect(page.text).not.toMatch(/<title>[^<]*<(?!\/title>)/);
  }
});

test("the page of a profile has no markup of its user's", async () => {
  const page = await createApi(target.url).get(`/user/${mallory.username}`, { accept: "text/html" });
  expect(page.status).toBe(200);
  expect(dangersIn(page.text)).toEqual([]);
  expect(page.text).not.toContain("<script>hacked");
  expect(page.text).not.toMatch(/<title>[^<]*<(?!\/title>)/);
});

test("error pages and the client's page say nothing that the request does", async () => {
  for (const payload of PAYLOADS) {
    const encoded = encodeURIComponent(payload);
    for (const path of [
      `/${encoded}`,
      `/tweet/${encoded}`,
      `/user/${encoded}`,
      `/docs/${encoded}`,
      `/?q=${encoded}`,
      `/login?next=${encoded}`,
    ]) {
      const headers = {
        accept: "text/html",
        "user-agent": "x",
        referer: "https://evil.example/<script>hacked()</script>",
      };
      const reply = await sendAsIs(target.url, "GET", path, headers);
      expect(reply.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect([path, reply.text.includes("hacked")]).toEqual([path, false]);
    }
  }
});

test("JSON with markup is never taken for a page", async () => {
  for (const { id } of tweets) {
    for (const path of [
      `/tweet/${id}`,
      `/user/${mallory.username}`,
      `/users?q=${mallory.username.slice(0, 4)}`,
      `/tweet/${encodeURIComponent("<script>")}`,
    ]) {
      const reply = await createApi(target.url).get(path);
      expect(reply.headers.get("content-type")).toMatch(/^application\/(?:problem\+)?json; charset=utf-8$/);
      expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
      expect(reply.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    }
  }
});

test("what other sites embed has no markup of a stranger's", async () => {
  for (const { id, text } of tweets) {
    const url = encodeURIComponent(`${target.url}/tweet/${id}`);
    const { body } = await createApi(target.url).get<{ html: string; author_url: string }>(`/oembed?url=${url}`);
    expect([text, dangersIn(body.html)]).toEqual([text, []]);
    expect(body.html).not.toMatch(/<(?!\/?(?:blockquote|p|a|bdi|time|footer|br|img|span)\b)/);
    expect(body.author_url).toMatch(/^http:\/\/localhost:\d+\/user\/\w+$/);
  }
});

test("files are what their bytes say, and never a page or a script", async () => {
  const script = Buffer.from("<script>hacked()</script>");
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="hacked()"><script>hacked()</script></svg>');
  const xml = Buffer.from(
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>hacked()</script></html>',
  );
  for (const [name, type, file] of [
    ["a.html", "text/html", script],
    ["a.png", "image/png", script],
    ["a.svg", "image/svg+xml", svg],
    ["a.png", "image/png", svg],
    ["a.xhtml", "application/xhtml+xml", xml],
    ["a.js", "text/javascript", Buffer.from("hacked()")],
    ["a.pdf", "application/pdf", Buffer.from("%PDF-1.7 hacked()")],
    ["a.gif", "image/gif", Buffer.from("GIF89a/*<script>hacked()</script>*/=1;")],
  ] as const) {
    const { status } = await tryUpload(mallory, file, { name, type });
    expect([name, type, [415, 422].includes(status)]).toEqual([name, type, true]);
  }
  // A picture that is also a page: the picture remains.
  for (const picture of [await gradient(16, 16).jpeg().toBuffer(), await animation("gif")]) {
    const { id } = await upload(mallory, Buffer.concat([picture, script]), { name: "a.html", type: "text/html" });
    for (const path of [`/media/${id}`, `/media/${id}/preview`]) {
      const reply = await fetch(target.url + path, {
        headers: { authorization: `Bearer ${mallory.token}`, accept: "text/html" },
      });
      expect(reply.headers.get("content-type")).toMatch(/^image\/(?:jpeg|gif|webp)$/);
      expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
      expect(reply.headers.get("content-security-policy")).toMatch(/sandbox$/);
      expect(Buffer.from(await reply.arrayBuffer()).includes("hacked")).toBe(false);
    }
  }
});

describeInBrowser("in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  /** Opens a page that fails the test if a stranger's script runs in it, or if something violates its policy. */
  async function open(): Promise<{ page: Page; hacks: string[]; complaints: string[] }> {
    const page = await browser.newPage();
    const hacks: string[] = [];
    await page.exposeFunction("hacked", () => hacks.push(page.url()));
    page.on("dialog", (dialog) => hacks.push(dialog.message()));
    return { page, hacks, complaints: complaintsOf(page) };
  }

  it("nothing of it runs, and no page breaks its policy", async () => {
    const { page, hacks, complaints } = await open();
    const screens = [`/user/${mallory.username}`, ...[0, 1, 4, 8, 13].map((n) => `/tweet/${tweets[n]!.id}`)];
    for (const path of screens) {
      await page.goto(target.url + path);
      await page.getByText("hacked()").first().waitFor();
      expect(
        await page.locator('[href^="javascript" i], [onerror], [onclick], [onmouseover], iframe, base').count(),
      ).toBe(0);
      expect(await page.locator("script:not([src])").count()).toBe(0);
    }
    expect({ hacks, complaints }).toEqual({ hacks: [], complaints: [] });
    await page.close();
  });

  it("nothing of it runs on a site that embeds it", async () => {
    const embedded = await Promise.all(
      tweets.map(async ({ url }) => {
        const reply = await createApi(target.url).get<{ html: string }>(`/oembed?url=${encodeURIComponent(url)}`);
        return reply.body.html;
      }),
    );
    const site = await serve("", () => ({
      status: 200,
      body: `<!doctype html><meta charset="utf-8"><title>Another site</title>${embedded.join("")}`,
      headers: { "content-type": "text/html; charset=utf-8" },
    }));
    try {
      const { page, hacks, complaints } = await open();
      await page.goto(site.url);
      // The picture of the first tweet loads on the other site.
      const picture = page.locator("blockquote img").first();
      await picture.waitFor();
      expect(
        await picture.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth),
      ).toBeGreaterThan(0);
      await page.mouse.move(100, 100);
      expect({ hacks, complaints }).toEqual({ hacks: [], complaints: [] });
      await page.close();
    } finally {
      site.stop();
    }
  });
});
