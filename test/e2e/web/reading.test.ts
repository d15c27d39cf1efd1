import { describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { eventually, type Person, useStarling } from "../../helper.ts";
import { EXPECTED, untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

async function tweetMany(who: Person, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    // Tweets have different heights.
    await who.tweet(`Tweet number ${number}.${" And some more words.".repeat((number * 7) % 12)}`);
  }
}

/** Turns the wheel and waits until scrolling has ended. @returns the id of a visible tweet */
async function turnWheel(page: Page, turns: number, by: number): Promise<string> {
  await page.mouse.move(600, 400);
  for (let turn = 0; turn < turns; turn++) {
    const before = await page.evaluate<number>("scrollY");
    await page.mouse.wheel(0, by);
    await eventually(async () => expect(await page.evaluate<number>("scrollY")).not.toBe(before));
  }
  let last = "";
  await eventually(async () => {
    const rows = `[...document.querySelectorAll("[data-tweet]")].map((row) => [row.dataset.tweet, row.getBoundingClientRect().top])`;
    const now = JSON.stringify(await page.evaluate(rows));
    const rested = now === last;
    last = now;
    expect(rested).toBe(true);
  });
  const [id] = (JSON.parse(last) as [string, number][]).find(([, top]) => top > 100)!;
  return id;
}

describe("a long feed", () => {
  it("scrolls to its end with few rows drawn, shows each tweet once, and restores its place", async () => {
    const { alice } = await starling.cast("alice");
    await tweetMany(alice, 250);
    const reader = await visit(starling.url, alice);
    const { page } = reader;
    await page.getByText("Tweet number 250.").waitFor();
    const seen = new Set<string>();
    let most = 0;
    await page.mouse.move(600, 400);
    await eventually(async () => {
      const rows = await page.evaluate<string[]>(
        "[...document.querySelectorAll('[data-tweet]')].map((row) => row.dataset.tweet)",
      );
      expect(new Set(rows).size).toBe(rows.length);
      for (const id of rows) seen.add(id);
      most = Math.max(most, rows.length);
      await page.mouse.wheel(0, 900);
      expect(seen.size).toBe(250);
    }, 50_000);
    expect(most).toBeLessThan(60);
    await page.getByText("You've reached the end.").waitFor();

    const row = page.locator(`[data-tweet="${await turnWheel(page, 2, -3000)}"]`);
    const before = await row.boundingBox();
    await row.locator(".tweet-time").click();
    await page.getByRole("heading", { name: "Tweet", exact: true }).waitFor();
    await page.goBack();
    await eventually(async () => expect((await row.boundingBox())?.y).toBeCloseTo(before!.y, 0));

    // Loaded again, the page reads the list down to the same place.
    await page.reload();
    await eventually(async () => expect((await row.boundingBox())?.y).toBeCloseTo(before!.y, 0));
  });

  it("restores its place on coming back from another screen", async () => {
    const { alice } = await starling.cast("alice");
    await tweetMany(alice, 90);
    // Reduced motion once made the list jump back and forth forever.
    const { page } = await visit(starling.url, alice, `/user/${alice.username}`, { reducedMotion: "reduce" });
    await page.getByText("Tweet number 90.").waitFor();
    const target = page.locator(`[data-tweet="${await turnWheel(page, 5, 1500)}"]`);
    const before = await target.boundingBox();
    await page.getByRole("link", { name: "Notifications" }).click();
    await page.getByText("Nothing here yet").waitFor();
    await page.goBack();
    await eventually(async () => expect((await target.boundingBox())?.y).toBeCloseTo(before!.y, 0));
  });
});

describe("the keyboard alone", () => {
  it("moves through tweets, opens, writes and lists the shortcuts", async () => {
    const { alice } = await starling.cast("alice");
    for (const text of ["Third", "Second", "First"]) await alice.tweet(text);
    const window = await visit(starling.url, alice);
    const { page } = window;
    await page.getByText("Third").waitFor();
    const focused = () => page.evaluate("document.activeElement.querySelector('.tweet-text')?.textContent");
    for (const [key, text] of [
      ["j", "First"],
      ["j", "Second"],
      ["j", "Third"],
      ["k", "Second"],
    ] as const) {
      await page.keyboard.press(key);
      await eventually(async () => expect(await focused()).toBe(text));
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Tweet", exact: true }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await keys.waitFor();
    for (const key of ["j", "Ctrl+Enter", "Esc", "←", "→", "?", "/", ".", "d", "Delete"]) {
      expect(await keys.getByText(key, { exact: true }).count()).toBe(1);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("n");
    await page.getByRole("dialog", { name: "Write a tweet" }).waitFor();
    await page.keyboard.type("Written with jn?l alone");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("feed").getByText("Written with jn?l alone").waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("moves by the keys' places on a layout without Latin letters, and with Caps Lock", async () => {
    const { alice } = await starling.cast("alice");
    for (const text of ["Third", "Second", "First"]) await alice.tweet(text);
    const { page } = await visit(starling.url, alice);
    await page.getByText("Third").waitFor();
    const press = (key: string, code: string) =>
      page.evaluate(
        `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", ${JSON.stringify({ key, code, bubbles: true })}))`,
      );
    const focused = () => page.evaluate("document.activeElement.querySelector('.tweet-text')?.textContent");
    for (const [key, code, text] of [
      ["о", "KeyJ", "First"],
      ["J", "KeyJ", "Second"],
      ["л", "KeyK", "First"],
    ] as const) {
      await press(key, code);
      await eventually(async () => expect(await focused()).toBe(text));
    }
  });

  it("loads the latest tweets with l", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await tweetMany(alice, 20);
    await alice.follow(bob);
    const { page } = await visit(starling.url, alice);
    await page.getByText("Tweet number 20.").waitFor();
    await untilLive(page);
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, 1000);
    await eventually(async () => expect(await page.evaluate("scrollY")).toBeGreaterThan(500));
    await bob.tweet("The latest");
    await page.getByRole("button", { name: "1 new tweet" }).waitFor();
    await page.keyboard.press("l");
    await page.getByText("The latest").waitFor();
    await eventually(async () => expect(await page.evaluate("scrollY")).toBe(0));
  });
});

describe("the title of a window", () => {
  it("names the tweet or the person on screen, with and without JavaScript", async () => {
    const { alice } = await starling.cast("alice");
    await alice.api.patch("/user", { displayName: "Alice Liddell" });
    const tweet = await alice.tweet("Down the\nrabbit hole");
    const title = `Alice Liddell: “Down the rabbit hole” · Starling`;
    const { page } = await visit(starling.url, alice);
    const untilTitled = (title: string) => eventually(async () => expect(await page.title()).toBe(title));
    await untilTitled("Home · Starling");
    await page.locator(".tweet-time").click();
    await untilTitled(title);
    await page.locator(".one-author").click();
    await untilTitled(`Alice Liddell (@${alice.username}) · Starling`);
    await page.goBack();
    await untilTitled(title);
    await alice.untweet(tweet.id);
    await untilTitled("Not found · Starling");

    const other = await alice.tweet("Without scripts");
    const shared = await visit(starling.url, null, `/tweet/${other.id}`, { javaScriptEnabled: false });
    expect(await shared.page.title()).toBe("Alice Liddell: “Without scripts” · Starling");
  });

  it("is the name of the site alone for a visitor", async () => {
    const { page } = await visit(starling.url, null);
    await page.getByRole("heading", { name: "Create your account" }).waitFor();
    expect(await page.title()).toBe("Starling");
  });
});

describe("a link to a tweet", () => {
  it("is readable without JavaScript", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("Plain as day");
    const { page } = await visit(starling.url, null, `/tweet/${tweet.id}`, { javaScriptEnabled: false });
    await page.getByText("Plain as day").waitFor();
    await page.getByRole("link", { name: /alice/ }).first().waitFor();
  });

  it("is live with JavaScript, and reports when the tweet is deleted", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet(`Look at https://example.com/page @${alice.username} #fun`);
    const reader = await visit(starling.url, null, `/tweet/${tweet.id}`);
    const { page } = reader;
    await page.getByRole("heading", { name: "Tweet", exact: true }).waitFor();
    expect(await page.getByRole("link", { name: "example.com/page" }).getAttribute("href")).toBe(
      "https://example.com/page",
    );
    await untilLive(page);
    await alice.untweet(tweet.id);
    await page.getByText("This tweet isn't available").waitFor();
  });

  it("reports that there is no such tweet or account", async () => {
    const reader = await visit(starling.url, null, "/tweet/1");
    await reader.page.getByText("This tweet isn't available").waitFor();
    await reader.page.goto(`${starling.url}/user/no_one_at_all`);
    await reader.page.getByText("This account doesn't exist").waitFor();
    reader.expectComplaints(EXPECTED.notFound);
  });
});
