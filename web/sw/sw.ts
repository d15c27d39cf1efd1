/*
 * The service worker. It shows push notifications and opens the client offline. It never keeps readers on an old version:
 * pages come from the network if possible, and cached files carry the hash of their content in their names.
 */

export {};

declare const self: ServiceWorkerGlobalScope;

/** The files of this build. `precacheList` in vite.config.ts writes the list here. */
declare const __PRECACHE__: string[];
const FILES = __PRECACHE__;

const CACHE = "starling-app";
/** The page in which the client renders any screen. */
const SHELL = "/";
/** Files without a hash in their names: they come from the network if possible. */
const UNHASHED = ["/icon.svg", "/icon-unread.svg", "/icon-192.png", "/manifest.webmanifest"];

self.addEventListener("install", (event) => {
  event.waitUntil(keepBuild().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldBuilds().then(() => self.clients.claim()));
});

async function keepBuild(): Promise<void> {
  const cache = await caches.open(CACHE);
  const known = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await cache.addAll([...FILES.filter((file) => !known.has(file)), ...UNHASHED]);
  await keepShell(cache);
}

async function keepShell(cache: Cache): Promise<void> {
  // Without the cookie, the page has nothing of the reader.
  const shell = await fetch(SHELL, { headers: { accept: "text/html" }, cache: "reload", credentials: "omit" });
  if (shell.ok) await cache.put(SHELL, shell);
}

async function dropOldBuilds(): Promise<void> {
  const cache = await caches.open(CACHE);
  const current = new Set([SHELL, ...FILES, ...UNHASHED]);
  for (const request of await cache.keys()) {
    if (!current.has(new URL(request.url).pathname)) await cache.delete(request);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(fromCacheFirst(request));
  else if (request.mode === "navigate" && isScreen(url.pathname)) event.respondWith(page(request));
  else if (UNHASHED.includes(url.pathname)) event.respondWith(fetch(request).catch(() => kept(request)));
});

/** Whether the client has a screen at this path. All other pages come from the server only. */
function isScreen(path: string): boolean {
  return /^\/($|user\/|tweet\/|users$|notifications(?:$|\/mentions$)|settings$|login$|signup$)/.test(path);
}

async function fromCacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

async function kept(request: Request | string): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? Response.error();
}

/** Gets a page from the network. While the network or the server is down, the cached shell opens the client instead. */
async function page(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.status < 502 || response.status > 504) return response;
  } catch {
    // Offline: fall through to the shell below, as when the server is down.
  }
  return kept(SHELL);
}

/** The content of a push message: see services/notifier/push/message.ts. */
interface Message {
  kind?: "tweet" | "follow" | "mention";
  title?: string;
  body?: string;
  url?: string;
  allUrl?: string;
  icon?: string;
  image?: string;
  tag?: string;
}

/** Messages are shown one after the other: at the same time, two of one tag would not count each other. */
let showing = Promise.resolve();

self.addEventListener("push", (event) => {
  const message = readMessage(event.data);
  const shown = showing.then(() => show(message));
  showing = shown.catch(() => undefined);
  event.waitUntil(shown);
});

function readMessage(data: PushMessageData | null): Message {
  try {
    return (data?.json() ?? {}) as Message;
  } catch {
    return { body: data?.text() ?? "" };
  }
}

/** The most messages that one notification counts. */
const COUNT_LIMIT = 99;

/** What a notification on screen remembers. */
interface Shown {
  /** The page that a click opens. */
  url: string;
  /** The pages of the messages that it stands for, the latest last. */
  urls?: string[];
}

/** Shows a message in place of the notification with its tag, which then stands for both. */
async function show(message: Message): Promise<void> {
  const { title = "Starling", body = "", url = "/notifications", allUrl = url, icon, image, tag } = message;
  const [replaced] = tag ? await self.registration.getNotifications({ tag }) : [];
  const earlier = (replaced?.data as Shown | undefined)?.urls ?? [];
  const urls = [...earlier.filter((other) => other !== url), url].slice(-COUNT_LIMIT);
  const words = urls.length === 1 ? { title, body } : wordsFor(message, urls.length);
  const data: Shown = { url: urls.length === 1 ? url : allUrl, urls };
  const options: NotificationOptions & { image?: string } = {
    body: words.body,
    icon: icon ?? "/icon-192.png",
    badge: "/icon-192.png",
    data,
    silent: true,
    ...(image && { image }),
    ...(tag && { tag }),
  };
  await self.registration.showNotification(words.title, options);
}

/** The text of a notification that stands for several messages. @param count at least 2 */
function wordsFor({ kind, title = "", body = "" }: Message, count: number): { title: string; body: string } {
  if (kind === "follow") return { title: `${count} new followers`, body: title };
  return { title: `${title}: ${count} new tweets`, body };
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data as Shown;
  event.waitUntil(open(new URL(url, self.location.origin).pathname));
});

/** Opens a path in an existing window, or in a new one. */
async function open(path: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const window = windows.find(({ visibilityState }) => visibilityState === "visible") ?? windows[0];
  if (!window) {
    await self.clients.openWindow(path);
    return;
  }
  window.postMessage({ open: path });
  // Browsers allow focus() only after a click. Without it the window shows the path all the same.
  await window.focus().catch(() => undefined);
}
