// The page of a profile: for other sites, and for readers without JavaScript.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { useStarling } from "../helper.ts";
import {
  accessibilityViolations,
  complaintsOf,
  describeInBrowser as describe,
  shoot,
  startBrowser,
  WINDOWS,
} from "../support/browser.ts";

const starling = useStarling();
const HTML = { accept: "text/html" };
const HOSTILE = `"><img src=x onerror=hacked()><script>hacked()</script></title>`;

let browser: Browser;
beforeAll(async () => (browser = await startBrowser()));
afterAll(() => browser?.close());

describe("the page of a profile", () => {
  it("describes the profile in its head for other sites", async () => {
    const { alice } = await starling.cast("alice");
    await alice.api.patch("/user", { displayName: "Maria Lindqvist", bio: "Birds, mostly.\nAnd tea." });
    const { status, headers, text } = await starling.api.get(`/user/${alice.username}`, HTML);
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers.get("vary")).toMatch(/\bAccept\b/);
    const title = `Maria Lindqvist (@${alice.username})`;
    expect(text).toContain(`<title>${title} · Starling</title>`);
    expect(text).toContain(`<link rel="canonical" href="${starling.url}/user/${alice.username}" />`);
    for (const meta of [
      `property="og:type" content="profile"`,
      `property="og:title" content="${title}"`,
      `property="og:description" content="Birds, mostly. And tea."`,
      `property="profile:username" content="${alice.username}"`,
      `name="description" content="Birds, mostly. And tea."`,
      `name="twitter:card" content="summary"`,
    ])
      expect(text).toContain(`<meta ${meta} />`);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  });

  it.each(Object.entries(WINDOWS))("reads well without JavaScript on a %s", async (window, viewport) => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.api.patch("/user", { displayName: HOSTILE.slice(0, 50), bio: `${HOSTILE} with @${bob.username}` });
    await bob.follow(alice);
    for (let n = 1; n <= 22; n++) await alice.tweet(`Tweet number ${n} ${HOSTILE}`);
    const context = await browser.newContext({ javaScriptEnabled: false, viewport });
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(`${starling.url}/user/${alice.username}`);
    await shoot(page, `profile-${window}`);
    expect(await page.locator(".share-counts").innerText()).toMatch(/22 tweets\s+0 following\s+1 follower$/);
    expect(await page.locator("article").count()).toBe(20);
    expect(await page.locator("article").first().innerText()).toContain("Tweet number 22");
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.getByRole("link", { name: "Older tweets" }).click();
    expect(await page.locator("article").count()).toBe(2);
    await page.locator("article time").first().click();
    expect(await page.locator("h1").textContent()).toContain("Tweet by");
    await page.goBack();
    await page
      .getByRole("link", { name: `@${bob.username}` })
      .first()
      .click();
    await page.getByText("No tweets yet").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("is accessible in both colour schemes", async () => {
    const { alice } = await starling.cast("alice");
    await alice.tweet("One of some tweets, with https://example.com");
    for (const colorScheme of ["light", "dark"] as const) {
      // The client would take the page over, so its code is kept away.
      const context = await browser.newContext({ colorScheme, bypassCSP: true });
      await context.route("**/assets/*.js", (route) => route.fulfill({ body: "", contentType: "text/javascript" }));
      const page = await context.newPage();
      await page.goto(`${starling.url}/user/${alice.username}`);
      await shoot(page, `profile-${colorScheme}`);
      expect(await accessibilityViolations(page)).toEqual([]);
      await context.close();
    }
  });

  it("says that there is no such profile, with status 404", async () => {
    const { status, text } = await starling.api.get("/user/nobody_of_this_name", HTML);
    expect(status).toBe(404);
    expect(text).toContain("This page isn&#39;t available");
  });
});
