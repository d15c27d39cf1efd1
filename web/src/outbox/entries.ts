import { signal } from "@preact/signals";
import { isBlank } from "../../../lib/invisible.ts";
import type { Tweet } from "../api/shapes.ts";
import { homeList } from "../store/home.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { type Content, removeDraft } from "./draft.ts";
import { drop, keep, readAllKept } from "./kept.ts";

/** A tweet that was written here and that the server has not acknowledged yet. */
export interface Outgoing extends Content {
  /** The idempotency key: however often the tweet is sent with it, the server creates one tweet. */
  readonly key: string;
  readonly userId: string;
  readonly writtenAt: string;
  /** Ids of the uploaded attachments; null before the upload. A retry must have the same content, so the same ids. */
  readonly media: readonly string[] | null;
  /** Why the server has refused the tweet; empty while it may accept it. */
  readonly refusal: string;
}

const PREFIX = "outbox:";

/** The unsent tweets of all accounts of this browser, oldest first. */
export const outbox = signal<readonly Outgoing[]>([]);

/** Keys of tweets that were sent, discarded or taken back, in this window or another. */
const settled = new Set<string>();
/** All windows of a browser share the stored outbox. On this channel they tell each other the settled keys. */
const windows = new BroadcastChannel("starling:outbox");
windows.onmessage = ({ data: key }: MessageEvent<string>) => {
  settled.add(key);
  outbox.value = outbox.value.filter((entry) => entry.key !== key);
};

/** Shows a tweet that the server has created. Both the answer and the live message call this, in any order. */
export function acknowledge(tweet: Tweet): void {
  const entry = outbox.value.find((other) => isSent(other, tweet));
  const { username } = tweet.author;
  const added = homeList().add([tweet], { now: entry !== undefined });
  knownProfile(username)?.list.add([tweet], { now: entry !== undefined });
  // The answer and the live message both arrive here, and only the first of them counts. A tweet from another device
  // has only the live message.
  if (entry || added > 0) countTweets(username, 1);
  if (entry) forget(entry.key);
}

/** Whether the tweet is the entry's. Another window may have sent another text with its key. */
export function isSent({ key, text }: Outgoing, tweet: Tweet): boolean {
  return key === tweet.key && textOf(text) === textOf(tweet.text);
}

/** The server refuses blanks below a picture, since they would leave an empty line, and composes characters. */
function textOf(text: string): string {
  return isBlank(text) ? "" : text.normalize();
}

/** The stored entries that are still to be sent. */
export async function readEntries(): Promise<Outgoing[]> {
  const kept = await readAllKept<Outgoing>(PREFIX).catch(() => []);
  return kept.filter(({ key }) => !settled.has(key));
}

export function keepEntry(entry: Outgoing): Promise<void> {
  return keep(PREFIX + entry.key, entry);
}

/** Removes an entry. @param kept settles once its content is stored elsewhere, if it must be */
export function forget(key: string, kept: Promise<unknown> = Promise.resolve()): void {
  if (!outbox.value.some((entry) => entry.key === key)) return;
  settled.add(key);
  windows.postMessage(key);
  outbox.value = outbox.value.filter((entry) => entry.key !== key);
  removeDraft(key);
  kept.then(() => drop(PREFIX + key)).catch(() => undefined);
}
