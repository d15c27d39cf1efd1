import { describe, expect, it } from "@jest/globals";
import { createCollector } from "../../lib/collector.ts";
import { eventually } from "../helper.ts";

function collect({ windowMs = 10, limit = 100, fails = false } = {}) {
  const batches: number[][] = [];
  const failed: number[][] = [];
  const collector = createCollector<number>({
    windowMs,
    limit,
    handOver(items) {
      batches.push(items);
      return fails ? Promise.reject(new Error("no luck")) : Promise.resolve();
    },
    onError: (_error, items) => failed.push(items),
  });
  return { batches, failed, collector };
}

describe("a collector", () => {
  it("hands over together what comes within its window, in order, and begins anew", async () => {
    const { batches, collector } = collect();
    for (const item of [1, 2, 3]) collector.add(item);
    await eventually(() => expect(batches).toEqual([[1, 2, 3]]));
    collector.add(4);
    await eventually(() => expect(batches).toEqual([[1, 2, 3], [4]]));
  });

  it("hands over at once as many as the limit says", () => {
    const { batches, collector } = collect({ windowMs: 60_000, limit: 2 });
    for (const item of [1, 2, 3, 4]) collector.add(item);
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("hands over the rest when it is flushed, and waits for it", async () => {
    const { batches, failed, collector } = collect({ windowMs: 60_000, fails: true });
    collector.add(1);
    await collector.flush();
    expect([batches, failed]).toEqual([[[1]], [[1]]]);
    await collector.flush();
    expect(batches).toHaveLength(1);
  });
});
