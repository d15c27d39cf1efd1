import type { Presence } from "../../seams/presence/presence.ts";

/** @returns which of the users have no socket on any node, in the order asked */
export async function awayNow(presence: Presence, userIds: readonly string[]): Promise<string[]> {
  const times = await presence.lastHere(userIds);
  return userIds.filter((_, index) => times[index] !== Infinity);
}
