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

/** Requests everything newer than an id, as a returning client does. @returns the ids in the order of arrival */
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
  it("send the tweets of a profile to any visitor, live", async () => {
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

  it("do not change the caller's follows", async () => {
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

  it("answer with a problem for an unknown name", async () => {
    const live = await connectLive(starling.url);
    const { error } = await live.ask("watch", { username: "nobody_is_this" });
    expectProblemBody(error!, 404);
  });
});

describe("sync", () => {
  it("returns the missed tweets, oldest first, in several parts", async () => {
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

  it("sets `more` only if there are more tweets", async () => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    const sync = async () => {
      const { tweets, more } = await live.ask<Synced>("sync", { after: "1" });
      return [tweets.length, more];
    };
    for (let n = 0; n < 5; n += 1) await Promise.all(Array.from({ length: 20 }, (_, m) => alice.tweet(`${n} ${m}`)));
    expect(await sync()).toEqual([100, false]);
    await alice.tweet("one more");
    expect(await sync()).toEqual([100, true]);
  });

  it("omits deleted tweets, and returns nothing to a user who follows nobody", async () => {
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

  it("requires a session", async () => {
    const live = await connectLive(starling.url);
    const { error } = await live.ask<Synced>("sync", { after: "1" });
    expectProblemBody(error!, 401, "UNAUTHORIZED");
  });
});
