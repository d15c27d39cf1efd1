import type { Addresses } from "../../../contract/addresses.ts";
import { call, type Caller } from "../../../contract/call.ts";
import type { UserRecord } from "../../../contract/records.ts";
import { type HydratedTweet, hydrateTweets } from "../../reading/tweets.ts";

/**
 * The subject of a push, as stored. The text of a push is read only when it is sent, so that the text is up to date.
 */
export type Subject =
  { kind: "tweet" | "mention"; tweetId: string } | { kind: "follow"; followerId: string; followeeId: string };

/** The payload of a push, as the web client's service worker shows it. */
export interface Message {
  kind: Subject["kind"];
  /** The actor, by display name. */
  title: string;
  body: string;
  /** The page that a click opens. */
  url: string;
  /** The page that a click opens when this message has replaced others that were still on screen. */
  allUrl: string;
  icon?: string;
  image?: string;
  /**
   * Devices show, and push services keep, only the last message of a tag: one for the tweets of an author, and one for all
   * new followers. A mention has a tag of its own.
   */
  tag: string;
}

/** The headers that tell a push service how to treat a message. */
export interface Handling {
  /** At most 32 characters of base64url (RFC 8030, 5.4). */
  topic: string;
  urgency: "low" | "normal";
}

/**
 * The longest body of a message, in UTF-8: more than a notification shows, and short enough to keep every message below
 * 3 KiB. Push services take 4096 bytes, encryption included.
 */
const BODY_LIMIT_BYTES = 800;

/** The part of a delivery's id that names the subject: each browser gets one push per key. */
export function keyOf(subject: Subject): string {
  return subject.kind === "follow" ? `${subject.followerId}>${subject.followeeId}` : subject.tweetId;
}

/** With its tag as the topic, a message replaces earlier ones of the same tag. */
export function handlingOf(subject: Subject, message: Message): Handling {
  return { topic: message.tag, urgency: subject.kind === "follow" ? "low" : "normal" };
}

/** Reads the message of a push as of now. @returns null when the tweet or the follow is gone */
export async function readMessage(caller: Caller, subject: Subject, addresses: Addresses): Promise<Message | null> {
  if (subject.kind === "follow") {
    const { followerId, followeeId } = subject;
    const [[follower], { following }] = await Promise.all([
      call(caller, "users.refs", { ids: [followerId] }),
      call(caller, "graph.relation", { viewerId: followerId, userId: followeeId }),
    ]);
    return follower && following ? followMessage(follower, addresses) : null;
  }
  const [found] = await hydrateTweets(caller, [{ id: subject.tweetId }]);
  return found ? tweetMessage(subject.kind, found, addresses) : null;
}

function followMessage(follower: UserRecord, addresses: Addresses): Message {
  return fitted({
    kind: "follow",
    title: `${follower.displayName} follows you`,
    body: `@${follower.username}`,
    url: addresses.profile(follower.username),
    allUrl: addresses.notifications,
    ...iconOf(follower, addresses),
    tag: "follows",
  });
}

function tweetMessage(kind: "tweet" | "mention", { tweet, author }: HydratedTweet, addresses: Addresses): Message {
  const { media } = tweet;
  const picture = media.find(({ type }) => type === "image");
  return fitted({
    kind,
    title: kind === "mention" ? `${author.displayName} mentioned you` : author.displayName,
    body: tweet.text === "" ? (media[0]?.alt ?? (picture ? "Picture" : "Video")) : tweet.text,
    url: addresses.tweet(tweet.id),
    allUrl: addresses.profile(author.username),
    ...iconOf(author, addresses),
    ...(picture && { image: addresses.preview(picture.id) }),
    tag: kind === "mention" ? `mention-${tweet.id}` : `tweet-${author.id}`,
  });
}

function iconOf({ avatarId }: UserRecord, addresses: Addresses): { icon?: string } {
  return avatarId === null ? {} : { icon: addresses.preview(avatarId) };
}

/** Shortens the body, the one part that can be long: the addresses are this site's own. */
function fitted(message: Message): Message {
  return { ...message, body: shortened(message.body, BODY_LIMIT_BYTES) };
}

/** Cuts between graphemes and appends an ellipsis. */
function shortened(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let room = bytes - Buffer.byteLength("…");
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= Buffer.byteLength(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
