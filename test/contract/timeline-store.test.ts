import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MemoryTimelineStore } from "../../seams/timelines/memory.ts";
import { RedisTimelineStore } from "../../seams/timelines/redis.ts";
import { BUILD_LIMIT_SECONDS, type TimelineStore } from "../../seams/timelines/timeline-store.ts";
import { describeBackends } from "../support/backends.ts";
import { NaiveTimelines } from "../support/naive-timelines.ts";

const LENGTH = 6;
const TTL = 3600;
const ALL = { limit: 1000 };

/** @returns the id of the nth tweet */
const id = (n: number) => (2_000_000_000_000_000_000n + BigInt(n)).toString();
const ids = (...numbers: number[]) => numbers.map(id);

let users = 0;
/** @returns a user that no other test uses */
const newUser = () => (1_900_000_000_000_000_000n + BigInt(++users)).toString();

await describeBackends(({ connect, passTime }) => {
  let store: TimelineStore;
  beforeAll(async () => {
    const redis = await connect();
    const options = { length: LENGTH, ttlSeconds: TTL };
    store = redis ? new RedisTimelineStore(redis, options) : new MemoryTimelineStore(options);
  });

  /** Builds the list of a user. */
  async function build(userId: string, list: string[], complete = true): Promise<string> {
    const token = await store.begin(userId);
    expect(token).not.toBeNull();
    expect(await store.fill(userId, token!, list, complete)).toBe(true);
    return token!;
  }

  const idsOf = async (userId: string) => (await store.read(userId, ALL))?.ids;

  it("has no list of a user who never began one, even after pushes", async () => {
    const alice = newUser();
    await store.push(id(1), [alice]);
    expect(await store.read(alice, ALL)).toBeNull();
  });

  it("keeps pushes during a build, and hides the list until the end", async () => {
    const alice = newUser();
    const token = await store.begin(alice);
    await store.push(id(7), [alice]);
    expect(await store.read(alice, ALL)).toBeNull();
    expect(await store.fill(alice, token!, ids(5, 3), true)).toBe(true);
    expect(await store.read(alice, ALL)).toEqual({
      ids: ids(7, 5, 3),
      tail: id(3),
      complete: true,
      version: token,
    });
  });

  it("inserts each id in order, once", async () => {
    const alice = newUser();
    await build(alice, ids(20, 10));
    for (const n of [30, 15, 30, 15, 20, 5]) await store.push(id(n), [alice]);
    expect(await idsOf(alice)).toEqual(ids(30, 20, 15, 10, 5));
  });

  it("supports a list without any ids", async () => {
    const alice = newUser();
    const version = await build(alice, []);
    expect(await store.read(alice, ALL)).toEqual({ ids: [], tail: null, complete: true, version });
    await store.push(id(1), [alice]);
    expect(await store.read(alice, ALL)).toEqual({ ids: ids(1), tail: id(1), complete: true, version });
  });

  it("cuts a list that is too long; it is then incomplete and takes nothing below its end", async () => {
    const alice = newUser();
    await build(alice, ids(12, 11, 10));
    for (let n = 20; n < 80; n++) {
      await store.push(id(n), [alice]);
      const slice = await store.read(alice, ALL);
      expect(slice?.ids.length).toBe(Math.min(LENGTH, n - 16));
      expect(slice?.complete).toBe(n - 16 <= LENGTH);
    }
    await store.push(id(15), [alice]);
    expect(await store.read(alice, ALL)).toMatchObject({ ids: ids(79, 78, 77, 76, 75, 74), tail: id(74) });
  });

  it("cuts filled-in ids, and reports whether the list reaches back to the beginning", async () => {
    const [alice, bob] = [newUser(), newUser()];
    await build(alice, ids(9, 8, 7, 6, 5, 4, 3, 2));
    expect(await store.read(alice, ALL)).toMatchObject({ ids: ids(9, 8, 7, 6, 5, 4), complete: false });
    await build(bob, ids(9, 8), false);
    expect(await store.read(bob, ALL)).toMatchObject({ ids: ids(9, 8), complete: false });
  });

  it("reads a part of a list", async () => {
    const alice = newUser();
    await build(alice, ids(50, 40, 30, 20, 10));
    const read = async (before: string, limit: number) => (await store.read(alice, { before, limit }))?.ids;
    expect(await read(id(40), 2)).toEqual(ids(30, 20));
    expect(await read(id(41), 1)).toEqual(ids(40));
    expect(await read(id(99), 2)).toEqual(ids(50, 40));
    expect(await read(id(10), 5)).toEqual([]);
    expect(await store.read(alice, { before: id(21), limit: 0 })).toMatchObject({ ids: [], tail: id(10) });
  });

  it("pushes onto the lists of thousands of users at once", async () => {
    const crowd = Array.from({ length: 3000 }, newUser);
    const readers = crowd.filter((_, index) => index % 100 === 0);
    for (const reader of readers) await build(reader, ids(1));
    await store.push(id(2), crowd);
    for (const reader of readers) expect(await idsOf(reader)).toEqual(ids(2, 1));
    expect(await idsOf(crowd[1]!)).toBeUndefined();
    await store.drop(crowd);
    for (const reader of readers) expect(await idsOf(reader)).toBeUndefined();
    await store.push(id(3), []);
    await store.drop([]);
  });

  it("admits one builder of a list at a time, and another one when the first takes too long", async () => {
    const alice = newUser();
    const first = await store.begin(alice);
    expect(await store.begin(alice)).toBeNull();
    await passTime(BUILD_LIMIT_SECONDS + 1);
    const second = await store.begin(alice);
    expect(second).not.toBeNull();
    expect(await store.fill(alice, first!, ids(1), true)).toBe(false);
    expect(await store.fill(alice, second!, ids(2), true)).toBe(true);
    expect(await store.fill(alice, second!, ids(3), true)).toBe(false);
    expect(await store.begin(alice)).toBeNull();
    expect(await store.read(alice, ALL)).toMatchObject({ ids: ids(2), version: second });
  });

  it("drops lists, including those being built", async () => {
    const alice = newUser();
    const token = await store.begin(alice);
    await store.drop([alice]);
    expect(await store.fill(alice, token!, ids(1), true)).toBe(false);
    await build(alice, ids(2));
    await store.drop([alice]);
    expect(await store.read(alice, ALL)).toBeNull();
  });

  it("expires a list after its lifetime, counted from its beginning", async () => {
    const alice = newUser();
    const token = await store.begin(alice);
    await passTime(BUILD_LIMIT_SECONDS / 2);
    await store.fill(alice, token!, ids(1), true);
    await passTime(TTL - BUILD_LIMIT_SECONDS);
    await store.push(id(2), [alice]);
    expect(await idsOf(alice)).toEqual(ids(2, 1));
    await passTime(BUILD_LIMIT_SECONDS);
    expect(await store.read(alice, ALL)).toBeNull();
  });

  describe("agrees with a naive model", () => {
    const number = fc.integer({ min: 0, max: 99 });
    const user = fc.integer({ min: 0, max: 2 });
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("push"), numbers: fc.array(number), user, others: user }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("begin"), user }) },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant("fill"),
          user,
          stale: fc.boolean(),
          numbers: fc.array(number),
          complete: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("drop"), user }) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("read"),
          user,
          before: fc.option(number, { nil: undefined }),
          limit: fc.integer({ min: 0, max: 9 }),
        }),
      },
    );

    it("for any sequence of operations", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { size: "large", maxLength: 60 }), async (steps) => {
          const names = [newUser(), newUser(), newUser()];
          const naive = new NaiveTimelines(LENGTH);
          const tokens = new Map<string, (string | null)[]>(names.map((name) => [name, []]));
          for (const a of steps) {
            const name = names[a.user]!;
            if ("others" in a) {
              const at = a.others === a.user ? [name] : [name, names[a.others]!];
              for (const n of a.numbers) {
                await store.push(id(n), at);
                naive.push(id(n), at);
              }
            } else if ("stale" in a) {
              const token = tokens.get(name)!.at(a.stale ? -2 : -1);
              if (!token) continue;
              const filled = await store.fill(name, token, a.numbers.map(id), a.complete);
              expect(filled).toBe(naive.fill(name, token, a.numbers.map(id), a.complete));
            } else if ("limit" in a) {
              const range = { before: a.before === undefined ? undefined : id(a.before), limit: a.limit };
              expect(await store.read(name, range)).toEqual(naive.read(name, range));
            } else if (a.do === "begin") {
              const token = await store.begin(name);
              expect(token !== null).toBe(naive.mayBegin(name));
              if (token === null) continue;
              naive.begin(name, token);
              tokens.get(name)!.push(token);
            } else {
              await store.drop([name]);
              naive.drop(name);
            }
          }
          for (const name of names) expect(await store.read(name, ALL)).toEqual(naive.read(name, ALL));
        }),
        { numRuns: 100 },
      );
    });
  });
});
