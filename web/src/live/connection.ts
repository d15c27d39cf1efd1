import type { Socket } from "socket.io-client";
import type { Notification, Tweet } from "../api/shapes.ts";
import { acknowledge, openOutbox } from "../outbox/outbox.ts";
import { homeList } from "../store/home.ts";
import { announce } from "../store/messages.ts";
import { addNotification } from "../store/notifications.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { me, refreshSession } from "../store/session.ts";
import { signal } from "../store/signal.ts";
import { forgetTweet, tweetOf } from "../store/tweets.ts";
import { catchUp } from "./sync.ts";

/** How the live connection is: `lost` after it was there, `off` before it was ever asked for. */
export type LiveState = "off" | "connecting" | "live" | "lost";

export const liveState = signal<LiveState>("off");

// For styles and for whoever watches from outside: a test, a kiosk.
liveState.subscribe((state) => (document.documentElement.dataset["live"] = state));

/** After the server has sent us away: long enough for it to be gone, in milliseconds. */
const RETURN_DELAY = 1000;

let socket: Socket | null = null;
/** Names of the profiles on screen. */
const watched = new Set<string>();
let owner: string | undefined;

/**
 * Opens the live connection, for who is logged in or for a visitor, and keeps it open.
 *
 * @param asked settles when the server has said who that is, or did not answer: else a connection that is only just
 *   being made would be dropped for another
 */
export async function startLive(asked: Promise<void>): Promise<void> {
  const [{ io }] = await Promise.all([import("socket.io-client"), asked]);
  owner = me.value?.id;
  socket = io({
    // The long-polling way is for networks that let no websocket through.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  });
  liveState.set("connecting");
  listen(socket);
  me.subscribe((user) => {
    if (user?.id === owner) return;
    owner = user?.id;
    // Who we are is settled when a connection is made.
    socket?.disconnect().connect();
  });
  window.addEventListener("online", () => void wake());
  // The line to the world is gone. Whether the one to the server is, which may run right here, only asking tells.
  window.addEventListener("offline", () => void wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void wake();
  });
}

function listen(live: Socket): void {
  live.on("connect", () => {
    liveState.set("live");
    for (const username of watched) live.emit("watch", { username }, ignore);
    void openOutbox();
    void catchUp(live, watched);
  });
  live.on("connect_error", () => {
    liveState.set("lost");
    // A refusal by the server ends socket.io's own tries.
    if (!live.active) setTimeout(() => live.connect(), RETURN_DELAY);
  });
  live.on("disconnect", (reason) => {
    if (reason === "io client disconnect") return;
    liveState.set("lost");
    if (reason !== "io server disconnect") return;
    // The session has ended, or the server is about to.
    setTimeout(() => {
      refreshSession()
        .catch(() => undefined)
        .finally(() => live.connect());
    }, RETURN_DELAY);
  });
  live.on("tweet", takeTweet);
  live.on("tweet:deleted", ({ id }: { id: string }) => {
    const tweet = tweetOf(id);
    if (tweet) countTweets(tweet.author.username, -1);
    forgetTweet(id);
  });
  live.on("notification", (notification: Notification) => {
    addNotification(notification);
    announce(`${notification.actor.displayName} ${DEEDS[notification.kind]}`);
  });
  live.on("resync", () => void catchUp(live, watched));
}

const DEEDS = { tweet: "tweeted", mention: "mentioned you", follow: "follows you" } as const;

function takeTweet(tweet: Tweet): void {
  const user = me.value;
  if (user && tweet.author.id === user.id) {
    acknowledge(tweet);
    return;
  }
  const { username } = tweet.author;
  const profile = knownProfile(username);
  const added = profile?.list.add([tweet]) ?? 0;
  if (added > 0) countTweets(username, added);
  // A watched profile's tweet belongs into the feed only when its author is followed.
  const followed = !watched.has(username.toLowerCase()) || profile?.user.value?.viewer?.following === true;
  if (user && followed) homeList().add([tweet]);
}

/** Keeps a profile's tweets coming while it is on screen. @returns how to stop */
export function watch(username: string): () => void {
  const key = username.toLowerCase();
  watched.add(key);
  if (socket?.connected) socket.emit("watch", { username }, ignore);
  return () => {
    watched.delete(key);
    if (socket?.connected) socket.emit("unwatch", { username }, ignore);
  };
}

/** The page is looked at again, perhaps after hours, or the line has changed: the connection may be dead without knowing. */
async function wake(): Promise<void> {
  if (!socket) return;
  if (!socket.connected) return void socket.connect();
  // With no line there is no need to wait for an answer that will not come.
  const reached = navigator.onLine || (await refreshSession().then(always, never));
  if (!reached || !(await catchUp(socket, watched))) socket.disconnect().connect();
}

const always = () => true;
const never = () => false;

/** What a watch is answered changes nothing here: it is asked for again at the next connection. */
function ignore(): void {}
