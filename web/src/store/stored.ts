/** Where a value is stored: for all windows and visits, or for one window until it is closed. */
type Area = "localStorage" | "sessionStorage";

/**
 * Reads a stored value.
 *
 * @returns null when there is none, or when it can't be parsed
 */
export function readStored<T>(key: string, area: Area = "localStorage"): T | null {
  try {
    return JSON.parse(window[area].getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Stores a value; null removes it. Does nothing where the browser refuses: private windows, full disks. */
export function writeStored(key: string, value: unknown, area: Area = "localStorage"): void {
  try {
    if (value === null || value === undefined) window[area].removeItem(key);
    else window[area].setItem(key, JSON.stringify(value));
  } catch {
    // The client works without storage: only the next start is slower.
  }
}
