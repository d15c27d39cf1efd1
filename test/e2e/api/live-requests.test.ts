import { describe, expect, it } from "@jest/globals";
import {
  connectLive,
  eventually,
  expectProblemBody,
  expectTweet,
  useStarling,
  type Live,
  type Problem,
  type Tweet,
} from "../../helper.ts";

const starling = useStarling();

const texts = (live: Live) => live.tweets.map((tweet) => tweet.text);

interface Synced {
  tweets: Tweet[];
  more: boolean;
  error?: Problem;
}

/** Asks for all that is newer than an id, as a returning client would. @returns the ids in the order of their coming */
async function syncAll(live: Live, after: string): Promise<string[]> {
  const seen = new Set<string>();
  for (let times = 0; times < 200; times += 1) {
    const { tweets, more } = await live.ask<Synced>("sync", { after });
    tweets.forEach(expectTweet);
    const ids = tweets.map((tweet) => tweet.id);
    expect(ids).toEqual([...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
    ids.forEach((id) => seen.add(id));
    if (!more) return [...seen];
    after = ids.at(-1)!;
  }
  throw new Error("sync never ended");
}

describe("watch and unwatch", () => {
  it("tell anybody of a profile's tweets, live", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const live = await connectLive(starling.url);
    expect(await live.ask("watch", { username: alice.username.toUpperCase() })).toEqual({ ok: true });
    expect(await live.ask("watch", { username: alice.username })).toEqual({ ok: true });
    await bob.tweet("unwatched");
    const tweet = await alice.tweet("watched");
    await eventually(() => expect(texts(live)).toEqual(["watched"]));
    await alice.untweet(tweet.id);
    await eventually(() => expect(live.deleted).toEqual([tweet.id]));
    expect(await live.ask("unwatch", { username: alice.username })).toEqual({ ok: true });
    await alice.tweet("no longer watched");
    expect(await live.ask("watch", { username: bob.username })).toEqual({ ok: true });
    await bob.tweet("now watched");
    await eventually(() => expect(texts(live)).toEqual(["watched", "now watched"]));
    expect(live.notifications).toEqual([]);
  });

  it("leave what one follows as it is", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const live = await connectLive(starling.url, bob.token);
    await live.ask("watch", { username: alice.username });
    await live.ask("unwatch", { username: alice.username });
    await alice.tweet("still followed");
    await eventually(() => expect(texts(live)).toEqual(["still followed"]));
    await live.ask("watch", { username: alice.username });
    await bob.unfollow(alice);
    await alice.tweet("still watched");
    await eventually(() => expect(texts(live)).toEqual(["still followed", "still watched"]));
  });

  it("answer with a problem for nobody", async () => {
    const live = await connectLive(starling.url);
    const { error } = await live.ask("watch", { username: "nobody_is_this" });
    expectProblemBody(error!, 404);
  });
});

describe("sync", () => {
  it("gives what a client missed, oldest first, in as many parts as it takes", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(alice);
    const first = await alice.tweet("the last one seen");
    const missed: string[] = [];
    for (let n = 0; n < 15; n += 1) {
      const batch = await Promise.all(Array.from({ length: 20 }, (_, m) => alice.tweet(`missed ${n} ${m}`)));
      missed.push(...batch.map((tweet) => tweet.id));
      await carol.tweet("not for bob");
    }
    missed.push((await bob.tweet("own, from elsewhere")).id);
    missed.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const live = await connectLive(starling.url, bob.token);
    const synced = await syncAll(live, first.id);
    expect(synced.filter((id) => BigInt(id) > BigInt(first.id))).toEqual(missed);
  });

  it("says that there is more only where there is", async () => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    const sync = async () => {
      const { tweets, more } = await live.ask<Synced>("sync", { after: "1" });
      return [tweets.length, more];
    };
    for (let n = 0; n < 10; n += 1) await Promise.all(Array.from({ length: 20 }, (_, m) => alice.tweet(`${n} ${m}`)));
    expect(await sync()).toEqual([200, false]);
    await alice.tweet("one more");
    expect(await sync()).toEqual([200, true]);
  });

  it("leaves out what is gone, and gives nothing to one who follows nobody", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(alice);
    const first = await alice.tweet("seen");
    const gone = await alice.tweet("gone");
    const kept = await alice.tweet("kept");
    await alice.untweet(gone.id);
    const synced = await syncAll(await connectLive(starling.url, bob.token), first.id);
    expect(synced.filter((id) => id !== first.id)).toEqual([kept.id]);
    const nothing = await (await connectLive(starling.url, carol.token)).ask("sync", { after: first.id });
    expect(nothing).toEqual({ tweets: [], more: false });
  });

  it("is for those with a session", async () => {
    const live = await connectLive(starling.url);
    const { error } = await live.ask<Synced>("sync", { after: "1" });
    expectProblemBody(error!, 401, "UNAUTHORIZED");
  });
});

describe("a malformed message", () => {
  const odd: unknown[] = [
    undefined,
    null,
    5,
    "",
    "alice",
    [],
    {},
    { username: null },
    { username: 5 },
    { username: {} },
    { username: { $ne: "" } },
    { username: "x".repeat(10_000) },
    { username: "a\u0000b" },
    { after: null },
    { after: 5 },
    { after: "abc" },
    { after: "-1" },
    { after: ["1"] },
    { after: "9".repeat(100) },
    { username: Buffer.from([1, 2, 3]) },
  ];

  it.each(["watch", "unwatch", "sync"])("%s is answered with a problem", async (event) => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    for (const payload of odd) {
      const { error } = await live.ask(event, payload);
      expect([error?.status, payload]).toEqual([expect.any(Number), payload]);
      expect([400, 404, 422]).toContain(error!.status);
      expectProblemBody(error!, error!.status);
    }
    const { error } = (await live.socket.timeout(20_000).emitWithAck(event)) as { error: Problem };
    expectProblemBody(error, 422);
    expect(error.errors).toEqual([{ field: "body", message: "is required" }]);
    await alice.tweet("still here");
    await eventually(() => expect(texts(live)).toEqual(["still here"]));
  });

  it("without an acknowledgement hurts nobody", async () => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    for (const event of ["watch", "unwatch", "sync"]) {
      for (const payload of odd) live.socket.emit(event, payload);
      live.socket.emit(event);
      live.socket.emit(event, 1, 2, 3);
    }
    await alice.tweet("still here");
    await eventually(() => expect(texts(live)).toEqual(["still here"]));
  });

  it("of another name opens no way in", async () => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    const answers: unknown[] = [];
    // Nobody listens to these, so nobody answers; a listener of the library's would.
    for (const event of ["call", "tweets.create", "$node.list", "broadcast", "users.find", "error", "__proto__"]) {
      live.socket.emit(event, "users.find", {}, (...answer: unknown[]) => answers.push(answer));
      live.socket.emit(event, "$node.services", (...answer: unknown[]) => answers.push(answer));
    }
    expect(await live.ask("watch", { username: alice.username })).toEqual({ ok: true });
    expect(answers).toEqual([]);
  });

  it("of megabytes costs the sender's connection at the most", async () => {
    const { alice } = await starling.cast("alice");
    const [big, other] = [await connectLive(starling.url), await connectLive(starling.url, alice.token)];
    big.socket.emit("watch", { username: "x".repeat(5_000_000) });
    await eventually(() => expect(big.socket.connected).toBe(false));
    await alice.tweet("still here");
    await eventually(() => expect(texts(other)).toEqual(["still here"]));
    await starling.expectWell();
  });
});
