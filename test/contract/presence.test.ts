import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { MemoryPresence } from "../../seams/presence/memory.ts";
import type { Presence } from "../../seams/presence/presence.ts";
import { RedisPresence } from "../../seams/presence/redis.ts";
import { describeBackends, QUIET } from "../support/backends.ts";
import { awayNow } from "../support/presence.ts";

/** Longer than what the clocks of nodes may be apart, in milliseconds. */
const CLEARLY = 1000;

let users = 0;
/** A user whom no other test knows. */
const newUser = () => `${2_000_000_000_000_000_000n + BigInt(++users)}`;

await describeBackends(({ connect }) => {
  let presence: Presence;
  beforeAll(async () => {
    const redis = await connect();
    presence = redis ? new RedisPresence(redis, QUIET) : new MemoryPresence();
  });
  afterAll(() => presence.close());

  it("says who of many is away, in the order asked", async () => {
    const [alice, bob, carol, dave] = [newUser(), newUser(), newUser(), newUser()];
    await presence.arrive(bob);
    await presence.arrive(carol);
    expect(await awayNow(presence, [dave, carol, bob, alice])).toEqual([dave, alice]);
    expect(await awayNow(presence, [])).toEqual([]);
  });

  it("says until when who has left was here", async () => {
    const [alice, bob, carol] = [newUser(), newUser(), newUser()];
    await presence.arrive(alice);
    await presence.arrive(carol);
    const before = Date.now();
    await presence.leave(alice);
    const after = Date.now();
    const [alices, ...others] = await presence.lastHere([alice, bob, carol]);
    expect(alices).toBeGreaterThanOrEqual(before);
    expect(alices).toBeLessThan(after + CLEARLY);
    expect(others).toEqual([-Infinity, Infinity]);
    // Leaving once more is nothing new.
    await presence.leave(alice);
    await presence.leave(bob);
    expect(await presence.lastHere([alice, bob])).toEqual([alices, -Infinity]);
    expect(await presence.lastHere([])).toEqual([]);
  });

  it("counts who has left as away, and who came back as here", async () => {
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

  it("keeps up with thousands who come and go at once", async () => {
    const crowd = Array.from({ length: 5000 }, newUser);
    const leaving = crowd.filter((_, index) => index % 3 === 0);
    await Promise.all(crowd.map((user) => presence.arrive(user)));
    expect(await awayNow(presence, crowd)).toEqual([]);
    await Promise.all(leaving.map((user) => presence.leave(user)));
    expect(await awayNow(presence, crowd)).toEqual(leaving);
  });

  it("knows the last word about a user who comes and goes in a moment", async () => {
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
