import { signal } from "@preact/signals";
import type { Location } from "../api/shapes.ts";
import { me, onAccountChange } from "../store/session.ts";
import { readStored, writeStored } from "../store/stored.ts";
import type { Attachment } from "./attachments.ts";
import { drop, keep, readKept } from "./kept.ts";
import { randomKey } from "./random.ts";

/** What a person has written. */
export interface Content {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly location: Location | null;
}

/** A tweet that is being written. Its id becomes the tweet's idempotency key, so no draft is sent twice. */
export interface Draft extends Content {
  readonly id: string;
}

/** What localStorage keeps of a draft. IndexedDB keeps the files. */
export interface StoredDraft {
  userId: string;
  text: string;
  location: Location | null;
  files: number;
  editedAt: string;
}

interface KeptFiles {
  userId: string;
  attachments: readonly Attachment[];
}

/** Begins the keys of all stored drafts: each window has its own, and those of closed windows wait for one. */
export const DRAFTS = "starling:draft:";
/** In sessionStorage: each account's draft in this window. */
const HERE = "starling:drafts-here";
const EMPTY: Content = { text: "", attachments: [], location: null };
/** Some browsers never answer when they are asked for stored files. */
const PATIENCE_MS = 3000;

const filesKey = (id: string) => `draft:${id}`;

/** The draft of this window: every composer edits it. */
export const draft = signal<Draft>(fresh());
/** How many reads of files for the draft are under way. Without their files, it can't be sent. */
export const readingFiles = signal(0);
/** Whether this browser keeps drafts of the account, in any window. */
export const hasDrafts = signal(false);
/** The account's drafts that no window shows, latest first. */
export const otherDrafts = signal<readonly (StoredDraft & { id: string })[]>([]);

/** What a window knows of its draft beyond its content. */
export const here = {
  /** Whether the account has had no draft in this window before. */
  isNew: true,
  /** Whether the draft has been edited since it was shown here. */
  isEdited: false,
  /** The draft to show once the current one is sent: it was set aside for it. */
  next: null as string | null,
  /** Settles once the draft's files would survive a reload. */
  filesKept: Promise.resolve(),
};

function fresh(): Draft {
  return { ...EMPTY, id: randomKey() };
}

export function isEmpty({ text, location, attachments }: Content): boolean {
  return text === "" && location === null && attachments.length === 0;
}

/** Shows a stored draft in this window; an empty one if there is none of this id and account. The last one stays stored. */
export function showDraft(id: string | null | undefined): void {
  const stored = id ? readStored<StoredDraft>(DRAFTS + id) : null;
  here.next = null;
  here.isEdited = false;
  if (id && stored && stored.userId === me.value?.id) {
    draft.value = { id, text: stored.text, location: stored.location, attachments: [] };
    readFiles(id, stored.userId);
  } else {
    draft.value = fresh();
  }
  rememberHere();
}

/** Shows new content in this window. The current draft is set aside for it, and comes back once the new one is sent. */
export function takeUp(content: Content): void {
  const next = isEmpty(draft.value) ? here.next : draft.value.id;
  draft.value = { ...content, id: randomKey() };
  here.next = next;
  here.isEdited = true;
  rememberHere();
  store(draft.value, true);
}

/** Leaves the draft, which is sent or thrown away, and shows the one that was set aside for it, or an empty one. */
export function leaveDraft(): void {
  showDraft(here.next);
}

export function editDraft(change: Partial<Content>): void {
  draft.value = { ...draft.value, ...change };
  here.isEdited = true;
  store(draft.value, "attachments" in change);
}

/** Deletes a stored draft. */
export function removeDraft(id: string): void {
  writeStored(DRAFTS + id, null);
  drop(filesKey(id)).catch(() => undefined);
}

/** Adds a picture or video to a draft, also after the window has left the draft for another one or another account. */
export async function addToDraft(id: string, userId: string, added: Attachment): Promise<void> {
  if (draft.value.id === id) return editDraft({ attachments: [...draft.value.attachments, added] });
  // One after the other: two that read the same list would each store it without the other's file.
  const work = here.filesKept.then(() => addToStored(id, userId, added));
  here.filesKept = work.catch(() => undefined);
  await work;
}

async function addToStored(id: string, userId: string, added: Attachment): Promise<void> {
  const kept = await readKept<KeptFiles>(filesKey(id));
  const attachments = [...(kept?.attachments ?? []), added];
  await keep(filesKey(id), { userId, attachments });
  const stored = readStored<StoredDraft>(DRAFTS + id) ?? { ...EMPTY, userId, editedAt: new Date().toISOString() };
  writeStored(DRAFTS + id, { ...stored, attachments: undefined, files: attachments.length });
}

function rememberHere(): void {
  const userId = me.value?.id;
  if (userId) writeStored(HERE, { ...readHere(), [userId]: draft.value.id }, "sessionStorage");
}

function readHere(): Record<string, string> {
  return readStored<Record<string, string>>(HERE, "sessionStorage") ?? {};
}

function store(content: Draft, withFiles: boolean): void {
  const userId = me.value?.id;
  if (!userId) return;
  const { id, text, location, attachments } = content;
  const stored = { userId, text, location, files: attachments.length, editedAt: new Date().toISOString() };
  writeStored(DRAFTS + id, isEmpty(content) && readingFiles.value === 0 ? null : (stored satisfies StoredDraft));
  hasDrafts.value = true;
  if (!withFiles) return;
  const kept = attachments.length > 0 ? keep(filesKey(id), { userId, attachments }) : drop(filesKey(id));
  // A browser without IndexedDB loses the files with a reload. The text is stored all the same.
  here.filesKept = kept.catch(() => undefined);
}

/** Reads a draft's files, which come later than its text, since IndexedDB is asynchronous. */
function readFiles(id: string, userId: string): void {
  const done = countReading();
  setTimeout(done, PATIENCE_MS);
  // Files that were added just before, for example before a logout, are found only once they are stored.
  here.filesKept
    .then(() => readKept<KeptFiles>(filesKey(id)))
    .then((kept) => {
      if (kept?.userId !== userId || draft.value.id !== id) return;
      const added = draft.value.attachments.filter((one) => kept.attachments.every((other) => other.id !== one.id));
      draft.value = { ...draft.value, attachments: [...kept.attachments, ...added] };
      if (here.isEdited) store(draft.value, added.length > 0);
    })
    .catch(() => undefined)
    .finally(done);
}

/** Reads again the files of this window's draft: one that another window was still reading has come to it. */
export function joinFiles(): void {
  const { id, attachments } = draft.value;
  const stored = readStored<StoredDraft>(DRAFTS + id);
  if (stored && stored.userId === me.value?.id && stored.files > attachments.length) readFiles(id, stored.userId);
}

/** Counts a read of files. @returns a function to be called at its end */
export function countReading(): () => void {
  let open = true;
  readingFiles.value++;
  return () => {
    if (open) readingFiles.value--;
    open = false;
  };
}

/** Shows the draft that the account has in this window. */
function showOwn(): void {
  const userId = me.value?.id;
  const id = userId && readHere()[userId];
  here.isNew = !id;
  showDraft(id);
  hasDrafts.value = userId !== undefined && Object.keys(localStorage).some((key) => key.startsWith(DRAFTS));
}

showOwn();
// One account's draft must not be sent or seen by another. It stays stored until its author logs in again.
onAccountChange(showOwn);
