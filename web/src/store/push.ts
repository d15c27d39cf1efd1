import { api } from "../api/api.ts";
import { me } from "./session.ts";
import { signal } from "./signal.ts";

/** Whether this browser shows what happens while the page is closed. `unable`: it, or the server, can't. */
export type PushState = "unknown" | "unable" | "refused" | "off" | "on";

export const push = signal<PushState>("unknown");

/** Registers the service worker: push, and opening without a line. Only where pages come over TLS, or from here. */
export async function startServiceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return push.set("unable");
  await navigator.serviceWorker.register("/sw.js");
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ open?: string }>) => {
    if (data.open) opened(data.open);
  });
  await readPushState();
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
  push.set(subscription && Notification.permission === "granted" ? "on" : "off");
}

/** Asks the person, then the browser, then the server. @throws ApiError, NetworkError, or what the browser throws */
export async function turnPushOn(): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") return readPushState();
  const { publicKey } = await api.pushKey();
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  await api.pushSubscribe(subscription.toJSON());
  await readPushState();
}

export async function turnPushOff(): Promise<void> {
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.getSubscription();
  if (subscription) {
    await api.pushUnsubscribe(subscription.endpoint);
    await subscription.unsubscribe();
  }
  await readPushState();
}

/** On logging out: what comes after is not for whoever uses this browser then. */
export async function leavePush(): Promise<void> {
  if (me.value && push.value === "on") await turnPushOff();
}
