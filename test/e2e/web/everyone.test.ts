import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { type Person, useStarling } from "../../helper.ts";
import { accessibilityViolations, shoot, WINDOWS } from "../../support/browser.ts";
import { EXPECTED, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
let people: Record<"alice" | "bob" | "newcomer" | "reader", Person>;
let tweetId: string;

beforeAll(async () => {
  people = await starling.cast("alice", "bob", "newcomer", "reader");
  const { alice, bob, reader } = people;
  for (const author of [alice, bob]) await reader.follow(author);
  await alice.follow(bob);
  await bob.follow(alice);
  const tweet = await bob.tweet(`Good morning @${alice.username}, see example.com #today`, {
    location: { lat: 58.5, lon: 13.2, name: "Lake Vänern" },
  });
  tweetId = tweet.id;
  await alice.tweet("我喜欢鸟 🐦");
  await alice.tweet(`@${reader.username} are you here?`);
});

interface Screen {
  path: () => string;
  who: "alice" | "newcomer" | "reader" | null;
  ready: (page: Page) => Promise<unknown>;
}

const text = (words: string) => (page: Page) => page.locator("#app main").getByText(words).first().waitFor();

const SCREENS: Record<string, Screen> = {
  welcome: { path: () => "/", who: null, ready: text("Short messages") },
  login: { path: () => "/login", who: null, ready: text("Welcome back") },
  home: { path: () => "/", who: "alice", ready: text("Good morning") },
  profile: { path: () => `/user/${people.bob.username}`, who: "alice", ready: text("Good morning") },
  own: { path: () => `/user/${people.alice.username}`, who: "alice", ready: text("我喜欢鸟") },
  followers: { path: () => `/user/${people.bob.username}/followers`, who: "alice", ready: text("@Alice") },
  following: { path: () => `/user/${people.bob.username}/following`, who: null, ready: text("@Alice") },
  tweet: { path: () => `/tweet/${tweetId}`, who: "alice", ready: text("Lake Vänern") },
  notifications: { path: () => "/notifications", who: "alice", ready: text("mentioned you") },
  "folded notifications": {
    path: () => "/notifications",
    who: "reader",
    async ready(page) {
      await page.getByRole("button", { name: /alice and bob tweeted/ }).click();
      await page.getByText("我喜欢鸟").nth(1).waitFor();
    },
  },
  mentions: { path: () => "/notifications/mentions", who: "reader", ready: text("are you here?") },
  settings: { path: () => "/settings", who: "alice", ready: text("Log out everywhere") },
  find: { path: () => "/users", who: "newcomer", ready: text("Active now") },
  found: {
    path: () => "/users",
    who: null,
    async ready(page) {
      await page.getByRole("searchbox").fill(people.bob.username.slice(0, 8));
      await page.getByRole("list", { name: "People found" }).getByText("bob", { exact: true }).waitFor();
    },
  },
  missing: { path: () => "/nothing/here", who: null, ready: text("This page doesn't exist") },
  "empty home": { path: () => "/", who: "newcomer", ready: text("Nothing here yet") },
  "empty notifications": { path: () => "/notifications", who: "newcomer", ready: text("Nothing here yet") },
  compose: {
    path: () => "/",
    who: "alice",
    async ready(page) {
      await page.getByText("Good morning").waitFor();
      await page.keyboard.press("n");
      await page.getByRole("dialog").getByRole("textbox").fill("x".repeat(275));
      await page.getByRole("dialog").getByRole("img", { name: "5 characters left" }).waitFor();
    },
  },
  confirm: {
    path: () => `/user/${people.alice.username}`,
    who: "alice",
    async ready(page) {
      await page.getByRole("button", { name: "Delete" }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  },
  keys: {
    path: () => "/",
    who: "alice",
    async ready(page) {
      await page.getByText("Good morning").waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
};

/** Finds controls under 44 pixels, which a thumb would miss. Links within a line of text are exempt. */
const SMALL_TARGETS = `[...document.querySelectorAll("button, input, textarea, a[href]")]
  .filter((control) => !control.matches(".unseen, .skip, [aria-hidden], .author, p a, .tweet-time, .tweet-place, footer a"))
  .flatMap((control) => {
    const { width, height } = (control.closest("label") ?? control).getBoundingClientRect();
    return width > 0 && Math.min(width, height) < 43.5 ? [control.outerHTML + ": " + width + " × " + height] : [];
  })`;

/** The width (px) of the page's content: above the window's, one would have to scroll sideways. */
const WIDTH = "document.documentElement.scrollWidth";
/** The narrowest window that content must fit into (WCAG 1.4.10), in pixels. */
const NARROWEST = { width: 320, height: 640 };
/** The rules of axe-core that depend on the layout. */
const LAYOUT_RULES = ["color-contrast", "target-size", "scrollable-region-focusable", "bypass"];

describe.each(Object.entries(WINDOWS))("on a %s", (window, viewport) => {
  it.each(Object.entries(SCREENS))(
    "the screen %s is accessible: light, dark, in high contrast, mirrored, and narrow with large text",
    async (name, screen) => {
      const touch = window === "phone";
      const options = { viewport, reducedMotion: "reduce", hasTouch: touch, isMobile: touch } as const;
      const { page, expectComplaints } = await visit(
        starling.url,
        screen.who && people[screen.who],
        screen.path(),
        options,
      );
      expectComplaints(EXPECTED.notFound);
      await screen.ready(page);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await shoot(page, `web-${name}-${window}-${colorScheme}`);
        // Another scheme changes colours alone.
        const rules = colorScheme === "light" ? undefined : ["color-contrast"];
        expect(await accessibilityViolations(page, rules)).toEqual([]);
      }
      if (touch) expect(await page.evaluate<string[]>(SMALL_TARGETS)).toEqual([]);
      expect(await page.evaluate(WIDTH)).toBeLessThanOrEqual(viewport.width);

      await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
      await shoot(page, `web-${name}-${window}-forced`);
      // Wide windows have the same colours.
      if (touch) expect(await accessibilityViolations(page, ["color-contrast"])).toEqual([]);
      await page.emulateMedia({ forcedColors: "none" });

      await page.evaluate("document.documentElement.dir = 'rtl'");
      await shoot(page, `web-${name}-${window}-rtl`);
      expect(await accessibilityViolations(page, LAYOUT_RULES)).toEqual([]);
      expect(await page.evaluate(WIDTH)).toBeLessThanOrEqual(viewport.width);
      if (!touch) return;

      await page.evaluate("document.documentElement.dir = 'ltr'");
      await page.setViewportSize(NARROWEST);
      await page.evaluate("document.documentElement.style.fontSize = '200%'");
      await shoot(page, `web-${name}-narrow-200`);
      expect(await accessibilityViolations(page, LAYOUT_RULES)).toEqual([]);
      expect(await page.evaluate(WIDTH)).toBeLessThanOrEqual(NARROWEST.width);
    },
  );
});
