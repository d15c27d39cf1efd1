import { api } from "../api/api.ts";
import { me } from "./session.ts";
import { signal } from "./signal.ts";
import { readStored, writeStored } from "./stored.ts";

/** Whether this browser shows what happens while the page is closed. `unable`: it, or the server, can't. */
export type PushState = "unknown" | "unable" | "refused" | "off" | "on";

export const push = signal<PushState>("unknown");

/** Who agreed to be told by this browser: another who logs in here has not. */
const AGREED = "starling:push";

/** Registers the service worker: push, and opening without a line. Only where pages come over TLS, or from here. */
export async function startServiceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return push.set("unable");
  await navigator.serviceWorker.register("/sw.js");
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ open?: string }>) => {
    if (data.open) opened(data.open);
  });
  await renewPush();
  let owner = me.value?.id;
  me.subscribe((user) => {
    if (user?.id === owner) return;
    owner = user?.id;
    // It is tried again when the page is opened the next time.
    renewPush().catch(() => undefined);
  });
}

/** The server forgets a browser with the session that it subscribed in: in the next one it is told again. */
async function renewPush(): Promise<void> {
  await readPushState();
  if (push.value === "on") await subscribe();
}

/** Has the browser told by the server's key, which may be another than the one that it subscribed with. */
async function subscribe(): Promise<void> {
  const { publicKey } = await api.pushKey();
  const { pushManager } = await navigator.serviceWorker.ready;
  const found = await pushManager.getSubscription();
  if (found && !hasKey(found, publicKey)) await found.unsubscribe();
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  await api.pushSubscribe(subscription.toJSON());
}

function hasKey({ options }: PushSubscription, publicKey: string): boolean {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") === publicKey;
}

let opened: (path: string) => void = () => undefined;

/** What to do when a notification was clicked. */
export function onOpened(open: (path: string) => void): void {
  opened = open;
}

async function readPushState(): Promise<void> {
  if (!("PushManager" in window) || !("Notification" in window)) return push.set("unable");
  if (Notification.permission === "denied") return push.set("refused");
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.getSubscription();
  const agreed = me.value !== null && readStored<string>(AGREED) === me.value.id;
  push.set(subscription && agreed && Notification.permission === "granted" ? "on" : "off");
}

/** Asks the person, then the browser, then the server. @throws ApiError, NetworkError, or what the browser throws */
export async function turnPushOn(): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return readPushState();
  await subscribe();
  writeStored(AGREED, me.value?.id);
  await readPushState();
}

export async function turnPushOff(): Promise<void> {
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.getSubscription();
  if (subscription) {
    await api.pushUnsubscribe(subscription.endpoint);
    await subscription.unsubscribe();
  }
  writeStored(AGREED, null);
  await readPushState();
}

/** On logging out: what comes after is not for whoever uses this browser then. */
export async function leavePush(): Promise<void> {
  if (me.value && push.value === "on") await turnPushOff();
}
