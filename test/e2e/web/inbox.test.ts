import { describe, expect, it } from "@jest/globals";
import { eventually, type NotificationsPage, type Person, useStarling } from "../../helper.ts";
import { untilLive, useBrowser } from "../../support/web.ts";

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
