import { useState } from "preact/hooks";
import type { Notification, Tweet } from "../../api/shapes.ts";
import { Avatar } from "../../components/avatar.tsx";
import { Icon, type IconName } from "../../components/icon.tsx";
import { PersonLine } from "../../components/person-line.tsx";
import { TimeAgo } from "../../components/time.tsx";
import { BellOff } from "./bell.tsx";
import type { Row } from "./rows.ts";
import { Sentence } from "./sentence.tsx";

const ICONS: Record<Notification["kind"], IconName> = { tweet: "feather", mention: "at", follow: "person" };
/** The most pictures of people that a row shows. */
const AVATARS = 5;
/** A row opens with this many entries, and shows as many more at a time. */
const ENTRIES = 30;

/** The keys of rows that the reader has opened: they are open when the reader comes back. */
const opened = new Set<string>();

/** One row: a link when it stands for one notification, else it opens and shows them. */
export function NotificationRow({ row }: { row: Row }) {
  const { key, kind, items, actors, unread } = row;
  const [isOpen, setOpen] = useState(opened.has(key));
  const [newest] = items;
  const bell = kind === "tweet" && actors.length === 1 && <BellOff user={actors[0]} at={newest.id} />;

  function toggle(): void {
    if (isOpen) opened.delete(key);
    else opened.add(key);
    setOpen(!isOpen);
  }

  return (
    <li class={unread ? "notification unread" : "notification"}>
      <div class="notification-line">
        {items.length === 1 ? (
          <a class="notification-main" href={addressOf(newest)}>
            <Summary row={row} />
          </a>
        ) : (
          <button type="button" class="notification-main" aria-expanded={isOpen} onClick={toggle}>
            <Summary row={row} />
            <Icon name="down" size={20} />
          </button>
        )}
        {bell}
      </div>
      {isOpen && items.length > 1 && <Entries row={row} />}
    </li>
  );
}

function addressOf({ tweet, actor }: Notification): string {
  return tweet ? `/tweet/${tweet.id}` : `/user/${actor.username}`;
}

function Summary({ row }: { row: Row }) {
  const { kind, items, actors, unread } = row;
  const [{ createdAt, tweet }] = items;
  const pictures = actors.slice(0, AVATARS).map((user) => <Avatar key={user.id} user={user} size="small" />);
  return (
    <>
      <span class="notification-kind">
        <Icon name={ICONS[kind]} size={20} />
      </span>
      {actors.length === 1 && pictures}
      <span class="notification-words">
        {actors.length > 1 && <span class="notification-people">{pictures}</span>}
        <span class="notification-head">
          <span>
            {unread && <span class="unseen">Unread: </span>}
            <Sentence row={row} />
          </span>
          <span class="muted">
            <TimeAgo at={createdAt} />
          </span>
        </span>
        {tweet && <Text tweet={tweet} />}
      </span>
    </>
  );
}

function Text({ tweet: { text, media } }: { tweet: Tweet }) {
  return (
    <span class="notification-text" dir="auto">
      {text || (media[0]?.type === "video" ? "A video" : "A picture")}
    </span>
  );
}

/** What an open row shows. Each author's bell stands beside the newest of the author's tweets. */
function Entries({ row: { items, actors, kind } }: { row: Row }) {
  const [most, setMost] = useState(ENTRIES);
  const newest = new Set(actors.map(({ id }) => items.find(({ actor }) => actor.id === id)!.id));
  return (
    <ul class="notification-entries">
      {items.slice(0, most).map((item) => {
        const { id, actor, tweet, createdAt } = item;
        if (!tweet) return <PersonItem key={id} item={item} />;
        return (
          <li key={id} class="notification-line">
            <a class="notification-main" href={addressOf(item)}>
              <Avatar user={actor} size="small" />
              <span class="notification-words">
                <span class="notification-head">
                  <bdi class="author-name">{actor.displayName}</bdi>
                  <span class="muted">
                    <TimeAgo at={createdAt} />
                  </span>
                </span>
                <Text tweet={tweet} />
              </span>
            </a>
            {kind === "tweet" && actors.length > 1 && newest.has(id) && <BellOff user={actor} at={id} />}
          </li>
        );
      })}
      {items.length > most && (
        <li>
          <button type="button" class="link-button more" onClick={() => setMost(most + ENTRIES)}>
            Show more
          </button>
        </li>
      )}
    </ul>
  );
}

function PersonItem({ item: { actor } }: { item: Notification }) {
  return (
    <li>
      <PersonLine user={actor} size="small" />
    </li>
  );
}
