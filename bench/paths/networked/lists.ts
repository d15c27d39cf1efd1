import { randomInt } from "node:crypto";
import { forEachAtOnce } from "../../../dev/replay/for-each-at-once.ts";
import { idAt } from "../../../lib/snowflake.ts";
import { RedisConnection } from "../../../seams/redis/connection.ts";
import { RedisTimelineStore } from "../../../seams/timelines/redis.ts";
import type { Stage } from "../path.ts";

/** Home lists in Redis, through the product's own store. */
export interface Lists {
  readonly connection: RedisConnection;
  readonly store: RedisTimelineStore;
  /** Makes a list of so many ids for each of these users. */
  make(userIds: readonly string[], entries: number): Promise<void>;
}

/** The product's default. */
export const LIST_LENGTH = 800;
const TTL_SECONDS = 24 * 3600;
const AT_ONCE = 200;
/** The mean time between two tweets of a feed. */
const TWEET_EVERY_MS = 60_000;
/** An id has as many bits below its time. */
const BELOW_TIME = 2 ** 22;

export function openLists(redisUrl: string, { onEnd }: Stage): Lists {
  const say = (...what: unknown[]) => console.error(...what);
  const connection = new RedisConnection(redisUrl, { info: () => undefined, warn: say, error: say });
  onEnd(() => connection.close());
  const store = new RedisTimelineStore(connection, { length: LIST_LENGTH, ttlSeconds: TTL_SECONDS });
  return {
    connection,
    store,
    async make(userIds, entries) {
      await new Promise<void>((resolve) => {
        if (connection.client.status === "ready") resolve();
        else connection.onReady(resolve);
      });
      await forEachAtOnce(userIds, AT_ONCE, async (userId) => {
        const token = await store.begin(userId);
        if (token !== null) await store.fill(userId, token, someIds(entries), true);
      });
    },
  };
}

/** Ids of tweets at random times before now, with all their bits. */
function someIds(count: number): string[] {
  let at = Date.now() - 1000;
  return Array.from({ length: count }, () => {
    at -= randomInt(1, 2 * TWEET_EVERY_MS);
    return `${BigInt(idAt(at)) + BigInt(randomInt(BELOW_TIME))}`;
  });
}
