import { api } from "../api/api.ts";
import { ApiError, explain, NetworkError } from "../api/request.ts";
import type { Tweet, TweetInput } from "../api/shapes.ts";
import { say } from "../store/messages.ts";
import { homeList } from "../store/home.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { me } from "../store/session.ts";
import { signal } from "../store/signal.ts";
import { forgetUpload, release, uploaded } from "./attachments.ts";
import { clearDraft, draft, type Draft, editDraft } from "./draft.ts";
import { drop, keep, readAllKept } from "./kept.ts";
import { randomKey } from "./random.ts";

/** A tweet that was written here and has not been acknowledged yet. */
export interface Outgoing extends Draft {
  /** The client's key: with it the tweet can be sent again and again, and is there once. */
  readonly key: string;
  readonly userId: string;
  readonly writtenAt: string;
  /** What its attachments have become, once they are sent: a second try must be of the same content. */
  readonly media: readonly string[] | null;
  /** Why the server will not take it; empty while it may. */
  readonly refusal: string;
}

const PREFIX = "outbox:";
const CLIENT = "Starling for the web";
/** The first and the longest wait between two tries, in milliseconds. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** What waits to be sent, oldest first. */
export const outbox = signal<readonly Outgoing[]>([]);
/** Whether the last try found no server. */
export const stuck = signal(false);

/** What was sent or thrown away, here or in another window. */
const settled = new Set<string>();
/** Windows of one browser share what is kept, and tell each other what is settled. */
const windows = new BroadcastChannel("starling:outbox");
windows.onmessage = ({ data: key }: MessageEvent<string>) => {
  settled.add(key);
  outbox.update((entries) => entries.filter((entry) => entry.key !== key));
};

let sending = false;
let wait = FIRST_WAIT;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Reads what an earlier visit, or a window that is closed now, could not send, and begins to send it. */
export async function openOutbox(): Promise<void> {
  const kept = await readAllKept<Outgoing>(PREFIX).catch(() => []);
  const here = new Set(outbox.value.map(({ key }) => key));
  const all = [...kept.filter(({ key }) => !here.has(key) && !settled.has(key)), ...outbox.value];
  outbox.set(all.sort((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1)));
  flush();
}

/** Sends what is in the draft, now or when there is a line, and leaves an empty draft. */
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
  outbox.update((entries) => [...entries, entry]);
  // Kept before it is sent: what a closing window interrupts is sent at the next visit, under the same key.
  keep(PREFIX + entry.key, entry).then(flush, flush);
}

/** Takes a refused tweet back into the draft, to be changed. */
export function takeBack(entry: Outgoing): void {
  const { text, attachments, location } = entry;
  forget(entry.key);
  editDraft({ text, attachments, location });
}

/** Throws an unsent tweet away. */
export function discard(entry: Outgoing): void {
  forget(entry.key);
  for (const { id } of entry.attachments) release(id);
}

/** The tweet is there, by the answer or by a live message, whichever came first. */
export function acknowledge(tweet: Tweet): void {
  const entry = outbox.value.find(({ key }) => key === tweet.key);
  const { username } = tweet.author;
  const added = homeList().add([tweet], { now: entry !== undefined });
  knownProfile(username)?.list.add([tweet], { now: entry !== undefined });
  // By the answer and by the live message it is one tweet; from another device there is the message alone.
  if (entry || added > 0) countTweets(username, 1);
  if (!entry) return;
  forget(entry.key);
  for (const { id } of entry.attachments) release(id);
}

/** Sends what waits, in order. To be called whenever there may be a line again. */
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
      // Should it have been acknowledged for another person's list meanwhile, it is done all the same.
      forget(entry.key);
      wait = FIRST_WAIT;
      stuck.set(false);
    } catch (error) {
      if (error instanceof NetworkError || (error instanceof ApiError && error.passing)) {
        const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
        timer = setTimeout(flush, Math.max(asked, wait * (0.5 + Math.random())));
        wait = Math.min(wait * 2, LONGEST_WAIT);
        stuck.set(true);
        return;
      }
      // Logged out: it waits for its author.
      if (error instanceof ApiError && error.status === 401) return;
      refuse(entry, explain(error));
    }
  }
}

/** @returns the tweet; null when another window has sent it, with pictures that it uploaded itself */
async function send(entry: Outgoing, again = false): Promise<Tweet | null> {
  const media = entry.media ?? (await sendAttachments(entry));
  const input: TweetInput = {
    text: entry.text,
    ...(media.length > 0 && { media: [...media] }),
    ...(entry.location && { location: entry.location }),
    metadata: { client: CLIENT },
  };
  try {
    return await api.postTweet(entry.key, input);
  } catch (error) {
    if (error instanceof ApiError && ["KEY_CONTENT", "KEY_DELETED"].includes(error.problem.code ?? "")) return null;
    // An upload that waited for more than a day has been swept away. What it was made of is still here.
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

/** Puts a changed entry in the place of the old one. @returns once it is kept */
function replace(entry: Outgoing): Promise<void> {
  outbox.update((entries) => entries.map((other) => (other.key === entry.key ? entry : other)));
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
  outbox.update((entries) => entries.filter((entry) => entry.key !== key));
  drop(PREFIX + key).catch(() => undefined);
}

window.addEventListener("online", flush);
me.subscribe((user) => {
  if (user) flush();
});
