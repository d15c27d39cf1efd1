import { LRUCache } from "lru-cache";
import { LEFT_FOR } from "./presence.ts";

/** More than leave one node within {@link LEFT_FOR}; of a larger exodus the last are known. 10 MB. */
const MOST = 100_000;

/** @returns an empty memory of when users left, in milliseconds since 1970, by their ids */
export function createDepartures() {
  return new LRUCache<string, number>({ max: MOST, ttl: LEFT_FOR * 1000 });
}
