import { describe, expect, it } from "@jest/globals";
import type { BrowserContext, Page, Worker } from "playwright-core";
import { eventually, useStarling } from "../../helper.ts";
import { EXPECTED, untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

/** Delivers a message to the page's service worker as the browser's push service would. */
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

/** All notifications on screen. */
async function shown(worker: Worker): Promise<{ title: string; body: string }[]> {
  return worker.evaluate(`self.registration.getNotifications().then((all) =>
    all.map(({ title, body }) => ({ title, body })))`);
}

/** A headless browser has no push service. This replacement keeps its subscription over reloads. */
const PUSH_SERVICE = `
  const bytesOf = (key) =>
    Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0)).buffer;
  const subscription = {
    get options() {
      return { applicationServerKey: bytesOf(localStorage.getItem("subscribed")) };
    },
    endpoint: "https://fcm.googleapis.com/fcm/send/" + "x".repeat(40),
    toJSON: () => ({
      endpoint: subscription.endpoint,
      expirationTime: null,
      keys: {
        p256dh: "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
        auth: "tBHItJI5svbpez7KI4CCXg",
      },
    }),
    unsubscribe: async () => localStorage.removeItem("subscribed"),
  };
  PushManager.prototype.getSubscription = async () => (localStorage.getItem("subscribed") ? subscription : null);
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    if ((localStorage.getItem("subscribed") ?? applicationServerKey) !== applicationServerKey) {
      throw new DOMException("It has another key", "InvalidStateError");
    }
    localStorage.setItem("subscribed", applicationServerKey);
    return subscription;
  };`;

describe("push", () => {
  it("is turned on in the settings, renewed in the next session and with a new key, and turned off", async () => {
    const { alice } = await starling.cast("alice");
    const { page, context } = await visit(starling.url, alice, "/login");
    await context.grantPermissions(["notifications"], { origin: starling.url });
    await context.addInitScript(PUSH_SERVICE);
    const told: string[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith("/push/subscription"))
        told.push(`${response.request().method()} ${response.status()}`);
    });
    await page.goto(`${starling.url}/settings`);
    const toggle = page.getByRole("switch", { name: "Push notifications on this device" });
    await toggle.check();
    await eventually(() => expect(told).toEqual(["POST 201"]));
    await page.getByText("You'll be notified of mentions").waitFor();
    const { publicKey } = (await starling.api.get<{ publicKey: string }>("/push/key")).body;
    expect(await page.evaluate("localStorage.getItem('subscribed')")).toBe(publicKey);
    await page.reload();
    await eventually(() => expect(told).toEqual(["POST 201", "POST 201"]));
    // As after the server has lost its keys and generated new ones: the browser's subscription has an old key.
    await page.evaluate("localStorage.setItem('subscribed', 'AAAA')");
    await page.reload();
    await eventually(() => expect(told).toEqual(["POST 201", "POST 201", "POST 201"]));
    expect(await page.evaluate("localStorage.getItem('subscribed')")).toBe(publicKey);
    await toggle.uncheck();
    await eventually(() => expect(told).toEqual(["POST 201", "POST 201", "POST 201", "DELETE 204"]));
    expect(await page.evaluate("localStorage.getItem('subscribed')")).toBeNull();
  });
});

describe("push that can't be turned on", () => {
  const failing = (error: string) => `
    PushManager.prototype.getSubscription = async () => null;
    PushManager.prototype.subscribe = async () => { throw ${error}; };`;

  it.each([
    [
      "the browser has no push service",
      failing('new DOMException("push service error", "AbortError")'),
      /push service/,
    ],
    ["the user gave no answer", 'Notification.requestPermission = async () => "default";', /got no answer/],
  ])("says why when %s, and the switch is off", async (_when, script, words) => {
    const { alice } = await starling.cast("alice");
    const { page, context } = await visit(starling.url, alice, "/login");
    await context.grantPermissions(["notifications"], { origin: starling.url });
    await context.addInitScript(script);
    await page.goto(`${starling.url}/settings`);
    const toggle = page.getByRole("switch", { name: "Push notifications on this device" });
    await eventually(async () => expect(await toggle.isEnabled()).toBe(true));
    await toggle.click();
    await page.getByRole("alert").filter({ hasText: words }).waitFor();
    expect(await toggle.isChecked()).toBe(false);
    await page.goto(`${starling.url}/notifications`);
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByRole("alert").filter({ hasText: words }).waitFor();
  });

  it("says why when the server can't be reached, and works once it can", async () => {
    const { alice } = await starling.cast("alice");
    const { page, context, expectComplaints } = await visit(starling.url, alice, "/login");
    expectComplaints(EXPECTED.offline, /ERR_FAILED/);
    await context.grantPermissions(["notifications"], { origin: starling.url });
    await context.addInitScript(PUSH_SERVICE);
    await page.goto(`${starling.url}/settings`);
    await page.route("**/push/subscription", (route) => route.abort());
    const toggle = page.getByRole("switch", { name: "Push notifications on this device" });
    await eventually(async () => expect(await toggle.isEnabled()).toBe(true));
    await toggle.click();
    await page.getByRole("alert").filter({ hasText: "Push notifications are still off." }).waitFor();
    expect(await toggle.isChecked()).toBe(false);
    await page.unroute("**/push/subscription");
    await toggle.check();
    await page.getByText("You'll be notified of mentions").waitFor();
    await page.route("**/push/subscription", (route) => route.abort());
    await toggle.click();
    await page.getByRole("alert").filter({ hasText: "Push notifications are still on." }).waitFor();
    expect(await toggle.isChecked()).toBe(true);
  });

  it("says that the site is blocked", async () => {
    const { alice } = await starling.cast("alice");
    const { page, context } = await visit(starling.url, alice, "/login");
    await context.addInitScript('Object.defineProperty(Notification, "permission", { get: () => "denied" });');
    await page.goto(`${starling.url}/settings`);
    await page.getByText("Notifications are blocked for this site.").waitFor();
    expect(await page.getByRole("switch", { name: "Push notifications" }).isDisabled()).toBe(true);
  });
});

describe("a push message", () => {
  it("replaces earlier ones of its tag, and says how many it stands for", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const { page, context } = await visit(starling.url, alice, "/settings");
    await context.grantPermissions(["notifications"], { origin: starling.url });
    await page.reload();
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await eventually(() => expect(context.serviceWorkers().length).toBeGreaterThan(0));
    const [worker] = context.serviceWorkers() as [Worker];
    const allUrl = `${starling.url}/user/${bob.username}`;
    const tweet = (number: number) => ({
      ...{ kind: "tweet", title: "Bob", body: `Tweet ${number}`, url: `/tweet/${number}`, allUrl, tag: "tweet-bob" },
    });
    const follow = (name: string) => ({
      ...{ kind: "follow", title: `${name} follows you`, body: "", url: `/user/${name}`, allUrl, tag: "follows" },
    });
    const expectShown = (...expected: { title: string; body: string }[]) =>
      eventually(async () => {
        const found = await shown(worker);
        expect(found).toHaveLength(expected.length);
        expect(found).toEqual(expect.arrayContaining(expected));
      });
    await deliver(context, page, tweet(1));
    await expectShown({ title: "Bob", body: "Tweet 1" });
    // The second time is a repetition.
    for (const number of [2, 2]) await deliver(context, page, tweet(number));
    await expectShown({ title: "Bob: 2 new tweets", body: "Tweet 2" });
    for (const name of ["Ada", "Cem", "Eve"]) await deliver(context, page, follow(name));
    const followers = { title: "3 new followers", body: "Eve follows you" };
    await expectShown({ title: "Bob: 2 new tweets", body: "Tweet 2" }, followers);
    await worker.evaluate(`self.registration.getNotifications({ tag: "tweet-bob" }).then(([notification]) =>
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification })))`);
    await page.waitForURL(allUrl);
    await expectShown(followers);
  });

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
