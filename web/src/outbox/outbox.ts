import { batch } from "@preact/signals";
import { me, onAccountChange } from "../store/session.ts";
import { draft, leaveDraft, removeDraft } from "./draft.ts";
import { keepEntry, type Outgoing, outbox, readEntries } from "./entries.ts";

/** The wait until the code that sends is loaded again, if it could not be. */
const RETRY_MS = 5000;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Sends the unsent tweets, with code that is loaded for it. Call it whenever the server may have become reachable. */
export function flush(): void {
  if (outbox.value.length === 0) return;
  import("./sending.ts")
    .then(({ sendAll }) => sendAll())
    .catch(() => {
      // Without a connection, the code can't be loaded yet.
      clearTimeout(retry);
      retry = setTimeout(flush, RETRY_MS);
    });
}

/** Loads the tweets that an earlier visit or another window could not send, and starts to send them. */
export async function openOutbox(): Promise<void> {
  const kept = await readEntries();
  const known = new Set(outbox.value.map(({ key }) => key));
  const all = [...kept.filter(({ key }) => !known.has(key)), ...outbox.value];
  outbox.value = all.sort((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1));
  // A window that was closed between two writes has left the draft beside its entry.
  for (const { key } of kept) removeDraft(key);
  if (kept.some(({ key }) => key === draft.value.id)) leaveDraft();
  flush();
}

/** Moves the draft into the outbox, which sends it now or when the server can be reached. */
export function sendDraft(): void {
  const userId = me.value?.id;
  if (!userId) return;
  const { id: key, text, attachments, location } = draft.value;
  const written = { text, attachments, location, key, userId, writtenAt: new Date().toISOString() };
  const entry: Outgoing = { ...written, media: null, refusal: "" };
  batch(() => {
    outbox.value = [...outbox.value, entry];
    leaveDraft();
  });
  // Stored before it is sent: if the window closes meanwhile, the next visit sends the tweet with the same key.
  // The draft stays stored as long as the entry is not.
  keepEntry(entry).then(
    () => {
      removeDraft(key);
      flush();
    },
    () => flush(),
  );
}

window.addEventListener("online", flush);
onAccountChange((user) => {
  if (user) flush();
});
