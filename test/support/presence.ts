import type { Presence } from "../../seams/presence/presence.ts";

/** @returns the users without a socket on any node, in the given order */
export async function awayNow(presence: Presence, userIds: readonly string[]): Promise<string[]> {
  const times = await presence.lastHere(userIds);
  return userIds.filter((_, index) => times[index] !== Infinity);
}
