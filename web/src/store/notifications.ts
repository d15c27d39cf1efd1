import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import type { Notification } from "../api/shapes.ts";
import { me } from "./session.ts";
import { signal } from "./signal.ts";
import { deletions, isGone, keepTweets } from "./tweets.ts";

export interface NotificationsState {
  readonly items: readonly Notification[];
  readonly next: string | null;
  readonly status: "idle" | "loading" | "failed";
  readonly error: string;
  readonly loaded: boolean;
}

const EMPTY: NotificationsState = { items: [], next: null, status: "idle", error: "", loaded: false };

export const notifications = signal<NotificationsState>(EMPTY);
/** How many are unread: the badge. */
export const unread = signal(0);

/** Read by looking at them just now: on screen they stay marked as new until the reader leaves. */
const justRead = new Set<string>();

const change = (part: Partial<NotificationsState>) => notifications.update((state) => ({ ...state, ...part }));

/** Reads the newest page and the number of unread ones. */
export async function refreshNotifications(): Promise<void> {
  if (!me.value) return;
  change({ status: "loading", error: "" });
  try {
    const page = await api.notifications();
    keep(page.notifications);
    unread.set(page.unread);
    const items = page.notifications.map((item) => (justRead.has(item.id) ? { ...item, read: false } : item));
    change({ items, next: page.next, status: "idle", loaded: true });
  } catch (error) {
    change({ status: "failed", error: explain(error) });
  }
}

export async function moreNotifications(): Promise<void> {
  const { next, status, items } = notifications.value;
  if (next === null || status === "loading") return;
  change({ status: "loading", error: "" });
  try {
    const page = await api.notifications(next);
    keep(page.notifications);
    const known = new Set(items.map(({ id }) => id));
    const more = page.notifications.filter(({ id }) => !known.has(id));
    change({ items: [...items, ...more], next: page.next, status: "idle" });
  } catch (error) {
    change({ status: "failed", error: explain(error) });
  }
}

/** One that came in live. */
export function addNotification(notification: Notification): void {
  const { items } = notifications.value;
  if (items.some(({ id }) => id === notification.id)) return;
  keep([notification]);
  change({ items: [notification, ...items] });
  unread.update((count) => count + 1);
}

/** Everything that is shown has been seen. What came in unread stays marked until {@link unmark}. */
export async function markAllRead(): Promise<void> {
  const { items } = notifications.value;
  const [newest] = items;
  if (!newest || unread.value === 0) return;
  unread.set(0);
  for (const { id, read } of items) if (!read) justRead.add(id);
  await api.readNotifications(newest.id);
}

/** On leaving: the marks have done their work. */
export function unmark(): void {
  justRead.clear();
  change({ items: notifications.value.items.map((item) => (item.read ? item : { ...item, read: true })) });
}

function keep(items: readonly Notification[]): void {
  keepTweets(items.flatMap(({ tweet }) => tweet ?? []));
}

deletions.subscribe((gone) => {
  const { items } = notifications.value;
  if (!items.some(({ tweet }) => tweet && gone.includes(tweet.id))) return;
  unread.update((count) =>
    Math.max(0, count - items.filter(({ tweet, read }) => !read && tweet && gone.includes(tweet.id)).length),
  );
  change({ items: items.filter(({ tweet }) => !tweet || !isGone(tweet.id)) });
});

me.subscribe((user) => {
  if (user) return;
  notifications.set(EMPTY);
  unread.set(0);
});
