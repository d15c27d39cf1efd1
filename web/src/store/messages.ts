import { signal } from "./signal.ts";

/** A short message at the edge of the window. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: "done" | "failed";
}

/** How long a message stays, in milliseconds: two short sentences read slowly. */
const SHOWN_FOR = 6000;
let count = 0;

export const toast = signal<Toast | null>(null);

/** What a screen reader is told of things that only the eye would notice. */
export const announcement = signal("");

export function say(text: string, kind: Toast["kind"] = "done"): void {
  const shown: Toast = { id: ++count, text, kind };
  toast.set(shown);
  setTimeout(() => {
    if (toast.value === shown) toast.set(null);
  }, SHOWN_FOR);
}

export function announce(text: string): void {
  // The same words twice would not be read a second time.
  announcement.set(announcement.value === text ? `${text}\u00a0` : text);
}
