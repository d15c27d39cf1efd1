import { startRedis } from "../../../dev/servers/index.ts";
import { idAt } from "../../../lib/snowflake.ts";
import type { Path } from "../path.ts";
import { LIST_LENGTH, openLists } from "./lists.ts";

export const timelineMemory: Path = {
  about: `memory of home lists of ${LIST_LENGTH} entries in Redis, as MEMORY USAGE tells, keys included`,
  beside: "nothing",
  needs: ["redis-server"],
  rows: [{ name: "an entry", unit: "bytes", by: "ours", goal: { atMost: 12 } }],
  async open(stage) {
    const redis = await startRedis();
    stage.onEnd(() => redis.stop());
    const lists = openLists(redis.url, stage);
    const { client } = lists.connection;
    const userIds = Array.from({ length: stage.effort.isQuick ? 10 : 200 }, (_, n) => idAt(Date.UTC(2025, 0, 1) + n));
    await lists.make(userIds, LIST_LENGTH);
    return {
      async ours() {
        let bytes = 0;
        for (const key of await client.keys("*"))
          bytes += Number(await client.call("MEMORY", "USAGE", key, "SAMPLES", "0"));
        return { "an entry": bytes / userIds.length / LIST_LENGTH };
      },
      bare: () => Promise.resolve({}),
      async audit() {
        const lengths = userIds.map(
          async (id) => (await lists.store.read(id, { limit: LIST_LENGTH }))?.ids.length ?? 0,
        );
        const short = (await Promise.all(lengths)).filter((length) => length !== LIST_LENGTH).length;
        return short === 0 ? [] : [`${short} lists don't have ${LIST_LENGTH} entries.`];
      },
    };
  },
};
