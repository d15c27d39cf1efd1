import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import type { Reply } from "../../services/gateway/reply.ts";
import { SHARE_CSP } from "../../services/pages/csp.ts";
import { SHARE_STYLESHEET } from "../../services/pages/layout.ts";
import { oembedFor } from "../../services/pages/oembed.ts";
import { renderLandingPage, renderNotFoundPage, renderTweetPage } from "../../services/pages/pages.ts";
import { pageReply } from "../../services/pages/replies.ts";
import type { Site } from "../../services/pages/site.ts";
import {
  accessibilityViolations,
  complaintsOf,
  describeInBrowser as describe,
  shoot,
  startBrowser,
  WINDOWS,
} from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { serve, type ServedSite } from "../support/serve.ts";
import { pictureOf, tweetOf } from "../support/tweets.ts";

/** A picture of birds at dusk, so that screenshots show something. */
async function picture(width: number, height: number): Promise<Buffer> {
  const birds = Array.from({ length: 80 }, (_, i) => {
    const [x, y] = [(((i * 37) % 97) / 97) * width, (((i * 53) % 89) / 89) * height * 0.7];
    return `<ellipse cx="${x}" cy="${y}" rx="${4 + (i % 5)}" ry="2" fill="#1b2530"/>`;
  });
  const dusk = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <linearGradient id="g" x2="0" y2="1"><stop stop-color="#3c5a78"/><stop offset="1" stop-color="#f0b88a"/></linearGradient>
    <rect width="100%" height="100%" fill="url(#g)"/>${birds.join("")}</svg>`;
  return sharp(Buffer.from(dusk)).webp().toBuffer();
}

const pageOf = (body: string): Reply => pageReply(200, body);

const TWEETS = {
  words: tweetOf({
    text: "The starlings are back over the pier 🐦‍⬛ — ten thousand of them, @bob_k says.\n\nTonight at five, bring a thermos: https://starlings.example.org/murmurations/2026/brighton-pier?from=tweet #murmuration",
    location: { lat: 50.82, lon: -0.137, name: "Brighton, Palace Pier" },
  }),
  picture: tweetOf({ media: [pictureOf({})], author: { ...tweetOf().author, avatarUrl: "/media/7/preview" } }),
  three: tweetOf({ media: ["1", "2", "3"].map((id) => pictureOf({ id })) }),
  portrait: tweetOf({
    text: "",
    media: [pictureOf({ width: 900, height: 2400, url: "/media/tall", previewUrl: "/media/tall", alt: null })],
  }),
  arabic: tweetOf({
    text: "عادت الزرازير إلى الرصيف هذا المساء، شكراً @bob_k",
    metadata: { lang: "ar" },
    author: { id: "3", username: "layla", displayName: "ليلى", avatarUrl: null },
  }),
  long: tweetOf({
    text: "Lopado".repeat(40),
    author: {
      id: "2",
      username: "A_very_long_one",
      displayName: "Wolfeschlegelsteinhausenbergerdorff-Wolfeschlegelst",
      avatarUrl: null,
    },
  }),
};

const BREAKOUT = `"'><img src=x onerror=hacked()><script>hacked()</script></title></textarea>`;

/** A tweet in which every text that people choose is hostile. */
const HOSTILE = tweetOf({
  text: `${BREAKOUT} javascript:hacked() https://example.com/"onmouseover="hacked() @bob"onclick="hacked() #tag<b>`,
  author: { id: "1", username: "mallory", displayName: BREAKOUT, avatarUrl: "javascript:hacked()" },
  media: [
    pictureOf({ alt: BREAKOUT, url: `/media/1${BREAKOUT}`, previewUrl: `javascript:hacked()` }),
    pictureOf({ type: "video", alt: BREAKOUT, url: "javascript:hacked()" }),
    pictureOf({ type: "video", alt: BREAKOUT, previewUrl: `https://example.com/${BREAKOUT}` }),
  ],
  location: { lat: 0, lon: 0, name: BREAKOUT },
});

/** @returns the reply at a path of the site under test */
function answer(path: string, site: Site): Reply | null {
  const tweet = TWEETS[path.slice("/tweet/".length) as keyof typeof TWEETS];
  if (tweet) return pageOf(renderTweetPage(tweet, site));
  if (path === "/") return pageOf(renderLandingPage(site));
  if (path === "/gone") return pageOf(renderNotFoundPage(site));
  if (path === SHARE_STYLESHEET.path) return SHARE_STYLESHEET.reply;
  if (path.startsWith("/media/"))
    return { status: 200, body: path === "/media/tall" ? tall : wide, headers: { "Content-Type": "image/webp" } };
  return null;
}

let wide: Buffer;
let tall: Buffer;
let site: ServedSite;
let browser: Browser;

beforeAll(async () => {
  [wide, tall] = await Promise.all([picture(1600, 900), picture(900, 2400)]);
  site = await serve(SHARE_CSP, (path, publicUrl) => answer(path, { publicUrl }));
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  site.stop();
});

const PATHS = ["/", "/gone", ...Object.keys(TWEETS).map((name) => `/tweet/${name}`)];

describe("share pages with JavaScript off", () => {
  for (const [window, viewport] of Object.entries(WINDOWS)) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`fit a ${window} in ${colorScheme}, and obey their policy`, async () => {
        const context = await browser.newContext({ viewport, colorScheme, javaScriptEnabled: false });
        const page = await context.newPage();
        const complaints = complaintsOf(page);
        for (const path of PATHS) {
          await page.goto(site.url + path, { waitUntil: "load" });
          expect(await page.locator("h1").count()).toBe(1);
          const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          expect([path, overflow]).toEqual([path, 0]);
          await shoot(page, `${path.replace(/\W/g, "") || "landing"}-${window}-${colorScheme}`);
        }
        expect(complaints).toEqual([]);
        await context.close();
      });
    }
  }

  it("reserves space for a picture before it has loaded", async () => {
    const context = await browser.newContext({ viewport: WINDOWS.phone, javaScriptEnabled: false });
    const [blocked, loaded] = [await context.newPage(), await context.newPage()];
    const heightOn = async (page: Page) => (await page.locator("figure").boundingBox())?.height ?? 0;
    await blocked.route("**/media/**", () => undefined);
    await blocked.goto(`${site.url}/tweet/picture`, { waitUntil: "domcontentloaded" });
    await loaded.goto(`${site.url}/tweet/picture`);
    const height = await heightOn(loaded);
    expect(height).toBeGreaterThan(100);
    // The style sheet may still be on its way.
    await eventually(async () => expect(await heightOn(blocked)).toBe(height));
    await context.close();
  });

  it("links a name in the text to the profile", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.url}/tweet/words`);
    await page.getByRole("link", { name: "@bob_k" }).click();
    expect(new URL(page.url()).pathname).toBe("/user/bob_k");
    await context.close();
  });
});

describe("hostile texts", () => {
  it("make no element, no attribute and no address that could run", async () => {
    const page = await browser.newPage();
    const { html } = oembedFor(HOSTILE, { publicUrl: site.url });
    for (const content of [renderTweetPage(HOSTILE, { publicUrl: site.url }), html]) {
      // The page is set here instead of served: without a policy, an injected script would run.
      await page.goto(site.url);
      await page.evaluate("globalThis.hacked = () => { globalThis.wasHacked = true }");
      await page.evaluate(`document.open(); document.write(${JSON.stringify(content)}); document.close()`);
      const elements = await page.evaluate<[string, string, string][]>(
        "[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes].map((a) => [e.localName, a.name, a.value]))",
      );
      expect(elements.length).toBeGreaterThan(5);
      expect(elements.filter(([name]) => name === "script")).toEqual([]);
      expect(elements.filter(([, attribute]) => attribute.startsWith("on"))).toEqual([]);
      expect(elements.filter(([, attribute, value]) => attribute !== "content" && /^javascript:/i.test(value))).toEqual(
        [],
      );
      expect(
        elements.filter(([name, attribute]) => name === "img" && attribute === "src").map(([, , value]) => value),
      ).not.toContain("x");
      expect(await page.evaluate("globalThis.wasHacked")).toBeUndefined();
    }
    await page.close();
  });
});

describe("accessibility", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    it(`passes axe-core, ${colorScheme}`, async () => {
      const context = await browser.newContext({ viewport: WINDOWS.phone, colorScheme });
      const page = await context.newPage();
      for (const path of PATHS) {
        await page.goto(site.url + path);
        expect([path, await accessibilityViolations(page)]).toEqual([path, []]);
      }
      await context.close();
    });
  }
});
