import { describe, expect, it } from "@jest/globals";
import { SHARE_CSP } from "../../services/pages/csp.ts";
import { SHARE_STYLESHEET } from "../../services/pages/layout.ts";
import { oembedFor } from "../../services/pages/oembed.ts";
import { renderErrorPage, renderLandingPage, renderNotFoundPage, renderTweetPage } from "../../services/pages/pages.ts";
import { pictureOf, tweetOf } from "../support/tweets.ts";

const site = { publicUrl: "https://starling.example" };
const URL_OF_TWEET = "https://starling.example/tweet/1851234567890123456";

/** @returns the meta elements of the page: each name or property with its values in order */
function metaOf(page: string): Record<string, string[]> {
  const metas: Record<string, string[]> = {};
  for (const [, name = "", content = ""] of page.matchAll(/<meta (?:name|property)="([^"]+)" content="([^"]*)"/g)) {
    (metas[name] ??= []).push(content);
  }
  return metas;
}

describe("renderTweetPage", () => {
  it("describes the tweet in its head for other sites", () => {
    const page = renderTweetPage(tweetOf({ text: "Hello\n“world” & all" }), site);
    const title = "Ada Lovelace (@ada_l): “Hello “world” &amp; all”";
    // The username would take the room that a narrow tab has for the text.
    expect(page).toMatch(/^<!doctype html>\s*<html lang="en"/);
    expect(page).toContain(`<title>Ada Lovelace: “Hello “world” &amp; all” · Starling</title>`);
    expect(page).toContain(`<link rel="canonical" href="${URL_OF_TWEET}" />`);
    expect(page).toMatch(
      new RegExp(
        `<link\\s+rel="alternate"\\s+type="application/json\\+oembed"\\s+href="https://starling.example/oembed\\?url=${encodeURIComponent(URL_OF_TWEET)}"`,
      ),
    );
    expect(metaOf(page)).toMatchObject({
      description: ["Hello “world” &amp; all"],
      "og:type": ["article"],
      "og:site_name": ["Starling"],
      "og:url": [URL_OF_TWEET],
      "og:title": [title],
      "og:description": ["Hello “world” &amp; all"],
      "article:published_time": ["2026-11-24T16:05:09.123Z"],
      "article:author": ["https://starling.example/user/ada_l"],
      "twitter:card": ["summary"],
    });
    expect(metaOf(page)["robots"]).toBeUndefined();
  });

  it("names every picture with size and text: by absolute address in its head, by path in its body", () => {
    const media = [pictureOf(), pictureOf({ id: "2", url: "https://starling.example/media/2", alt: `"A" <pier>` })];
    const page = renderTweetPage(tweetOf({ media }), site);
    expect(metaOf(page)).toMatchObject({
      "og:image": ["https://starling.example/media/1851234567890000001", "https://starling.example/media/2"],
      "og:image:width": ["1600", "1600"],
      "og:image:height": ["900", "900"],
      "og:image:alt": ["A flock over a pier at dusk", "&quot;A&quot; &lt;pier&gt;"],
      "twitter:card": ["summary_large_image"],
    });
    expect(page).toContain(`<a href="/media/2"`);
    expect(page.match(/<figure/g)).toHaveLength(2);
    expect(page).toMatch(/<img\s[^>]*alt="&quot;A&quot; &lt;pier&gt;"\s+width="1600"\s+height="900"/);
  });

  it("shows a video with controls and its preview", () => {
    const video = pictureOf({ type: "video", contentType: "video/mp4", url: "/media/3", alt: null });
    const page = renderTweetPage(tweetOf({ text: "", media: [video] }), site);
    expect(page).toMatch(/<video\s+controls[^>]*aria-label="Video by Ada Lovelace"\s+src="\/media\/3"\s+poster="/);
    expect(page).toContain("<title>A video by Ada Lovelace · Starling</title>");
    expect(metaOf(page)).toMatchObject({
      description: ["Video by Ada Lovelace"],
      "og:video": ["https://starling.example/media/3"],
      "og:video:type": ["video/mp4"],
    });
  });

  it("shows the author's avatar, or else the initial", () => {
    expect(renderTweetPage(tweetOf(), site)).toContain(`aria-hidden="true">A</span>`);
    const author = { ...tweetOf().author, avatarUrl: "/media/9/preview" };
    const page = renderTweetPage(tweetOf({ author }), site);
    expect(page).toContain(`src="/media/9/preview" alt=""`);
    expect(metaOf(page)["og:image"]).toEqual(["https://starling.example/media/9/preview"]);
  });

  it("tells the time, place and language", () => {
    const page = renderTweetPage(
      tweetOf({ location: { lat: 50.8225, lon: -0.1372, name: "Brighton" }, metadata: { lang: "en-GB" } }),
      site,
    );
    expect(page).toContain(`<time datetime="2026-11-24T16:05:09.123Z">24 November 2026 at 16:05 UTC</time>`);
    expect(page).toContain("<bdi>Brighton</bdi>");
    expect(page).toMatch(/<p class="share-text" dir="auto"\s+lang="en-GB"/);
    expect(renderTweetPage(tweetOf({ location: { lat: 50.8225, lon: -0.1372 } }), site)).toContain("50.82, -0.14");
  });

  it("loads the web client if it is built", () => {
    const page = renderTweetPage(tweetOf(), { ...site, assets: { scripts: ["/app.js"], styles: ["/app.css"] } });
    expect(page).toContain(`<script type="module" src="/app.js"></script>`);
    expect(page).toContain(`<link rel="stylesheet" href="/app.css" />`);
    expect(page).toContain(`<div id="app">`);
    expect(renderTweetPage(tweetOf(), site)).not.toContain("<script");
  });
});

describe("the other pages", () => {
  it("keep errors out of search engines, and reveal only the given problem", () => {
    expect(metaOf(renderNotFoundPage(site))["robots"]).toEqual(["noindex"]);
    const page = renderErrorPage({ title: "Try <again>", detail: "Soon." }, site);
    expect(metaOf(page)["robots"]).toEqual(["noindex"]);
    expect(page).toContain("<h1>Try &lt;again&gt;</h1>");
  });

  it("link from the start page to the API's description", () => {
    expect(renderLandingPage(site)).toContain(`href="/docs"`);
  });

  it("need nothing inline, and name the stylesheet by the hash of its content", () => {
    expect(SHARE_CSP).not.toContain("unsafe");
    for (const page of [renderTweetPage(tweetOf({ media: [pictureOf()] }), site), renderLandingPage(site)]) {
      expect(page).toContain(`<link rel="stylesheet" href="${SHARE_STYLESHEET.path}" />`);
      expect(page).not.toMatch(/ style=|<style| on\w+=/);
    }
    expect(SHARE_STYLESHEET.path).toMatch(/^\/share-[\w-]{12}\.css$/);
  });
});

describe("oembedFor", () => {
  it("returns a blockquote that runs nothing", () => {
    const oembed = oembedFor(tweetOf({ text: "One\n<two> @bob" }), site);
    expect(oembed).toMatchObject({
      type: "rich",
      version: "1.0",
      author_name: "Ada Lovelace",
      author_url: "https://starling.example/user/ada_l",
      provider_name: "Starling",
      provider_url: "https://starling.example",
      width: 550,
    });
    expect(oembed.html).toContain("One<br />&lt;two&gt; ");
    expect(oembed.html).toContain(`href="https://starling.example/user/bob"`);
    expect(oembed.html).toContain(`href="${URL_OF_TWEET}"`);
    expect(oembed.html).not.toMatch(/<script|href="\//);
    expect(oembed.height).toBeGreaterThan(0);
  });

  it("stays within the available size", () => {
    const tweet = tweetOf({ media: [pictureOf()] });
    const whole = oembedFor(tweet, site);
    expect(whole.html).toMatch(/width="550"\s+height="309"/);
    const small = oembedFor(tweet, site, { maxwidth: 320, maxheight: 300 });
    expect(small.width).toBe(320);
    expect(small.height).toBeLessThanOrEqual(300);
    const [, width, height] = /width="(\d+)"\s+height="(\d+)"/.exec(small.html) ?? [];
    expect(Number(width)).toBeLessThanOrEqual(320);
    expect(Number(height)).toBeLessThan(300);
    expect(oembedFor(tweet, site, { maxheight: 100 }).html).not.toContain("<img");
  });
});
