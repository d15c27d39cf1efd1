import type { Location } from "../api/shapes.ts";
import { readStored, writeStored } from "../store/stored.ts";
import { me } from "../store/session.ts";
import { signal } from "../store/signal.ts";
import type { Attachment } from "./attachments.ts";
import { drop, keep, readKept } from "./kept.ts";

/** A tweet that is being written. */
export interface Draft {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly location: Location | null;
}

const TEXT_KEY = "starling:draft";
const FILES_KEY = "draft";
const EMPTY: Draft = { text: "", attachments: [], location: null };

interface KeptDraft {
  userId: string;
  text: string;
  location: Location | null;
}

/** The one draft there is: what is begun in one place can be finished in another, also after a reload. */
export const draft = signal<Draft>(EMPTY);

function read(): void {
  const kept = readStored<KeptDraft>(TEXT_KEY);
  if (!kept || kept.userId !== me.value?.id) return;
  draft.set({ ...EMPTY, text: kept.text, location: kept.location });
  readKept<{ userId: string; attachments: Attachment[] }>(FILES_KEY).then(
    (files) => {
      if (files && files.userId === me.value?.id && draft.value.attachments.length === 0) {
        draft.update((value) => ({ ...value, attachments: files.attachments }));
      }
    },
    () => undefined,
  );
}

function write(value: Draft): void {
  const userId = me.value?.id;
  if (!userId) return;
  const { text, location, attachments } = value;
  const isEmpty = text === "" && location === null && attachments.length === 0;
  writeStored(TEXT_KEY, isEmpty ? null : ({ userId, text, location } satisfies KeptDraft));
}

let files = draft.value.attachments;
read();
files = draft.value.attachments;
draft.subscribe((value) => {
  write(value);
  if (value.attachments === files) return;
  files = value.attachments;
  const kept = files.length > 0 ? keep(FILES_KEY, { userId: me.value?.id, attachments: files }) : drop(FILES_KEY);
  // A browser that keeps no files loses them with a reload; the text stays.
  kept.catch(() => undefined);
});

let owner = me.value?.id;
me.subscribe((user) => {
  if (user?.id === owner) return;
  owner = user?.id;
  if (!user) draft.set(EMPTY);
});

export function editDraft(change: Partial<Draft>): void {
  draft.update((value) => ({ ...value, ...change }));
}

export function clearDraft(): void {
  draft.set(EMPTY);
}
