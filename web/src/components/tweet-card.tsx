import type { Tweet, UserRef } from "../api/shapes.ts";
import { navigate } from "../router/router.ts";
import { Avatar } from "./avatar.tsx";
import { FoldedText } from "./folded-text.tsx";
import { Icon } from "./icon.tsx";
import { MediaGrid } from "./media-grid.tsx";
import { TimeAgo } from "./time.tsx";
import { TweetActions } from "./tweet-actions.tsx";

interface Props {
  tweet: Tweet;
  /** The position in the list, from 1. */
  position?: number;
  /** The list's length, or -1 while it is unknown. */
  total?: number;
  /** Whether the tweet has just arrived and slides in. */
  fresh?: boolean;
}

/** A tweet in a list. A click anywhere but on a control opens the tweet's own page. */
export function TweetCard({ tweet, position, total, fresh = false }: Props) {
  const { author } = tweet;
  const path = `/tweet/${tweet.id}`;
  return (
    <article
      class={fresh ? "tweet fresh" : "tweet"}
      tabIndex={0}
      data-tweet={tweet.id}
      aria-labelledby={`by-${tweet.id}`}
      aria-describedby={`${tweet.text ? "text" : "media"}-${tweet.id}`}
      aria-posinset={position}
      aria-setsize={total}
      onClick={(event) => {
        if (isOnControl(event.target) || getSelection()?.toString()) return;
        navigate(path);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.target === event.currentTarget) navigate(path);
      }}
    >
      <a class="tweet-face" href={`/user/${author.username}`} tabIndex={-1} aria-hidden="true">
        <Avatar user={author} />
      </a>
      <div class="tweet-main">
        <header class="tweet-head">
          <AuthorLine id={`by-${tweet.id}`} author={author} />
          {/* No stop of the Tab key, because the whole tweet is one and leads to the same page. */}
          <a class="tweet-time" href={path} tabIndex={-1}>
            <TimeAgo at={tweet.createdAt} />
          </a>
          <TweetActions tweet={tweet} />
        </header>
        {tweet.text && <FoldedText tweet={tweet} />}
        <MediaGrid tweet={tweet} />
        {tweet.location && <Place tweet={tweet} />}
      </div>
    </article>
  );
}

function AuthorLine({ id, author }: { id?: string; author: UserRef }) {
  return (
    <a class="author" id={id} href={`/user/${author.username}`}>
      <bdi class="author-name">{author.displayName}</bdi> <span class="handle">@{author.username}</span>
    </a>
  );
}

export function Place({ tweet: { location } }: { tweet: Tweet }) {
  if (!location) return null;
  const { lat, lon, name } = location;
  return (
    <a
      class="tweet-place"
      href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=12/${lat}/${lon}`}
      target="_blank"
      rel="noopener"
    >
      <Icon name="pin" size={16} />
      <bdi>{name?.trim() || `${lat.toFixed(2)}, ${lon.toFixed(2)}`}</bdi>
    </a>
  );
}

function isOnControl(target: EventTarget | null): boolean {
  return (target as Element | null)?.closest("a, button, video, dialog, input, textarea") != null;
}
