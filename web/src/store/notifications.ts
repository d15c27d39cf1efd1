import { signal } from "@preact/signals";
import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import type { Notification } from "../api/shapes.ts";
import { me, onAccountChange } from "./session.ts";
import { deletedIds, forgetTweet, isDeleted, keepTweets } from "./tweets.ts";

interface NotificationsState {
  readonly items: readonly Notification[];
  readonly next: string | null;
  readonly status: "idle" | "loading" | "failed";
  readonly error: string;
  readonly loaded: boolean;
}

const EMPTY: NotificationsState = { items: [], next: null, status: "idle", error: "", loaded: false };

export const notifications = signal<NotificationsState>(EMPTY);
/** The number on the badge. */
export const unread = signal(0);

/** Ids of notifications that were read during this visit of the screen: they stay highlighted until the reader leaves. */
const justRead = new Set<string>();

/** For each page that is being read: what came live meanwhile, and may be missing from that page. */
const meanwhile = new Set<Notification[]>();
/** The number of unread notifications as the server told it since the last page was asked for; null: it has not. */
let toldUnread: number | null = null;
/** Ids of notifications that are gone: a page may have been read before that. */
const goneIds = new Set<string>();

const isGone = ({ id, tweet }: Notification) => goneIds.has(id) || (tweet !== undefined && isDeleted(tweet.id));

const change = (part: Partial<NotificationsState>) => {
  notifications.value = { ...notifications.value, ...part };
};

/** Reads the newest page and the number of unread notifications. */
export async function refreshNotifications(): Promise<void> {
  if (!me.value) return;
  change({ status: "loading", error: "" });
  const came: Notification[] = [];
  meanwhile.add(came);
  toldUnread = null;
  try {
    const page = await api.notifications();
    keep(page.notifications);
    const known = new Set(page.notifications.map(({ id }) => id));
    const later = came.filter((item) => !known.has(item.id) && !isGone(item));
    unread.value = toldUnread ?? page.unread + later.length;
    const items = page.notifications.map((item) => (justRead.has(item.id) ? { ...item, read: false } : item));
    change({
      items: [...later, ...items.filter((item) => !isGone(item))],
      next: page.next,
      status: "idle",
      loaded: true,
    });
  } catch (error) {
    change({ status: "failed", error: explain(error) });
  } finally {
    meanwhile.delete(came);
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
    const more = page.notifications.filter((item) => !known.has(item.id) && !isGone(item));
    change({ items: [...items, ...more], next: page.next, status: "idle" });
  } catch (error) {
    change({ status: "failed", error: explain(error) });
  }
}

/** Adds a notification that arrived live. */
export function addNotification(notification: Notification): void {
  const { items } = notifications.value;
  if (isGone(notification) || items.some(({ id }) => id === notification.id)) return;
  keep([notification]);
  for (const came of meanwhile) came.unshift(notification);
  change({ items: [notification, ...items] });
  unread.value++;
  if (toldUnread !== null) toldUnread++;
}

/** Another device has read notifications. Those that this screen shows as new stay so until the reader leaves. */
export function takeRead({ upTo, unread: left }: { upTo: string; unread: number }): void {
  unread.value = toldUnread = left;
  const { items } = notifications.value;
  const isRead = ({ id, read }: Notification) => !read && !justRead.has(id) && !isNewer(id, upTo);
  change({ items: items.map((item) => (isRead(item) ? { ...item, read: true } : item)) });
}

/** What a notification told of is gone: a deleted tweet, a follow that was taken back. */
export function dropNotification({ id, unread: left }: { id: string; unread: number }): void {
  goneIds.add(id);
  const { items } = notifications.value;
  if (items.find((item) => item.id === id)?.tweet) forgetTweet(id);
  change({ items: notifications.value.items.filter((item) => item.id !== id) });
  unread.value = toldUnread = left;
}

/** Marks all notifications as read. The unread ones stay highlighted until {@link unmark}. @throws ApiError, NetworkError */
export async function markAllRead(): Promise<void> {
  const { items } = notifications.value;
  const [newest] = items;
  if (!newest || unread.value === 0) return;
  unread.value = 0;
  for (const { id, read } of items) if (!read) justRead.add(id);
  await api.readNotifications(newest.id);
}

/** Removes the highlights: the reader has left the screen. */
export function unmark(): void {
  justRead.clear();
  change({ items: notifications.value.items.map((item) => (item.read ? item : { ...item, read: true })) });
}

/** Ids are numbers, written without leading zeros. */
function isNewer(id: string, other: string): boolean {
  return id.length === other.length ? id > other : id.length > other.length;
}

function keep(items: readonly Notification[]): void {
  keepTweets(items.flatMap(({ tweet }) => tweet ?? []));
}

deletedIds.subscribe((deleted) => {
  const { items } = notifications.value;
  const goes = ({ tweet }: Notification) => tweet !== undefined && deleted.has(tweet.id);
  if (!items.some(goes)) return;
  const unreadGone = items.filter((item) => goes(item) && !item.read).length;
  unread.value = Math.max(0, unread.value - unreadGone);
  change({ items: items.filter((item) => !goes(item)) });
});

onAccountChange(() => {
  meanwhile.clear();
  goneIds.clear();
  notifications.value = EMPTY;
  unread.value = 0;
});
