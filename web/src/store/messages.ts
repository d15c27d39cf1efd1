import { signal } from "@preact/signals";

/** A short message at the edge of the window. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: "done" | "failed";
  /** Undoes what was done; without it, there is no button for that. */
  readonly undo: (() => void) | undefined;
  /** The element that had the focus. */
  readonly from: Element | null;
}

/** Long enough to read two short sentences slowly. */
const SHOWN_MS = 6000;
/** Long enough to reach the button, too. */
const UNDO_SHOWN_MS = 10_000;
let count = 0;

export const toast = signal<Toast | null>(null);

/** Text for screen readers about changes that only sighted users would notice. */
export const announcement = signal("");

/** Shows a toast. @param undo called when the reader takes back what the toast tells */
export function say(text: string, kind: Toast["kind"] = "done", undo?: () => void): void {
  const shown: Toast = { id: ++count, text, kind, undo, from: document.activeElement };
  toast.value = shown;
  const shownMs = undo ? UNDO_SHOWN_MS : SHOWN_MS;
  const hide = () => {
    if (toast.value !== shown) return;
    // Not while the reader is at its button.
    if (document.querySelector(".toast:is(:hover, :focus-within)")) setTimeout(hide, shownMs);
    else toast.value = null;
  };
  setTimeout(hide, shownMs);
}

/** Has a screen reader say the text. */
export function announce(text: string): void {
  // A screen reader skips text that is the same as before, so a repeated text gets an invisible space.
  announcement.value = announcement.value === text ? `${text}\u00a0` : text;
}
