import { signal } from "@preact/signals";
import { isBlank } from "../../../lib/invisible.ts";
import { api } from "../api/api.ts";
import { ApiError, explain, NetworkError } from "../api/request.ts";
import type { Tweet, TweetInput } from "../api/shapes.ts";
import { me } from "../store/session.ts";
import { here, takeUp } from "./draft.ts";
import { acknowledge, forget, isSent, keepEntry, type Outgoing, outbox } from "./entries.ts";
import { forgetUpload, progressOf, UnsendableError, uploaded } from "./uploads.ts";

const CLIENT = "Starling for the web";
/** The wait between two tries doubles from the first to the longest. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** An entry that could not reach the server this often in a row no longer keeps the later ones waiting for their turn. */
const TURN_TRIES = 2;

/** The keys of the entries whose last try failed, for a reason that may pass. */
export const waiting = signal<ReadonlySet<string>>(new Set());

let running = false;
/** Whether there is something new to send, which the running round may have passed. */
let again = false;
let waitMs = FIRST_WAIT_MS;
let timer: ReturnType<typeof setTimeout> | undefined;
/** How often in a row an entry could not reach the server. */
const failures = new Map<string, number>();
const uploading = new Set<string>();
/** Entries whose uploads the server had deleted. */
const swept = new Set<string>();
const discarded = new Set<string>();

/** Moves a refused tweet back into the composer. What is written there is set aside. */
export function takeBack({ key, text, attachments, location }: Outgoing): void {
  takeUp({ text, attachments, location });
  forget(key, here.filesKept);
}

/** Deletes an unsent tweet. */
export function discard({ key }: Outgoing): void {
  discarded.add(key);
  forget(key);
}

/** Sends the unsent tweets in the order in which they were written. None waits for the uploads or the faults of another. */
export async function sendAll(): Promise<void> {
  clearTimeout(timer);
  again = true;
  if (running) return;
  running = true;
  try {
    while (again) {
      again = false;
      await sendRound();
    }
  } finally {
    running = false;
  }
}

async function sendRound(): Promise<void> {
  const tried = new Set<string>();
  const isNext = ({ key, userId, refusal }: Outgoing) =>
    userId === me.value?.id && refusal === "" && !tried.has(key) && !uploading.has(key);
  for (let entry = outbox.value.find(isNext); entry; entry = outbox.value.find(isNext)) {
    tried.add(entry.key);
    if (needsUpload(entry)) void sendFiles(entry);
    else if (!(await sendOne(entry))) return;
  }
}

function needsUpload({ media, attachments }: Outgoing): boolean {
  return media === null && attachments.some(({ id }) => progressOf(id).peek().state !== "done");
}

/** Uploads an entry's files, and has it sent then. */
async function sendFiles(entry: Outgoing): Promise<void> {
  uploading.add(entry.key);
  try {
    await mediaOf(entry);
  } catch (error) {
    fail(entry, error);
    return;
  } finally {
    uploading.delete(entry.key);
  }
  await sendAll();
}

/** Sends an entry whose files are uploaded. @returns whether the later entries may be sent now */
async function sendOne(entry: Outgoing): Promise<boolean> {
  const { key } = entry;
  try {
    const media = entry.media ?? (await mediaOf(entry));
    // The account may have changed meanwhile, and the request would go out under another name.
    if (me.value?.id !== entry.userId) return false;
    const tweet = await post(entry, media);
    if (tweet && discarded.has(key)) await api.deleteTweet(tweet.id);
    else if (tweet) acknowledge(tweet);
    // Done, even if acknowledge() has not found the entry by its key: otherwise it would be sent again and again.
    forget(key);
    failures.delete(key);
    waitMs = FIRST_WAIT_MS;
    return true;
  } catch (error) {
    return fail(entry, error);
  }
}

/** @returns the tweet; null if its author has deleted it since */
async function post(entry: Outgoing, media: readonly string[]): Promise<Tweet | null> {
  const { key, text, location } = entry;
  const input: TweetInput = {
    // The server refuses blanks below a picture: they would leave an empty line.
    text: isBlank(text) ? "" : text,
    ...(media.length > 0 && { media: [...media] }),
    ...(location && { location }),
    metadata: { client: CLIENT },
  };
  try {
    return await api.postTweet(key, input);
  } catch (error) {
    const code = error instanceof ApiError ? error.problem.code : "";
    if (code === "KEY_DELETED") return null;
    if (code !== "KEY_CONTENT") throw error;
    // Another window has sent the tweet with its own uploads. If it has sent another text, this one must not be lost.
    const sent = await api.tweet(key);
    if (isSent(entry, sent)) return sent;
    throw new UnsendableError("Another version of this tweet was sent already. Choose Edit to send this one as well.");
  }
}

async function mediaOf(entry: Outgoing): Promise<readonly string[]> {
  if (entry.attachments.length === 0) return [];
  const media = (await Promise.all(entry.attachments.map((attachment) => uploaded(attachment)))).map(({ id }) => id);
  await replace(entry.key, { media });
  return media;
}

/** Takes note of a failed try. @returns whether the later entries may be sent now */
function fail(entry: Outgoing, error: unknown): boolean {
  const { key, attachments } = entry;
  const isSwept = error instanceof ApiError && error.status === 422 && error.fieldMessage("media") !== undefined;
  if (isSwept && attachments.length > 0 && !swept.has(key)) {
    // The server deletes unused uploads after a day. The files are still here, so upload them again.
    swept.add(key);
    for (const { id } of attachments) forgetUpload(id);
    again = true;
    void replace(key, { media: null });
    return true;
  }
  // Logged out: the tweet waits until its author logs in again.
  if (error instanceof ApiError && error.status === 401) return false;
  if (error instanceof NetworkError || (error instanceof ApiError && error.passing)) {
    const askedMs = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
    tryLater(askedMs);
    waiting.value = new Set([...waiting.value, key]);
    if (error instanceof ApiError) return error.status !== 429;
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    return count > TURN_TRIES;
  }
  void replace(key, { refusal: error instanceof UnsendableError ? error.message : explain(error) });
  return true;
}

function tryLater(askedMs: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void sendAll(), Math.max(askedMs, waitMs * (0.5 + Math.random())));
  waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
}

/** Changes an entry. Settles once that is stored, or the browser has refused. */
async function replace(key: string, change: Partial<Outgoing>): Promise<void> {
  const entry = outbox.value.find((other) => other.key === key);
  if (!entry) return;
  const next = { ...entry, ...change };
  outbox.value = outbox.value.map((other) => (other.key === key ? next : other));
  await keepEntry(next).catch(() => undefined);
}
