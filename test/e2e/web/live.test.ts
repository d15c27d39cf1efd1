import { describe, expect, it } from "@jest/globals";
import { eventually, useStarling } from "../../helper.ts";
import { textsOn, untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

describe("the live client", () => {
  it("shows a followee's tweet in the feed, and removes a deleted one", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob);
    const reader = await visit(starling.url, alice);
    await untilLive(reader.page);
    const tweet = await bob.tweet("Fresh from the press");
    await reader.page.getByText("Fresh from the press").waitFor();
    await bob.untweet(tweet.id);
    await reader.page.getByText("Fresh from the press").waitFor({ state: "detached" });
  });

  it("shows a followee's tweet where the network blocks websockets", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob);
    const { page, context } = await visit(starling.url, alice);
    await context.addInitScript(`window.WebSocket = class {
      constructor() {
        setTimeout(() => this.onerror(new Event("error")));
      }
      close() {}
    }`);
    await page.reload();
    await untilLive(page);
    await bob.tweet("Slowly but surely");
    await page.getByText("Slowly but surely").waitFor();
  });

  it("holds new tweets back while the reader is further down, and moves nothing", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    for (let index = 1; index <= 25; index++) await bob.tweet(`Old tweet ${index}`);
    await alice.follow(bob);
    const reader = await visit(starling.url, alice);
    const { page } = reader;
    await page.getByText("Old tweet 25").waitFor();
    await untilLive(page);
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, 1200);
    await eventually(async () => expect(await page.evaluate("scrollY")).toBeGreaterThan(1000));
    const seen = page.getByText("Old tweet 12", { exact: true });
    const before = await seen.boundingBox();
    for (const number of [1, 2, 3]) await bob.tweet(`New tweet ${number}`);
    await page.getByRole("button", { name: "3 new tweets" }).waitFor();
    expect(await seen.boundingBox()).toEqual(before);
    await page.getByRole("button", { name: "3 new tweets" }).click();
    await page.getByText("New tweet 1").waitFor();
    expect((await textsOn(page)).slice(0, 4)).toEqual(["New tweet 3", "New tweet 2", "New tweet 1", "Old tweet 25"]);
  });

  it("updates a profile on screen for a visitor", async () => {
    const { bob } = await starling.cast("bob");
    const visitor = await visit(starling.url, null, `/user/${bob.username}`);
    await visitor.page.getByText("No tweets yet").waitFor();
    await untilLive(visitor.page);
    await bob.tweet("Anybody there?");
    await visitor.page.getByText("Anybody there?").waitFor();
    await visitor.page.getByText("1 tweet", { exact: true }).waitFor();
  });

  it("counts a tweet that comes while the profile is read again", async () => {
    const { bob } = await starling.cast("bob");
    const { page } = await visit(starling.url, null, `/user/${bob.username}`);
    await page.getByText("No tweets yet").waitFor();
    await untilLive(page);
    let wasRead = false;
    await page.route(`**/user/${bob.username}`, async (route) => {
      const old = await route.fetch();
      wasRead = true;
      await page.getByText("Out there?").waitFor();
      await route.fulfill({ response: old });
    });
    const answered = page.waitForResponse(`**/user/${bob.username}`);
    // The page may still be reading what it missed before it was live, and then reads nothing more.
    await eventually(async () => {
      await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
      expect(wasRead).toBe(true);
    });
    await bob.tweet("Out there?");
    await (await answered).finished();
    await page.getByText("1 tweet", { exact: true }).waitFor();
    await page.unrouteAll({ behavior: "wait" });
  });

  it("shows a tweet and its notification that come while the first pages are read", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob);
    const { page } = await visit(starling.url, alice);
    await untilLive(page);
    await page.evaluate("localStorage.removeItem('starling:feed')");
    const text = `@${alice.username} hot off the press`;
    let held = 0;
    let release: () => void = () => undefined;
    const posted = new Promise<void>((resolve) => (release = resolve));
    await page.route(/\/(?:feed|notifications)(?:\?|$)/, async (route) => {
      const old = await route.fetch();
      held += 1;
      await posted;
      await route.fulfill({ response: old });
    });
    const live = page.waitForEvent("websocket");
    const loading = page.reload({ waitUntil: "commit" });
    const came = (await live).waitForEvent("framereceived", ({ payload }) => String(payload).includes("notification"));
    await loading;
    await eventually(() => expect(held).toBeGreaterThanOrEqual(2));
    await untilLive(page);
    await bob.tweet(text);
    await came;
    release();
    await page.getByText("hot off the press").waitFor();
    await page.getByRole("link", { name: "Notifications, 1 unread" }).waitFor();
    await page.unrouteAll({ behavior: "wait" });
  });

  it("shows a mention in the title and the list, until it is read", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const reader = await visit(starling.url, alice);
    const { page } = reader;
    await untilLive(page);
    await bob.tweet(`@${alice.username} have you seen this?`);
    await eventually(async () => expect(await page.title()).toMatch(/^\(1\) /));
    await page.getByRole("link", { name: "Notifications, 1 unread" }).click();
    await page.getByText("have you seen this?").waitFor();
    await eventually(async () => expect(await page.title()).not.toMatch(/^\(/));
    await eventually(async () => {
      expect((await alice.api.get<{ unread: number }>("/notifications")).body.unread).toBe(0);
    });
  });

  it("fills the feed after a follow and empties it after an unfollow", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.tweet("Follow me for more");
    const reader = await visit(starling.url, alice, `/user/${bob.username}`);
    const { page } = reader;
    await page.getByRole("button", { name: "Follow", exact: true }).click();
    await page.getByRole("button", { name: /Notify me/ }).click();
    await page.locator('[aria-pressed="false"]').waitFor();
    await page.getByRole("link", { name: "Home", exact: true }).click();
    await page.getByText("Follow me for more").waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Following" }).click();
    await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
    await page.getByRole("link", { name: "Home", exact: true }).click();
    await page.getByText("Nothing here yet").waitFor();
  });

  it("removes a deleted tweet at once, and on the server", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("A slip of the pen");
    const writer = await visit(starling.url, alice);
    const { page } = writer;
    await page.getByText("A slip of the pen").waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("A slip of the pen").waitFor({ state: "detached" });
    await eventually(async () => expect((await starling.api.get(`/tweet/${tweet.id}`)).status).toBe(404));
  });
});
