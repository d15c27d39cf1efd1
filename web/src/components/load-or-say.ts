import { say } from "../store/messages.ts";

/** Loads code on demand. @returns null when it can't be loaded, which is said */
export async function loadOrSay<T>(load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch {
    say("This couldn't be loaded. Check your connection and try again.", "failed");
    return null;
  }
}
