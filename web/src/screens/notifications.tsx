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

const KINDS: Record<Notification["kind"], { icon: IconName; verb: string }> = {
  tweet: { icon: "feather", verb: "tweeted" },
  mention: { icon: "at", verb: "mentioned you" },
  follow: { icon: "person", verb: "follows you" },
};

/** The notifications. Opening the screen marks them as read. */
export function Notifications() {
  const { items, next, status, error, loaded } = notifications.value;
  const count = unread.value;
  const end = useSentinel(() => {
    if (next !== null && status === "idle") void moreNotifications();
  });

  useEffect(() => {
    void refreshNotifications();
    return unmark;
  }, []);
  useEffect(() => {
    // A failure needs no message: the badge stays.
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
        <Empty title="Nothing here yet">
          <p class="muted">
            Mentions, new followers, and tweets from people you turned the bell on for will appear here.
          </p>
        </Empty>
      )}
      <div ref={end} />
    </>
  );
}

function Row({ item }: { item: Notification }) {
  const { actor, tweet, kind, read } = item;
  const { icon, verb } = KINDS[kind];
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
            <bdi class="author-name">{actor.displayName}</bdi> {verb} <span class="muted">·</span>{" "}
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
