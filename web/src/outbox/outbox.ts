import { signal } from "@preact/signals";
import { isBlank } from "../../../lib/invisible.ts";
import { api } from "../api/api.ts";
import { ApiError, explain, NetworkError } from "../api/request.ts";
import type { Tweet, TweetInput } from "../api/shapes.ts";
import { homeList } from "../store/home.ts";
import { say } from "../store/messages.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { me, onAccountChange } from "../store/session.ts";
import { forgetUpload, release, uploaded } from "./attachments.ts";
import { clearDraft, draft, type Draft, editDraft } from "./draft.ts";
import { drop, keep, readAllKept } from "./kept.ts";
import { randomKey } from "./random.ts";

/** A tweet that was written here and that the server has not acknowledged yet. */
export interface Outgoing extends Draft {
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
const CLIENT = "Starling for the web";
/** The wait between two tries doubles from the first to the longest. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** The unsent tweets, oldest first. */
export const outbox = signal<readonly Outgoing[]>([]);
/** Whether the last try failed for lack of a server. */
export const stuck = signal(false);

/** Keys of tweets that were sent or discarded, in this window or another. */
const settled = new Set<string>();
/** All windows of a browser share the stored outbox. On this channel they tell each other the settled keys. */
const windows = new BroadcastChannel("starling:outbox");
windows.onmessage = ({ data: key }: MessageEvent<string>) => {
  settled.add(key);
  outbox.value = outbox.value.filter((entry) => entry.key !== key);
};

let sending = false;
let waitMs = FIRST_WAIT_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Loads the tweets that an earlier visit or another window could not send, and starts to send them. */
export async function openOutbox(): Promise<void> {
  const kept = await readAllKept<Outgoing>(PREFIX).catch(() => []);
  const here = new Set(outbox.value.map(({ key }) => key));
  const all = [...kept.filter(({ key }) => !here.has(key) && !settled.has(key)), ...outbox.value];
  outbox.value = all.sort((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1));
  flush();
}

/** Moves the draft into the outbox, which sends it now or when the server can be reached. */
export function sendDraft(): void {
  const userId = me.value?.id;
  if (!userId) return;
  const entry: Outgoing = {
    ...draft.value,
    key: randomKey(),
    userId,
    writtenAt: new Date().toISOString(),
    media: null,
    refusal: "",
  };
  clearDraft();
  outbox.value = [...outbox.value, entry];
  // Stored before it is sent: if the window closes meanwhile, the next visit sends the tweet with the same key.
  keep(PREFIX + entry.key, entry).then(flush, flush);
}

/** Moves a refused tweet back into the draft. */
export function takeBack(entry: Outgoing): void {
  const { text, attachments, location } = entry;
  forget(entry.key);
  editDraft({ text, attachments, location });
}

/** Deletes an unsent tweet. */
export function discard(entry: Outgoing): void {
  forget(entry.key);
  for (const { id } of entry.attachments) release(id);
}

/** Shows a tweet that the server has created. Both the answer and the live message call this, in any order. */
export function acknowledge(tweet: Tweet): void {
  const entry = outbox.value.find(({ key }) => key === tweet.key);
  const { username } = tweet.author;
  const added = homeList().add([tweet], { now: entry !== undefined });
  knownProfile(username)?.list.add([tweet], { now: entry !== undefined });
  // The answer and the live message both arrive here, and only the first of them counts. A tweet from another device
  // has only the live message.
  if (entry || added > 0) countTweets(username, 1);
  if (!entry) return;
  forget(entry.key);
  for (const { id } of entry.attachments) release(id);
}

/** Sends the unsent tweets in order. Call it whenever the server may have become reachable. */
export function flush(): void {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  sendAll()
    .catch((error: unknown) => say(explain(error), "failed"))
    .finally(() => (sending = false));
}

async function sendAll(): Promise<void> {
  for (;;) {
    const entry = outbox.value.find(({ userId, refusal }) => userId === me.value?.id && refusal === "");
    if (!entry) break;
    try {
      const tweet = await send(entry);
      if (tweet) acknowledge(tweet);
      else discard(entry);
      // Done, even if acknowledge() has not found the entry by its key: otherwise it would be sent again and again.
      forget(entry.key);
      waitMs = FIRST_WAIT_MS;
      stuck.value = false;
    } catch (error) {
      if (error instanceof NetworkError || (error instanceof ApiError && error.passing)) {
        const askedMs = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
        timer = setTimeout(flush, Math.max(askedMs, waitMs * (0.5 + Math.random())));
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
        stuck.value = true;
        return;
      }
      // Logged out: the tweet waits until its author logs in again.
      if (error instanceof ApiError && error.status === 401) return;
      refuse(entry, explain(error));
    }
  }
}

/** @returns the tweet; null when another window has sent it with its own uploads, or the user has deleted it since */
async function send(entry: Outgoing, again = false): Promise<Tweet | null> {
  const media = entry.media ?? (await sendAttachments(entry));
  const input: TweetInput = {
    // The server refuses blanks below a picture: they would leave an empty line.
    text: isBlank(entry.text) ? "" : entry.text,
    ...(media.length > 0 && { media: [...media] }),
    ...(entry.location && { location: entry.location }),
    metadata: { client: CLIENT },
  };
  try {
    return await api.postTweet(entry.key, input);
  } catch (error) {
    if (error instanceof ApiError && ["KEY_CONTENT", "KEY_DELETED"].includes(error.problem.code ?? "")) return null;
    // The server deletes unused uploads after a day. The files are still here, so upload them again.
    const swept = error instanceof ApiError && error.status === 422 && error.fieldMessage("media") !== undefined;
    if (!swept || again) throw error;
    for (const { id } of entry.attachments) forgetUpload(id);
    return send({ ...entry, media: null }, true);
  }
}

async function sendAttachments(entry: Outgoing): Promise<readonly string[]> {
  if (entry.attachments.length === 0) return [];
  const sent = await Promise.all(entry.attachments.map((attachment) => uploaded(attachment)));
  const media = sent.map(({ id }) => id);
  await replace({ ...entry, media }).catch(() => undefined);
  return media;
}

/** Updates an entry. Settles once it is stored. */
function replace(entry: Outgoing): Promise<void> {
  outbox.value = outbox.value.map((other) => (other.key === entry.key ? entry : other));
  return keep(PREFIX + entry.key, entry);
}

function refuse({ key }: Outgoing, refusal: string): void {
  const entry = outbox.value.find((other) => other.key === key);
  if (entry) replace({ ...entry, refusal }).catch(() => undefined);
}

function forget(key: string): void {
  if (!outbox.value.some((entry) => entry.key === key)) return;
  settled.add(key);
  windows.postMessage(key);
  outbox.value = outbox.value.filter((entry) => entry.key !== key);
  drop(PREFIX + key).catch(() => undefined);
}

window.addEventListener("online", flush);
onAccountChange((user) => {
  if (user) flush();
});
