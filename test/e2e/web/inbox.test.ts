import { describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { eventually, type NotificationsPage, type Person, useStarling } from "../../helper.ts";
import { WINDOWS } from "../../support/browser.ts";
import type { User } from "../../support/shapes.ts";
import { untilLive, useBrowser } from "../../support/web.ts";

/** A place on the screen, in pixels. */
interface Box {
  x: number;
  y: number;
  width: number;
}

const starling = useStarling();
const { visit } = useBrowser();

async function expectUnread(who: Person, unread: number): Promise<void> {
  await eventually(async () => {
    expect((await who.api.get<NotificationsPage>("/notifications")).body.unread).toBe(unread);
  });
}

describe("the badge of the client", () => {
  it("goes on every screen when the notifications were read on one", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const [{ page: phone }, { page: laptop }] = [await visit(starling.url, alice), await visit(starling.url, alice)];
    for (const page of [phone, laptop]) await untilLive(page);
    await bob.tweet(`@${alice.username} are you there?`);
    for (const page of [phone, laptop]) await page.getByRole("link", { name: "Notifications, 1 unread" }).waitFor();
    await phone.getByRole("link", { name: "Notifications, 1 unread" }).click();
    await laptop.getByRole("link", { name: "Notifications", exact: true }).waitFor();
    await eventually(async () => expect(await laptop.title()).not.toMatch(/^\(/));
    // What was read on the other screen is not shown as new.
    await laptop.getByRole("link", { name: "Notifications", exact: true }).click();
    await laptop.getByText("are you there?").waitFor();
    expect(await laptop.locator(".notification.unread").count()).toBe(0);
    expect(await phone.locator(".notification.unread").count()).toBe(1);
  });

  it("says what is left when a stranger takes a mention back, and the words are gone", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const { page } = await visit(starling.url, alice);
    await untilLive(page);
    const words = `@${alice.username} you will not read this`;
    const { id } = await bob.tweet(words);
    await page.getByRole("link", { name: "Notifications, 1 unread" }).waitFor();
    const { page: open } = await visit(starling.url, alice, "/notifications");
    await untilLive(open);
    await open.getByText("you will not read this").waitFor();
    await bob.untweet(id);
    await open.getByText("you will not read this").waitFor({ state: "detached" });
    await open.getByText("Nothing here yet").waitFor();
    await page.getByRole("link", { name: "Notifications", exact: true }).waitFor();
  });

  it("does not count follows that were taken back", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const { page } = await visit(starling.url, alice);
    await untilLive(page);
    for (let round = 0; round < 5; round++) {
      await bob.follow(alice);
      await bob.unfollow(alice);
    }
    await bob.follow(alice);
    await expectUnread(alice, 1);
    await page.getByRole("link", { name: "Notifications, 1 unread" }).waitFor();
    await bob.unfollow(alice);
    await expectUnread(alice, 0);
    await page.getByRole("link", { name: "Notifications", exact: true }).waitFor();
  });
});

/** Opens the notifications of a person, live. */
async function openInbox(who: Person, path = "/notifications"): Promise<Page> {
  const { page } = await visit(starling.url, who, path);
  await untilLive(page);
  return page;
}

/** The words of all rows, from the top, without the times. */
function rowsOf(page: Page): Promise<string[]> {
  return page.locator(".notification > .notification-line .notification-head > :first-child").allTextContents();
}

const badge = (page: Page, count: number) =>
  page
    .getByRole("link", { name: count === 0 ? "Notifications" : `Notifications, ${count} unread`, exact: true })
    .waitFor();

/** Waits until enough of this hour is left for all of a test's tweets: they share a row with those of the same hour. */
const MINUTE_MS = 60_000;
const leftOfHour = () => 60 * MINUTE_MS - (Date.now() % (60 * MINUTE_MS));
const inOneHour = () => eventually(() => expect(leftOfHour()).toBeGreaterThan(2 * MINUTE_MS), 3 * MINUTE_MS);

describe("the notifications of the client", () => {
  it("fold into rows, live as after a reload, and the badge counts rows on every screen", async () => {
    await inOneHour();
    const { alice, bob, carol, dave } = await starling.cast("alice", "bob", "carol", "dave");
    for (const author of [bob, carol, dave]) await alice.follow(author);
    const home = await openInbox(alice, "/");
    for (const text of ["one", "two"]) await bob.tweet(text);
    await badge(home, 1);
    await bob.tweet(`@${alice.username} first`);
    await badge(home, 2);
    await bob.tweet(`@${alice.username} second`);
    await badge(home, 3);
    const page = await openInbox(alice);
    const mentions = ["bob mentioned you", "bob mentioned you"];
    await eventually(async () => expect((await rowsOf(page)).slice(2)).toEqual(["Unread: bob tweeted 2 times"]));
    await badge(home, 0);
    await carol.tweet("three");
    await dave.tweet("four");
    await bob.follow(alice);
    await carol.follow(alice);
    const expected = ["carol and bob follow you", "dave, carol and 1 other tweeted", ...mentions];
    const unmarked = async (of: Page) => (await rowsOf(of)).map((row) => row.replace("Unread: ", ""));
    await eventually(async () => expect(await unmarked(page)).toEqual(expected));
    const reloaded = await openInbox(alice);
    await eventually(async () => expect(await unmarked(reloaded)).toEqual(expected));

    await page.getByRole("button", { name: /dave, carol and 1 other tweeted/ }).click();
    const entries = page.locator(".notification-entries > li");
    expect(await entries.locator(".notification-text").allTextContents()).toEqual(["four", "three", "two", "one"]);
    await entries.getByText("three").click();
    await page.waitForURL(/\/tweet\//);
    await page.getByText("three").waitFor();
  });

  it("keeps mentions in a tab of their own, page by page and live, and after a reload", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob);
    const texts: string[] = [];
    for (let count = 0; count < 3; count++) {
      texts.unshift(`@${alice.username} number ${count}`);
      await bob.tweet(texts[0]!);
      await bob.tweet(`other ${count}`);
    }
    const page = await openInbox(alice);
    const shown = () => page.locator(".notification-text").allTextContents();
    await page.getByRole("link", { name: "Mentions", exact: true }).click();
    await eventually(async () => expect(await shown()).toEqual(texts));
    expect(await page.getByRole("link", { name: "Mentions", exact: true }).getAttribute("aria-current")).toBe("page");
    texts.unshift(`@${alice.username} live`);
    const { id } = await bob.tweet(texts[0]!);
    await eventually(async () => expect(await shown()).toEqual(texts));
    await page.reload();
    await eventually(async () => expect(await shown()).toEqual(texts));
    await untilLive(page);
    await bob.untweet(id);
    await eventually(async () => expect(await shown()).toEqual(texts.slice(1)));
    await page.locator(".notification-main").first().click();
    await page.waitForURL(/\/tweet\//);
  });

  it("turns an author's bell off at one tap, with a way back, on both screens", async () => {
    await inOneHour();
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await alice.follow(bob);
    await bob.tweet("one");
    await bob.tweet("two");
    await bob.tweet(`@${alice.username} three`);
    const [page, other] = [await openInbox(alice), await openInbox(alice, "/settings")];
    const rows = ["bob mentioned you", "bob tweeted 2 times"];
    const unmarked = async (of: Page) => (await rowsOf(of)).map((row) => row.replace("Unread: ", ""));
    await eventually(async () => expect(await unmarked(page)).toEqual(rows));
    await page.getByRole("button", { name: "Stop notifications of bob's tweets" }).click();
    await page.getByText("You won't be notified of tweets by bob.").waitFor();
    await eventually(async () => expect(await unmarked(page)).toEqual(rows.slice(0, 1)));
    const undo = page.getByRole("button", { name: "Undo" });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Undo");
    const notify = async () => (await alice.api.get<{ user: User }>(`/user/${bob.username}`)).body.user.viewer?.notify;
    expect(await notify()).toBe(false);
    await undo.click();
    await eventually(async () => expect(await unmarked(page)).toEqual(rows));
    await undo.waitFor({ state: "detached" });
    expect(await notify()).toBe(true);

    // One's own unfollow takes them out of the badge, on the other screen as well.
    await page.goto(`${starling.url}/user/${bob.username}`);
    await untilLive(page);
    for (const screen of [page, other]) await badge(screen, 0);
    await bob.tweet("four");
    await carol.follow(alice);
    for (const screen of [page, other]) await badge(screen, 2);
    await page.getByRole("button", { name: "Following" }).click();
    for (const screen of [page, other]) await badge(screen, 1);
  });

  it("says plainly what will be there", async () => {
    const { alice } = await starling.cast("alice");
    const page = await openInbox(alice);
    await page.getByText("Mentions, new followers, and tweets from people you follow will appear here.").waitFor();
    await page.getByRole("link", { name: "Mentions", exact: true }).click();
    await page.getByText(`Tweets that mention @${alice.username} will appear here.`).waitFor();
  });

  it("keeps the time on the line of the name on a phone", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.api.patch("/user", { displayName: "A name that fills more than a line on any phone" });
    await bob.tweet(`@${alice.username} hello`);
    const { page } = await visit(starling.url, alice, "/notifications", { viewport: WINDOWS.phone });
    await page.locator(".notification time").waitFor();
    // Both at once: what comes later above them, such as an offer, moves both.
    const boxes = `[".notification time", ".notification-head > :first-child"].map((selector) => {
      const { x, y, width } = document.querySelector(selector).getBoundingClientRect();
      return { x, y, width };
    })`;
    const [time, head] = await page.evaluate<[Box, Box]>(boxes);
    expect(Math.abs(time.y - head.y)).toBeLessThan(4);
    expect(time.x).toBeGreaterThanOrEqual(head.x + head.width - 1);
  });
});
