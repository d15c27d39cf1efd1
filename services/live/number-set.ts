/** Sorted numbers without gaps between them in memory. */
export type Numbers = Uint16Array | Uint32Array;

export const NO_NUMBERS: Numbers = new Uint16Array(0);

/** An array of unsigned integers below 2³² with room for `length` of them, in 2 bytes each if `most` fits. */
export function newNumbers(length: number, most: number): Numbers {
  return most < 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}

/**
 * A set of unsigned integers below 2³², sorted: small ones take 2 to 3 bytes each, where a Set takes 20 to 40. Additions and
 * deletions move what comes after the number, which takes less than a microsecond for each thousand.
 */
export class NumberSet {
  #values = NO_NUMBERS;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: number): void {
    const at = indexIn(this.#values, value, this.#size);
    if (at < this.#size && this.#values[at] === value) return;
    if (this.#size === this.#values.length || value >= 2 ** (8 * this.#values.BYTES_PER_ELEMENT)) this.#resize(value);
    this.#values.copyWithin(at + 1, at, this.#size);
    this.#values[at] = value;
    this.#size++;
  }

  delete(value: number): void {
    const at = indexIn(this.#values, value, this.#size);
    if (at === this.#size || this.#values[at] !== value) return;
    this.#values.copyWithin(at, at + 1, this.#size);
    this.#size--;
    if (this.#size < this.#values.length / 2) this.#resize(0);
  }

  /** The numbers, which are valid until the set changes. */
  values(): Numbers {
    return this.#values.subarray(0, this.#size);
  }

  /** Makes room for a quarter more, and for a number of this size. */
  #resize(value: number): void {
    const most = Math.max(value, this.#values[this.#size - 1] ?? 0);
    const values = newNumbers(this.#size + (this.#size >>> 2) + 1, most);
    values.set(this.values());
    this.#values = values;
  }
}

/** Whether a sorted array has a value. */
export function hasNumber(sorted: Numbers, value: number): boolean {
  return sorted[indexIn(sorted, value, sorted.length)] === value;
}

/** The index of the first value in a sorted array that is at least this one. */
function indexIn(sorted: Numbers, value: number, size: number): number {
  let [from, to] = [0, size];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
