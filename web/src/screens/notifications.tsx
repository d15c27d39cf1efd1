import { useEffect } from "preact/hooks";
import type { Notification } from "../api/shapes.ts";
import { Avatar } from "../components/avatar.tsx";
import { TopBar } from "../components/frame.tsx";
import { Icon, type IconName } from "../components/icon.tsx";
import { PushOffer } from "../components/push-offer.tsx";
import { useSentinel } from "../components/sentinel.ts";
import { Empty, Failed, Loading } from "../components/states.tsx";
import { TimeAgo } from "../components/time.tsx";
import {
  markAllRead,
  moreNotifications,
  notifications,
  refreshNotifications,
  unmark,
  unread,
} from "../store/notifications.ts";
import { useSignal } from "../store/signal.ts";

const KINDS: Record<Notification["kind"], { icon: IconName; deed: string }> = {
  tweet: { icon: "feather", deed: "tweeted" },
  mention: { icon: "at", deed: "mentioned you" },
  follow: { icon: "person", deed: "follows you" },
};

/** What happened while one was looking elsewhere. Looking at it is reading it. */
export function Notifications() {
  const { items, next, status, error, loaded } = useSignal(notifications);
  const count = useSignal(unread);
  const end = useSentinel(() => {
    if (next !== null && status === "idle") void moreNotifications();
  });

  useEffect(() => {
    void refreshNotifications();
    return unmark;
  }, []);
  useEffect(() => {
    // A failure shows as a badge that stays.
    if (loaded && count > 0 && document.visibilityState === "visible") markAllRead().catch(() => undefined);
  }, [loaded, count]);

  return (
    <>
      <TopBar title="Notifications" />
      <PushOffer />
      <ul class="notifications" aria-label="Notifications" aria-live="polite" aria-relevant="additions">
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </ul>
      {status === "loading" && items.length === 0 && <Loading />}
      {status === "failed" && (
        <Failed
          message={error}
          onRetry={() => void (items.length > 0 ? moreNotifications() : refreshNotifications())}
        />
      )}
      {loaded && items.length === 0 && status === "idle" && (
        <Empty title="Nothing yet">
          <p class="muted">New followers, mentions, and the tweets of those whose bell you rang will be here.</p>
        </Empty>
      )}
      <div ref={end} />
    </>
  );
}

function Row({ item }: { item: Notification }) {
  const { actor, tweet, kind, read } = item;
  const { icon, deed } = KINDS[kind];
  return (
    <li class={read ? "notification" : "notification unread"}>
      <a href={tweet ? `/tweet/${tweet.id}` : `/user/${actor.username}`}>
        <span class="notification-kind">
          <Icon name={icon} size={20} />
        </span>
        <Avatar user={actor} size="small" />
        <span class="notification-words">
          <span>
            {!read && <span class="unseen">Unread: </span>}
            <bdi class="author-name">{actor.displayName}</bdi> {deed} <span class="muted">·</span>{" "}
            <span class="muted">
              <TimeAgo at={item.createdAt} />
            </span>
          </span>
          {tweet && (
            <span class="notification-text" dir="auto">
              {tweet.text || (tweet.media[0]?.type === "video" ? "A video" : "A picture")}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
