/**
 * Reads what was kept in this browser.
 *
 * @returns null when there is nothing, or nothing that can be read
 */
export function readStored<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Keeps a value in this browser, as far as it lets us (private windows, full disks); null removes it. */
export function writeStored(key: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Nothing kept is what a browser without storage has agreed to.
  }
}
