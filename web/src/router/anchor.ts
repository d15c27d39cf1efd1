/** A row of a list, and where in the window it is: a place that survives rows of other heights above it. */
export interface Anchor {
  readonly id: string;
  /** From the top of the window, in pixels. */
  readonly top: number;
}

/** The list on screen, where there is one: it knows its rows better than a number of pixels does. */
export interface Anchored {
  find(): Anchor | null;
  /** Puts the row back where it was. @returns false when there is no such row */
  show(anchor: Anchor): boolean;
}

let anchored: Anchored | null = null;

export function anchoredList(): Anchored | null {
  return anchored;
}

/** @returns how to take it away again */
export function setAnchoredList(list: Anchored): () => void {
  anchored = list;
  return () => {
    if (anchored === list) anchored = null;
  };
}
