/**
 * Reads a value from localStorage.
 *
 * @returns null when there is none, or when it can't be parsed
 */
export function readStored<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Stores a value in localStorage; null removes it. Does nothing where the browser refuses: private windows, full disks. */
export function writeStored(key: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The client works without storage: only the next start is slower.
  }
}
