import { signal } from "@preact/signals";
import { api } from "../api/api.ts";
import { me, onAccountChange } from "./session.ts";
import { readStored, writeStored } from "./stored.ts";

/**
 * Whether this browser shows push notifications. `insecure`: the page came without TLS. `unable`: no support, or a
 * development build. `refused`: the user or the browser blocks notifications of this site.
 */
export type PushState = "unknown" | "insecure" | "unable" | "refused" | "off" | "on";

export const push = signal<PushState>("unknown");

/** The id of the user who turned push on in this browser. Another user of the browser has not agreed to it. */
const AGREED = "starling:push";

/** Registers the service worker, for push and for opening offline. Browsers allow it over TLS or on localhost only. */
export async function startServiceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) {
    push.value = window.isSecureContext ? "unable" : "insecure";
    return;
  }
  try {
    await navigator.serviceWorker.register("/sw.js");
  } catch {
    // Offline, the worker of an earlier visit is still there. Some private windows refuse workers.
    if (!(await navigator.serviceWorker.getRegistration())) {
      push.value = "unable";
      return;
    }
  }
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ open?: string }>) => {
    if (data.open) opened(data.open);
  });
  await renewPush();
  onAccountChange(() => {
    // A failure is harmless: the next start of the page tries again.
    renewPush().catch(() => undefined);
  });
}

/** Subscribes again in a new session: the server drops a subscription together with the session that made it. */
async function renewPush(): Promise<void> {
  await readPushState();
  if (push.value === "on") await subscribe();
}

/** Subscribes with the server's current key. A subscription with an older key is replaced. */
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

/** Sets the function that opens a path after a click on a notification. */
export function onOpened(open: (path: string) => void): void {
  opened = open;
}

/** Reads the state again, for example after the user has changed the permission in the browser's settings. */
export async function readPushState(): Promise<void> {
  push.value = await currentState();
}

async function currentState(): Promise<PushState> {
  if (!("PushManager" in window) || !("Notification" in window)) return "unable";
  if (Notification.permission === "denied") return "refused";
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.getSubscription();
  const agreed = me.value !== null && readStored<string>(AGREED) === me.value.id;
  return subscription && agreed && Notification.permission === "granted" ? "on" : "off";
}

/**
 * Asks for permission, then subscribes.
 *
 * @throws ApiError, NetworkError; DOMException when the user or the browser refuses (`NotAllowedError`), or when the
 *   browser has no push service
 */
export async function turnPushOn(): Promise<void> {
  const permission = await Notification.requestPermission();
  if (permission === "granted") {
    await subscribe();
    writeStored(AGREED, me.value?.id);
  }
  await readPushState();
  if (permission !== "granted") throw new DOMException(`The permission is ${permission}`, "NotAllowedError");
}

/** @throws ApiError, NetworkError */
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

/** Turns push off before a logout: the next user of this browser must not see this account's notifications. */
export async function leavePush(): Promise<void> {
  if (me.value && push.value === "on") await turnPushOff();
}
