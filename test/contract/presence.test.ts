import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { MemoryPresence } from "../../seams/presence/memory.ts";
import type { Presence } from "../../seams/presence/presence.ts";
import { RedisPresence } from "../../seams/presence/redis.ts";
import { describeBackends, QUIET } from "../support/backends.ts";
import { awayNow } from "../support/presence.ts";

/** More than the clocks of nodes may differ. */
const MAX_SKEW_MS = 1000;

let users = 0;
/** @returns a user that no other test uses */
const newUser = () => `${2_000_000_000_000_000_000n + BigInt(++users)}`;

await describeBackends(({ connect }) => {
  let presence: Presence;
  beforeAll(async () => {
    const redis = await connect();
    presence = redis ? new RedisPresence(redis, QUIET) : new MemoryPresence();
  });
  afterAll(() => presence.close());

  it("finds the absent users among many, in the order of the ids", async () => {
    const [alice, bob, carol, dave] = [newUser(), newUser(), newUser(), newUser()];
    await presence.arrive(bob);
    await presence.arrive(carol);
    expect(await awayNow(presence, [dave, carol, bob, alice])).toEqual([dave, alice]);
    expect(await awayNow(presence, [])).toEqual([]);
  });

  it("returns the time of a departure", async () => {
    const [alice, bob, carol] = [newUser(), newUser(), newUser()];
    await presence.arrive(alice);
    await presence.arrive(carol);
    const before = Date.now();
    await presence.leave(alice);
    const after = Date.now();
    const [alices, ...others] = await presence.lastHere([alice, bob, carol]);
    expect(alices).toBeGreaterThanOrEqual(before);
    expect(alices).toBeLessThan(after + MAX_SKEW_MS);
    expect(others).toEqual([-Infinity, Infinity]);
    // A second departure changes nothing.
    await presence.leave(alice);
    await presence.leave(bob);
    expect(await presence.lastHere([alice, bob])).toEqual([alices, -Infinity]);
    expect(await presence.lastHere([])).toEqual([]);
  });

  it("counts departed users as absent, and returned ones as present", async () => {
    const alice = newUser();
    await presence.arrive(alice);
    await presence.leave(alice);
    expect(await awayNow(presence, [alice])).toEqual([alice]);
    await presence.arrive(alice);
    expect(await awayNow(presence, [alice])).toEqual([]);
    await presence.leave(alice);
    await presence.leave(alice);
    expect(await awayNow(presence, [alice])).toEqual([alice]);
  });

  it("keeps up with thousands of concurrent arrivals and departures", async () => {
    const crowd = Array.from({ length: 5000 }, newUser);
    const leaving = crowd.filter((_, index) => index % 3 === 0);
    await Promise.all(crowd.map((user) => presence.arrive(user)));
    expect(await awayNow(presence, crowd)).toEqual([]);
    await Promise.all(leaving.map((user) => presence.leave(user)));
    expect(await awayNow(presence, crowd)).toEqual(leaving);
  });

  it("ends in the last state of a user that arrives and leaves in quick succession", async () => {
    const [alice, bob] = [newUser(), newUser()];
    const words = [];
    for (let n = 0; n < 21; n++) {
      words.push(n % 2 === 0 ? presence.arrive(alice) : presence.leave(alice));
      words.push(n % 2 === 0 ? presence.leave(bob) : presence.arrive(bob));
    }
    await Promise.all(words);
    expect(await awayNow(presence, [alice, bob])).toEqual([bob]);
  });
});
