import { signal } from "@preact/signals";

type DialogName = "compose" | "drafts" | "keys";

/** The dialog that a key or a button has opened. */
export const openDialog = signal<DialogName | null>(null);

export function show(name: DialogName): void {
  openDialog.value = name;
}

/** Hides a dialog. Keeps another one that is open, because a `close` event may come after a key has opened the next. */
export function hide(name: DialogName): void {
  if (openDialog.value === name) openDialog.value = null;
}
