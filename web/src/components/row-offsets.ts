/** Height of a row before any was measured: a tweet of two lines. Later the mean of the measured heights is used. */
export const FIRST_GUESS_PX = 132;

/** The offset (px) of each row, and last the height of the whole list. */
export function offsetsOf(ids: readonly string[], heights: ReadonlyMap<string, number>): Float64Array {
  let known = 0;
  let count = 0;
  for (const height of heights.values()) {
    known += height;
    count++;
  }
  const guess = count > 0 ? known / count : FIRST_GUESS_PX;
  const offsets = new Float64Array(ids.length + 1);
  for (let index = 0; index < ids.length; index++) {
    offsets[index + 1] = offsets[index]! + (heights.get(ids[index]!) ?? guess);
  }
  return offsets;
}

/** The index of the row at an offset, by binary search. */
export function indexAt(offsets: Float64Array, y: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}
