import { createLru } from "../../lib/lru.ts";
import { DEPARTURE_TTL_SECONDS } from "./presence.ts";

/**
 * Larger than the number of users that leave one node within {@link DEPARTURE_TTL_SECONDS}. If even more leave, only
 * the latest departures are remembered. The map takes 10 MB at most.
 */
const MAX_DEPARTURES = 100_000;

/** @returns an empty map from ids of users to the time of their departure, in milliseconds since 1970 */
export function createDepartures() {
  return createLru<number>({ max: MAX_DEPARTURES, ttlMs: DEPARTURE_TTL_SECONDS * 1000 });
}
