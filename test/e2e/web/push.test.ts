import { describe, expect, it } from "@jest/globals";
import type { BrowserContext, Page, Worker } from "playwright-core";
import { eventually, useStarling } from "../../helper.ts";
import { untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

/** Hands a message to the page's service worker as the browser's push service would. */
async function deliver(context: BrowserContext, page: Page, message: unknown): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(starling.url));
      if (found) resolve(found.registrationId);
    });
  });
  await devtools.send("ServiceWorker.enable");
  await devtools.send("ServiceWorker.deliverPushMessage", {
    origin: starling.url,
    registrationId: await registered,
    data: JSON.stringify(message),
  });
}

/** Every notification that is shown: its words, and what a click on it does. */
async function shown(worker: Worker): Promise<{ title: string; body: string }[]> {
  return worker.evaluate(`self.registration.getNotifications().then((all) =>
    all.map(({ title, body }) => ({ title, body })))`);
}

describe("a push message", () => {
  it("shows a notification, and a click on it opens the tweet", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const tweet = await bob.tweet("Opened from a notification");
    const window = await visit(starling.url, alice, "/settings");
    const { page, context } = window;
    await context.grantPermissions(["notifications"], { origin: starling.url });
    await page.reload();
    await untilLive(page);
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await eventually(() => expect(context.serviceWorkers().length).toBeGreaterThan(0));
    const [worker] = context.serviceWorkers() as [Worker];

    const message = { title: "Bob", body: "Opened from a notification", url: `/tweet/${tweet.id}`, tag: tweet.id };
    await deliver(context, page, message);
    await eventually(async () => expect(await shown(worker)).toEqual([{ title: "Bob", body: message.body }]));

    await worker.evaluate(`self.registration.getNotifications().then(([notification]) =>
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification })))`);
    await page.getByRole("heading", { name: "Tweet", exact: true }).waitFor();
    await page.getByText("Opened from a notification").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/tweet/${tweet.id}`);
    await eventually(async () => expect(await shown(worker)).toEqual([]));
  });
});
