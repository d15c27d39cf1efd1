import { signal } from "@preact/signals";

/** A short message at the edge of the window. */
interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: "done" | "failed";
}

/** Long enough to read two short sentences slowly. */
const SHOWN_MS = 6000;
let count = 0;

export const toast = signal<Toast | null>(null);

/** Text for screen readers about changes that only sighted users would notice. */
export const announcement = signal("");

/** Shows a toast. */
export function say(text: string, kind: Toast["kind"] = "done"): void {
  const shown: Toast = { id: ++count, text, kind };
  toast.value = shown;
  setTimeout(() => {
    if (toast.value === shown) toast.value = null;
  }, SHOWN_MS);
}

/** Has a screen reader say the text. */
export function announce(text: string): void {
  // A screen reader skips text that is the same as before, so a repeated text gets an invisible space.
  announcement.value = announcement.value === text ? `${text}\u00a0` : text;
}
