/*
 * The service worker: notifications while the page is closed, and opening without a line. It never stands between the
 * reader and a newer version: pages come from the network whenever there is one, and what is kept carries the hash of
 * its content in its name.
 */

export {};

declare const self: ServiceWorkerGlobalScope;

/** The files of this build; the build writes them here. */
declare const __PRECACHE__: string[];
const FILES = __PRECACHE__;

const CACHE = "starling-app";
/** The page that becomes any screen. */
const SHELL = "/";
const ASIDE = ["/icon.svg", "/icon-unread.svg", "/icon-192.png", "/manifest.webmanifest"];

self.addEventListener("install", (event) => {
  event.waitUntil(keepBuild().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldBuilds().then(() => self.clients.claim()));
});

async function keepBuild(): Promise<void> {
  const cache = await caches.open(CACHE);
  const known = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await cache.addAll([...FILES.filter((file) => !known.has(file)), ...ASIDE]);
  await keepShell(cache);
}

async function keepShell(cache: Cache): Promise<void> {
  const shell = await fetch(SHELL, { headers: { accept: "text/html" }, cache: "reload" });
  if (shell.ok) await cache.put(SHELL, shell);
}

async function dropOldBuilds(): Promise<void> {
  const cache = await caches.open(CACHE);
  const current = new Set([SHELL, ...FILES, ...ASIDE]);
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
  else if (ASIDE.includes(url.pathname)) event.respondWith(fetch(request).catch(() => kept(request)));
});

/** The addresses of the client's screens; everything else is the server's own. */
function isScreen(path: string): boolean {
  return /^\/($|user\/|tweet\/|users$|notifications$|settings$|login$|signup$)/.test(path);
}

async function fromCacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

async function kept(request: Request | string): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? Response.error();
}

/** A page from the network. Without one, or while the server is down, the client opens with what it has. */
async function page(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.status < 502 || response.status > 504) return response;
  } catch {
    // No line: the same.
  }
  return kept(SHELL);
}

/** What a push message says. */
interface Message {
  title?: string;
  body?: string;
  url?: string;
  icon?: string;
  image?: string;
  tag?: string;
}

self.addEventListener("push", (event) => {
  const message = readMessage(event.data);
  event.waitUntil(show(message));
});

function readMessage(data: PushMessageData | null): Message {
  try {
    return (data?.json() ?? {}) as Message;
  } catch {
    return { body: data?.text() ?? "" };
  }
}

async function show({
  title = "Starling",
  body = "",
  url = "/notifications",
  icon,
  image,
  tag,
}: Message): Promise<void> {
  const options: NotificationOptions & { image?: string } = {
    body,
    icon: icon ?? "/icon-192.png",
    badge: "/icon-192.png",
    data: { url },
    silent: true,
    ...(image && { image }),
    ...(tag && { tag }),
  };
  await self.registration.showNotification(title, options);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data as { url: string };
  event.waitUntil(open(new URL(url, self.location.origin).pathname));
});

/** Opens an address in a window that is there already, else in a new one. */
async function open(path: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const window = windows.find(({ visibilityState }) => visibilityState === "visible") ?? windows[0];
  if (!window) {
    await self.clients.openWindow(path);
    return;
  }
  window.postMessage({ open: path });
  // Only a click lets a window be focused; without one it has been told all the same.
  await window.focus().catch(() => undefined);
}
