import { computed, signal } from "@preact/signals";
import type { Notification, NotificationPage } from "../api/shapes.ts";
import { createNotificationList, isNewer, type NotificationList } from "./notification-list.ts";
import { deletedIds, forgetTweet, isDeleted, keepTweets } from "./tweets.ts";

interface InboxParts {
  read: (path: string) => Promise<NotificationPage>;
  markRead: (upTo: string) => Promise<void>;
  explain: (error: unknown) => string;
}

/** The unread groups, as live events tell them. */
type Told = Pick<NotificationPage, "unreadGroups">;

/**
 * A user's notifications, as pages and live events tell of them in any order. Screens show one row for each `group`, and
 * the badge counts the unread groups: those that the server told, and those of unread notifications that came since.
 */
export function createInbox({ read, markRead, explain }: InboxParts) {
  const told = signal<ReadonlySet<string>>(new Set());
  /** The number of times that live events told the unread groups: a page that was asked for before knows less. */
  let tellings = 0;
  let readUpTo = "0";
  /** Ids that were read during this visit of the screen: they stay highlighted until the reader leaves. */
  const justRead = new Set<string>();
  /** Ids of notifications that are gone: a page may have been read before that. */
  const goneIds = new Set<string>();

  const isGone = ({ id, tweet }: Notification) => goneIds.has(id) || (tweet !== undefined && isDeleted(tweet.id));
  const isUnread = ({ id, read: isRead }: Notification) => !isRead && !justRead.has(id);

  /** Keeps the tweets of notifications that came, and sets their marks as of now. */
  function take(items: readonly Notification[]): Notification[] {
    keepTweets(items.flatMap(({ tweet }) => tweet ?? []));
    return items
      .filter((item) => !isGone(item))
      .map((item) => {
        const isRead = !justRead.has(item.id) && (item.read || !isNewer(item.id, readUpTo));
        return isRead === item.read ? item : { ...item, read: isRead };
      });
  }

  function tell(groups: readonly string[]): void {
    tellings++;
    told.value = new Set(groups);
  }

  function onRefresh(): (page: NotificationPage) => void {
    const known = tellings;
    return ({ unreadGroups }) => {
      if (known === tellings) told.value = new Set(unreadGroups);
    };
  }

  const parts = { read, take, explain, onRefresh };
  const all = createNotificationList({ ...parts, path: "/notifications" });
  const mentions = createNotificationList({ ...parts, path: "/notifications?kind=mention" });
  const edit: typeof all.edit = (edited) => {
    for (const list of [all, mentions]) list.edit(edited);
  };

  /** Takes notifications out. Their groups don't count any more, unless others of them are loaded and unread. */
  function remove(goes: (item: Notification) => boolean): void {
    const gone = all.state.value.items.filter(goes);
    edit((items) => items.filter((item) => !goes(item)));
    const groups = new Set(gone.filter(isUnread).map(({ group }) => group));
    if (groups.size > 0) told.value = new Set([...told.value].filter((group) => !groups.has(group)));
  }

  deletedIds.subscribe((deleted) => {
    if (deleted.size > 0) remove(({ tweet }) => tweet !== undefined && deleted.has(tweet.id));
  });

  return {
    all: all as NotificationList,
    mentions: mentions as NotificationList,

    /** The number on the badge. */
    unread: computed(
      () => new Set([...told.value, ...all.state.value.items.filter(isUnread).map(({ group }) => group)]).size,
    ),

    /** Reads again what is loaded. */
    async refresh(): Promise<void> {
      await Promise.all([all.refresh(), mentions.state.value.loaded ? mentions.refresh() : undefined]);
    },

    /** Adds a notification that arrived live. @returns whether it makes a row unread */
    add(arrived: Notification): boolean {
      const { items } = all.state.value;
      const [item] = take([arrived]);
      if (!item || items.some(({ id }) => id === item.id)) return false;
      all.add(item);
      if (item.kind === "mention") mentions.add(item);
      return isUnread(item) && !items.some((other) => other.group === item.group && isUnread(other));
    },

    /** Another device has read notifications. Those that this screen shows as new stay so until the reader leaves. */
    takeRead({ upTo, unreadGroups }: { upTo: string } & Told): void {
      tell(unreadGroups);
      if (isNewer(upTo, readUpTo)) readUpTo = upTo;
      edit(take);
    },

    /** What a notification told of is gone: a deleted tweet, a follow that was taken back. */
    drop({ id, unreadGroups }: { id: string } & Told): void {
      goneIds.add(id);
      if (all.state.value.items.find((item) => item.id === id)?.tweet) forgetTweet(id);
      edit(take);
      tell(unreadGroups);
    },

    /** The user has unfollowed an author, or turned the author's bell off. */
    dropTweetsOf(authorId: string): void {
      remove(({ kind, actor }) => kind === "tweet" && actor.id === authorId);
    },

    /** Marks all notifications as read. The unread ones stay highlighted until {@link unmark}. @throws as `markRead` */
    async markAllRead(): Promise<void> {
      const { items } = all.state.value;
      const [newest] = items;
      if (!newest) return;
      // What is unread is not in the list: without this, it would be marked again and again.
      if (!isNewer(newest.id, readUpTo)) return all.refresh();
      for (const { id, read: isRead } of items) if (!isRead) justRead.add(id);
      tell([]);
      await markRead(newest.id);
      if (isNewer(newest.id, readUpTo)) readUpTo = newest.id;
    },

    /** Removes the highlights: the reader has left the screen. */
    unmark(): void {
      edit((items) => items.map((item) => (justRead.has(item.id) ? { ...item, read: true } : item)));
      justRead.clear();
    },

    /** Forgets everything, for another account. */
    clear(): void {
      goneIds.clear();
      justRead.clear();
      readUpTo = "0";
      tell([]);
      for (const list of [all, mentions]) list.clear();
    },
  };
}
