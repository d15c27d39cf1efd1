import { signal } from "@preact/signals";
import type { Location } from "../api/shapes.ts";
import { say } from "../store/messages.ts";
import { me, onAccountChange } from "../store/session.ts";
import { readStored, writeStored } from "../store/stored.ts";
import { attach, type Attachment, refusal } from "./attachments.ts";
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

interface StoredDraft {
  userId: string;
  text: string;
  location: Location | null;
}

/** The only draft: every composer edits it, and it survives a reload. */
export const draft = signal<Draft>(EMPTY);

/** Reads the stored draft of the account that is logged in. Its files come later, since IndexedDB is asynchronous. */
function read(): void {
  const stored = readStored<StoredDraft>(TEXT_KEY);
  if (!stored || stored.userId !== me.value?.id) return;
  editDraft({ text: stored.text, location: stored.location });
  readKept<{ userId: string; attachments: Attachment[] }>(FILES_KEY).then(
    (files) => {
      if (files && files.userId === me.value?.id && draft.value.attachments.length === 0) {
        editDraft({ attachments: files.attachments });
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
  writeStored(TEXT_KEY, isEmpty ? null : ({ userId, text, location } satisfies StoredDraft));
}

read();
let last = draft.value;
draft.subscribe((value) => {
  // subscribe() also calls back at once, before anything has changed.
  if (value === last) return;
  const { attachments: files } = value;
  const sameFiles = files === last.attachments;
  last = value;
  write(value);
  if (sameFiles) return;
  const kept = files.length > 0 ? keep(FILES_KEY, { userId: me.value?.id, attachments: files }) : drop(FILES_KEY);
  // A browser without IndexedDB loses the files with a reload. The text is stored all the same.
  kept.catch(() => undefined);
});

// One account's draft must not be sent from another.
onAccountChange(clearDraft);

export function editDraft(change: Partial<Draft>): void {
  draft.value = { ...draft.value, ...change };
}

export function clearDraft(): void {
  draft.value = EMPTY;
}

/** Attaches picked, pasted or dropped files to the draft. A toast explains each file that is refused. */
export async function attachFiles(list: FileList | null | undefined): Promise<void> {
  for (const file of [...(list ?? [])]) {
    const reason = refusal(file, draft.value.attachments);
    if (reason) {
      say(reason, "failed");
      continue;
    }
    try {
      const added = await attach(file);
      editDraft({ attachments: [...draft.value.attachments, added] });
    } catch (error) {
      say(error instanceof Error ? error.message : "This file can't be read.", "failed");
    }
  }
}
