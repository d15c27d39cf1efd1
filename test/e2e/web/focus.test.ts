import { describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { eventually, uniqueName, useStarling } from "../../helper.ts";
import { EXPECTED, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
const PASSWORD = "correct horse battery";

/** What has the focus: a tweet's text, a control's name, or "body" or "main". */
const FOCUSED = `(() => {
  const element = document.activeElement;
  const text = element.matches("[data-tweet]") && element.querySelector(".tweet-text")?.textContent;
  return text || element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.id ||
    (element === document.body ? "body" : element.textContent);
})()`;

const untilFocused = (page: Page, what: string | RegExp) =>
  eventually(async () => expect(await page.evaluate<string>(FOCUSED)).toMatch(what));

async function pressEach(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe("the focus", () => {
  it("is on the screen after signing up, by the keyboard alone", async () => {
    const { page } = await visit(starling.url, null);
    await page.getByLabel("Username").fill(uniqueName("new"));
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await untilFocused(page, /^main$/);
  });

  it("stays on the button after Follow and Unfollow", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const { page } = await visit(starling.url, alice, `/user/${bob.username}`);
    await page.getByRole("button", { name: "Follow" }).focus();
    await page.keyboard.press("Enter");
    // While the focus is on it, it says what it does.
    await page.getByRole("button", { name: "Unfollow" }).waitFor();
    await untilFocused(page, /Unfollow/);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
    await untilFocused(page, /^Follow$/);
  });

  it("goes to the next tweet when one is deleted, and to the last one at the end", async () => {
    const { alice } = await starling.cast("alice");
    for (const text of ["Third", "Second", "First"]) await alice.tweet(text);
    const { page } = await visit(starling.url, alice);
    await page.getByText("Third").waitFor();
    const deleteNow = async (gone: string) => {
      await page.keyboard.press("d");
      await page.getByRole("dialog", { name: "Delete this tweet?" }).waitFor();
      await pressEach(page, "Tab", "Enter");
      await page.getByText(gone).waitFor({ state: "detached" });
    };
    await pressEach(page, "j", "j");
    await untilFocused(page, /^Second$/);
    await deleteNow("Second");
    await untilFocused(page, /^Third$/);
    await deleteNow("Third");
    await untilFocused(page, /^First$/);
  });

  it("returns to the tweet on coming back from it, and j goes on from there", async () => {
    const { alice } = await starling.cast("alice");
    for (let number = 9; number >= 1; number--) await alice.tweet(`Number ${number}`);
    const { page } = await visit(starling.url, alice);
    await page.getByText("Number 9").waitFor();
    await pressEach(page, "j", "j", "j", "j");
    await untilFocused(page, /^Number 4$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Tweet", exact: true }).waitFor();
    await untilFocused(page, /^main$/);
    await page.goBack();
    await untilFocused(page, /^Number 4$/);
    await page.keyboard.press("j");
    await untilFocused(page, /^Number 5$/);
    await page.reload();
    await untilFocused(page, /^Number 5$/);
  });

  it("returns to what opened a dialog, and goes to the tweet whose button has done its work", async () => {
    const { alice } = await starling.cast("alice");
    await alice.tweet(Array.from({ length: 20 }, (_, line) => `Line ${line}`).join("\n"));
    const { page } = await visit(starling.url, alice);
    await page.getByText("Show more").focus();
    await page.keyboard.press("Enter");
    await page.getByText("Line 19").waitFor();
    await untilFocused(page, /^Line 0/);
    for (const [key, dialog] of [
      ["?", "Keyboard shortcuts"],
      ["n", "Write a tweet"],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole("dialog", { name: dialog }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await untilFocused(page, /^Line 0/);
    }
  });

  it("goes to a refused field, and stays on the button of a form that was saved", async () => {
    const { alice } = await starling.cast("alice");
    const visitor = await visit(starling.url, null, "/signup");
    visitor.expectComplaints(EXPECTED.conflict);
    await visitor.page.getByLabel("Username").fill(alice.username);
    await visitor.page.getByLabel("Password").fill(PASSWORD);
    await visitor.page.keyboard.press("Enter");
    await untilFocused(visitor.page, /^Username$/);

    const { page, expectComplaints } = await visit(starling.url, alice, "/settings");
    expectComplaints(/status of 403/);
    await page.getByLabel("Current password").fill("not this one");
    await page.getByLabel("New password").fill("another horse battery");
    await page.keyboard.press("Enter");
    await untilFocused(page, /^Current password$/);
    await page.getByLabel("Bio").fill("Falls into holes.");
    await page.getByRole("button", { name: "Save" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Profile saved").waitFor();
    await untilFocused(page, /^Save$/);
  });
});

describe("the keyboard", () => {
  it("leads to the search, the settings and the latest tweets", async () => {
    const { alice } = await starling.cast("alice");
    await alice.tweet("Only one");
    const { page } = await visit(starling.url, alice);
    await page.getByText("Only one").waitFor();
    await page.keyboard.press("/");
    await untilFocused(page, /^Name or username$|^Find people$/);
    await page.keyboard.type("nobody");
    expect(await page.getByRole("searchbox").inputValue()).toBe("nobody");
    await page.goBack();
    await page.getByText("Only one").waitFor();
    await pressEach(page, ".", "g", "s");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
  });

  it("has no single-key shortcuts where they are turned off, after a reload too", async () => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice, "/settings");
    const setting = page.getByRole("switch", { name: "Single-key shortcuts on this device" });
    await setting.uncheck();
    await page.reload();
    await setting.waitFor();
    expect(await setting.isChecked()).toBe(false);
    await page.getByRole("heading", { name: "Keyboard" }).click();
    await pressEach(page, "n", "?", "g", "h");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.getByRole("button", { name: "Show keyboard shortcuts" }).click();
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Go to settings").waitFor();
    await page.keyboard.press("Escape");
    await setting.check();
    await page.getByRole("heading", { name: "Keyboard" }).click();
    await page.keyboard.press("n");
    await page.getByRole("dialog", { name: "Write a tweet" }).waitFor();
  });

  it("tells screen readers a tweet's author and words, with three stops of the Tab key", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.tweet("Hear me");
    await alice.follow(bob);
    const { page } = await visit(starling.url, alice);
    const tweet = page.getByRole("article", { name: `bob @${bob.username}` });
    await tweet.waitFor();
    const id = await tweet.getAttribute("aria-describedby");
    expect(await page.locator(`#${id}`).textContent()).toBe("Hear me");
    expect(await tweet.locator("a:not([tabindex]), button").count()).toBe(2);
  });
});
