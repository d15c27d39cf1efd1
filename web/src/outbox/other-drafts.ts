import { effect } from "@preact/signals";
import { accountId } from "../store/session.ts";
import { readStored } from "../store/stored.ts";
import {
  draft,
  DRAFTS,
  editDraft,
  here,
  isEmpty,
  joinFiles,
  otherDrafts,
  readingFiles,
  showDraft,
  type StoredDraft,
  takeUp,
} from "./draft.ts";
import { outbox } from "./entries.ts";

/*
 * Each window shows a draft of its own. On a channel the windows tell each other which, so that one can take up what
 * closed windows have left, and a copied window does not show a draft twice. (navigator.locks would need https.)
 */

type Message = { kind: "ask" } | { kind: "shown"; id: string; since: number } | { kind: "left"; id: string };

const windows = new BroadcastChannel("starling:drafts");
/** When this window was opened. If two windows show one draft, the older one keeps it. */
const SINCE = performance.timeOrigin + Math.random();
/** Windows answer within this time, unless the browser has frozen them. A late answer is heard all the same. */
const ANSWER_MS = 300;

/** The drafts that other windows show. */
const shown = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

windows.onmessage = ({ data }: MessageEvent<Message>) => {
  if (data.kind === "ask") return tell();
  if (data.kind === "left") shown.delete(data.id);
  else if (data.id === draft.value.id) return meet(data.since);
  else shown.add(data.id);
  refreshSoon();
};

function tell(): void {
  windows.postMessage({ kind: "shown", id: draft.value.id, since: SINCE } satisfies Message);
}

/** Another window shows the same draft. */
function meet(since: number): void {
  if (since > SINCE) {
    tell();
    // Both have stored it under the same key, and this window's content counts, unless its files are still to be read.
    editDraft(readingFiles.value === 0 ? { attachments: draft.value.attachments } : {});
    return;
  }
  // It stays the other window's: neither this one nor any other may take it up as left.
  shown.add(draft.value.id);
  if (here.isEdited) {
    takeUp(draft.value);
    here.next = null;
  } else {
    showDraft(null);
  }
}

/** Reads the list of the drafts that no window shows. */
export function refreshDrafts(): void {
  const isElsewhere = (id: string) =>
    id === draft.value.id || shown.has(id) || outbox.value.some(({ key }) => key === id);
  otherDrafts.value = Object.keys(localStorage)
    .filter((key) => key.startsWith(DRAFTS))
    .flatMap((key) => {
      const stored = readStored<StoredDraft>(key);
      const id = key.slice(DRAFTS.length);
      if (!stored || stored.userId !== accountId.peek() || isElsewhere(id)) return [];
      return stored.text === "" && stored.files === 0 && !stored.location ? [] : [{ ...stored, id }];
    })
    .sort((a, b) => (a.editedAt < b.editedAt ? 1 : -1));
}

function refreshSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(refreshDrafts, ANSWER_MS);
}

/** Asks the other windows for their drafts. A new window then takes up the latest one that is left. */
async function look(): Promise<void> {
  shown.clear();
  windows.postMessage({ kind: "ask" } satisfies Message);
  tell();
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  refreshDrafts();
  const [latest] = otherDrafts.value;
  if (latest && here.isNew && isEmpty(draft.value)) showDraft(latest.id);
  here.isNew = false;
}

let last = draft.value.id;
effect(() => {
  const { id } = draft.value;
  if (id === last) return;
  if (!shown.has(last)) windows.postMessage({ kind: "left", id: last } satisfies Message);
  last = id;
  tell();
  refreshDrafts();
});
effect(() => {
  if (accountId.value) void look();
  else otherDrafts.value = [];
});
window.addEventListener("storage", ({ key }) => {
  if (key === DRAFTS + draft.value.id) joinFiles();
  if (key?.startsWith(DRAFTS)) refreshSoon();
});
window.addEventListener("pagehide", () => windows.postMessage({ kind: "left", id: last } satisfies Message));
window.addEventListener("pageshow", ({ persisted }) => persisted && tell());
