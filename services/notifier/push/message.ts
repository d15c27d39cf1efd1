import { hydrateTweets } from "../../reading/tweets.ts";
import { call, type Caller } from "../../../contract/call.ts";
import type { Addresses } from "../../../contract/addresses.ts";
import type { TweetRecord, UserRecord } from "../../../contract/records.ts";

/** What a push is about, in a form that can be stored: what it says is read when it is sent. */
export type Subject =
  { kind: "tweet" | "mention"; tweetId: string } | { kind: "follow"; followerId: string; followeeId: string };

/** What the service worker of the web client shows. */
export interface Message {
  /** Who. */
  title: string;
  body: string;
  /** Where a click leads. */
  url: string;
  icon?: string;
  image?: string;
  /** A device shows the last message of a tag, and a push service keeps it: so a burst is one notification. */
  tag: string;
}

/** How a push service is to treat a message. */
export interface Handling {
  /** At most 32 characters of base64url (RFC 8030, 5.4). */
  topic: string;
  urgency: "low" | "normal";
}

/**
 * How much of a text goes along, in bytes of UTF-8: more than a notification shows, and so little that a message stays
 * below 3 KiB whatever its text is. Push services take 4096 bytes, encryption included.
 */
const TEXT_BYTES = 800;

/** Names the push of a subject: there is one for each browser. */
export function keyOf(subject: Subject): string {
  return subject.kind === "follow" ? `${subject.followerId}>${subject.followeeId}` : subject.tweetId;
}

/** Bursts fold by author, mentions apart from other tweets, and follows among themselves. */
export function handlingOf(subject: Subject, message: Message): Handling {
  return { topic: message.tag, urgency: subject.kind === "follow" ? "low" : "normal" };
}

/** What a push says, as things are now. @returns null when what it is about is gone */
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
    title: `${follower.displayName} follows you`,
    body: `@${follower.username}`,
    url: addresses.profile(follower.username),
    ...iconOf(follower, addresses),
    tag: "follows",
  });
}

/** @returns the message of a tweet for those who follow its author, or are mentioned */
export function tweetMessage(
  kind: "tweet" | "mention",
  { tweet, author }: { tweet: Pick<TweetRecord, "id" | "text" | "media">; author: UserRecord },
  addresses: Addresses,
): Message {
  const { media } = tweet;
  const picture = media.find(({ type }) => type === "image");
  return fitted({
    title: kind === "mention" ? `${author.displayName} mentioned you` : author.displayName,
    body: tweet.text === "" ? (media[0]?.alt ?? (picture ? "Picture" : "Video")) : tweet.text,
    url: addresses.tweet(tweet.id),
    ...iconOf(author, addresses),
    ...(picture && { image: addresses.preview(picture.id) }),
    tag: `${kind}-${author.id}`,
  });
}

function iconOf({ avatarId }: UserRecord, addresses: Addresses): { icon?: string } {
  return avatarId === null ? {} : { icon: addresses.preview(avatarId) };
}

/** The addresses are the installation's own and short; the text is what can be long. */
function fitted(message: Message): Message {
  return { ...message, body: shortened(message.body, TEXT_BYTES) };
}

/** Cuts between what people see as characters, and says so with an ellipsis. */
export function shortened(text: string, bytes: number): string {
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
