import { beforeAll, describe, expect, it } from "@jest/globals";
import { type Cache, findThrough, type Load, readThrough } from "../../seams/cache/cache.ts";
import { MemoryCache } from "../../seams/cache/memory.ts";
import { RedisCache } from "../../seams/cache/redis.ts";
import { UnavailableError } from "../../lib/errors.ts";
import { describeBackends } from "../support/backends.ts";

interface Value {
  text: string;
  parts?: (number | null)[];
}

const TTL = 60;

let keys = 0;
/** @returns a key that no other test uses */
const newKey = () => `key-${++keys}`;

await describeBackends(({ connect, passTime }) => {
  let cache: Cache<Value>;
  let other: Cache<Value>;
  beforeAll(async () => {
    const redis = await connect();
    const open = (name: string) => {
      const options = { name, ttlSeconds: TTL, max: 1000 };
      return redis ? new RedisCache<Value>(redis, options) : new MemoryCache<Value>(options);
    };
    cache = open("value");
    other = open("other");
  });

  const get = async (key: string) => (await cache.getMany([key]))[0];

  it("returns values, absences and missing entries in the order of the keys", async () => {
    const [known, absent, unknown] = [newKey(), newKey(), newKey()];
    const value = { text: "Grüße 👋 \u0000 \"'", parts: [1.5, null] };
    await cache.fill([[known, value]]);
    await cache.put(absent, null);
    expect(await cache.getMany([absent, known, unknown, known])).toEqual([null, value, undefined, value]);
    expect(await cache.getMany([])).toEqual([]);
  });

  it("fills in values only where there is no entry", async () => {
    const [changed, deleted] = [newKey(), newKey()];
    await cache.put(changed, { text: "new" });
    await cache.put(deleted, null);
    await cache.fill([
      [changed, { text: "old" }],
      [deleted, { text: "old" }],
    ]);
    expect(await cache.getMany([changed, deleted])).toEqual([{ text: "new" }, null]);
    await cache.fill([]);
  });

  it("lets a writer replace any entry", async () => {
    const key = newKey();
    await cache.fill([[key, { text: "first" }]]);
    await cache.put(key, { text: "second" });
    expect(await get(key)).toEqual({ text: "second" });
    await cache.put(key, null);
    expect(await get(key)).toBeNull();
    await cache.put(key, { text: "third" });
    expect(await get(key)).toEqual({ text: "third" });
  });

  it("keeps the keys of two caches apart", async () => {
    const key = newKey();
    await cache.put(key, { text: "here" });
    expect(await other.getMany([key])).toEqual([undefined]);
  });

  it("drops an entry after its lifetime, counted from its write", async () => {
    const [filled, put] = [newKey(), newKey()];
    await cache.fill([[filled, { text: "filled" }]]);
    await cache.put(put, null);
    await passTime(TTL - 10);
    await cache.fill([[filled, { text: "again" }]]);
    expect(await cache.getMany([filled, put])).toEqual([{ text: "filled" }, null]);
    await passTime(20);
    expect(await cache.getMany([filled, put])).toEqual([undefined, undefined]);
  });

  it("holds hundreds of values, as many as a page of tweets and authors needs", async () => {
    const entries = Array.from({ length: 300 }, (_, n) => [newKey(), { text: `value ${n}` }] as const);
    await cache.fill(entries);
    expect(await cache.getMany(entries.map(([key]) => key))).toEqual(entries.map(([, value]) => value));
  });

  it("is read through: missing values are loaded and then cached", async () => {
    const [known, absent, missing] = [newKey(), newKey(), newKey()];
    await cache.put(known, { text: "known" });
    await cache.put(absent, null);
    const loads: string[][] = [];
    const load = (wanted: string[]) => {
      loads.push(wanted);
      return Promise.resolve(wanted.map((key) => ({ text: `loaded ${key}` })));
    };
    const wanted = [missing, known, absent, missing];
    const found = [{ text: `loaded ${missing}` }, { text: "known" }, null, { text: `loaded ${missing}` }];
    expect(await readThrough(cache, wanted, load, { term: null })).toEqual(found);
    expect(await readThrough(cache, wanted, load, { term: 1 })).toEqual(found);
    // Values loaded without a primary are not cached.
    expect(loads).toEqual([[missing], [missing]]);
    expect(await readThrough(cache, wanted, load, { term: null })).toEqual(found);
    expect(loads).toHaveLength(2);
  });

  describe("when it is read through without a sure primary", () => {
    const [old, late] = [newKey(), newKey()];
    /** A lagging replica has one of two values; the primary, if any, has both. */
    const loader =
      (primary: boolean): Load<Value> =>
      (wanted, { fresh = false } = {}) =>
        fresh && !primary
          ? Promise.reject(new UnavailableError("There is no primary"))
          : Promise.resolve(wanted.map((key) => (key === old || (fresh && key === late) ? { text: key } : undefined)));
    const unsure = { term: null };

    it("asks the primary for values that a replica lacks", async () => {
      const none = newKey();
      expect(await readThrough(cache, [old, none, late], loader(true), unsure)).toEqual([
        { text: old },
        null,
        { text: late },
      ]);
      expect(await findThrough(cache, late, loader(true), unsure)).toEqual({ text: late });
      expect(await findThrough(cache, none, loader(true), unsure)).toBeNull();
    });

    it("without a primary, omits values that a replica lacks, and reports none of them as absent", async () => {
      expect(await readThrough(cache, [late, old], loader(false), unsure)).toEqual([null, { text: old }]);
      expect(await findThrough(cache, old, loader(false), unsure)).toEqual({ text: old });
      await expect(findThrough(cache, late, loader(false), unsure)).rejects.toThrow(UnavailableError);
      await cache.put(late, null);
      expect(await findThrough(cache, late, loader(false), unsure)).toBeNull();
    });
  });
});
