/** A row and its position in the viewport. Unlike a scroll offset it stays right when rows above change height. */
export interface Anchor {
  readonly id: string;
  /** Distance (px) from the top of the viewport. */
  readonly top: number;
}

/** A list that can name the reader's position by row. */
interface Anchored {
  /** @returns the first visible row, null at the very top */
  find(): Anchor | null;
  /** Scrolls the row back to its position. @returns false if the list has no such row */
  show(anchor: Anchor): boolean;
  /** Reads the list down to a row. @returns the row, or one near it if it is gone; null if that can't be read */
  reach(id: string): Promise<string | null>;
}

let anchored: Anchored | null = null;

/** The list on screen, if there is one. */
export function anchoredList(): Anchored | null {
  return anchored;
}

/** Registers the list on screen. @returns a function that removes it */
export function setAnchoredList(list: Anchored): () => void {
  anchored = list;
  return () => {
    if (anchored === list) anchored = null;
  };
}
