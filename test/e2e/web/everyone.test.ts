import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { type Person, useStarling } from "../../helper.ts";
import { accessibilityViolations, shoot, WINDOWS } from "../../support/browser.ts";
import { EXPECTED, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
let people: Record<"alice" | "bob" | "newcomer", Person>;
let tweetId: string;

beforeAll(async () => {
  people = await starling.cast("alice", "bob", "newcomer");
  const { alice, bob } = people;
  await alice.follow(bob);
  await bob.follow(alice);
  const tweet = await bob.tweet(`Good morning @${alice.username}, see example.com #today`, {
    location: { lat: 58.5, lon: 13.2, name: "Lake Vänern" },
  });
  tweetId = tweet.id;
  await alice.tweet("我喜欢鸟 🐦");
});

interface Screen {
  path: () => string;
  who: "alice" | "newcomer" | null;
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
  settings: { path: () => "/settings", who: "alice", ready: text("Log out everywhere") },
  find: { path: () => "/users", who: "newcomer", ready: text("Tweeting at the moment") },
  found: {
    path: () => "/users",
    who: null,
    async ready(page) {
      await page.getByRole("searchbox").fill(people.bob.username.slice(0, 8));
      await page.getByRole("list", { name: "People found" }).getByText("bob", { exact: true }).waitFor();
    },
  },
  missing: { path: () => "/nothing/here", who: null, ready: text("There is nothing here") },
  "empty home": { path: () => "/", who: "newcomer", ready: text("It is quiet here yet") },
  "empty notifications": { path: () => "/notifications", who: "newcomer", ready: text("Nothing yet") },
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
      await page.getByRole("button", { name: "Delete" }).click();
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

describe.each(Object.entries(WINDOWS))("on a %s", (window, viewport) => {
  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    it.each(Object.entries(SCREENS))("%s has no barrier, and nothing to complain about", async (name, screen) => {
      const who = screen.who && people[screen.who];
      const open = await visit(starling.url, who, screen.path(), { viewport, colorScheme, reducedMotion: "reduce" });
      const { page } = open;
      await screen.ready(page);
      await shoot(page, `web-${name}-${window}-${colorScheme}`);
      expect(await accessibilityViolations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(viewport.width);
      open.expectComplaints(EXPECTED.notFound);
    });
  });
});
