import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { MemoryPresence } from "../../services/live/presence/memory.ts";
import type { Presence } from "../../services/live/presence/presence.ts";
import { RedisPresence } from "../../services/live/presence/redis.ts";
import { describeBackends, QUIET } from "../support/backends.ts";

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
    expect(await presence.away([dave, carol, bob, alice])).toEqual([dave, alice]);
    expect(await presence.away([])).toEqual([]);
  });

  it("forgets who has left", async () => {
    const alice = newUser();
    await presence.arrive(alice);
    await presence.leave(alice);
    expect(await presence.away([alice])).toEqual([alice]);
    await presence.arrive(alice);
    expect(await presence.away([alice])).toEqual([]);
    await presence.leave(alice);
    await presence.leave(alice);
    expect(await presence.away([alice])).toEqual([alice]);
  });

  it("keeps up with thousands who come and go at once", async () => {
    const crowd = Array.from({ length: 5000 }, newUser);
    const leaving = crowd.filter((_, index) => index % 3 === 0);
    await Promise.all(crowd.map((user) => presence.arrive(user)));
    expect(await presence.away(crowd)).toEqual([]);
    await Promise.all(leaving.map((user) => presence.leave(user)));
    expect(await presence.away(crowd)).toEqual(leaving);
  });

  it("knows the last word about a user who comes and goes in a moment", async () => {
    const [alice, bob] = [newUser(), newUser()];
    const words = [];
    for (let n = 0; n < 21; n++) {
      words.push(n % 2 === 0 ? presence.arrive(alice) : presence.leave(alice));
      words.push(n % 2 === 0 ? presence.leave(bob) : presence.arrive(bob));
    }
    await Promise.all(words);
    expect(await presence.away([alice, bob])).toEqual([bob]);
  });
});
