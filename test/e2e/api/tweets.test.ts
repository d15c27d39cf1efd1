import { describe, expect, it } from "@jest/globals";
import {
  eventually,
  expectProblem,
  expectTweet,
  timeOfId,
  uniqueKey,
  useStarling,
  type ProfilePage,
  type Tweet,
  type TweetsPage,
} from "../../helper.ts";

const starling = useStarling();

describe("POST /tweet", () => {
  it("creates a tweet", async () => {
    const { alice } = await starling.cast("alice");
    const before = Date.now();
    const reply = await alice.api.post<Tweet>("/tweet", { text: "just setting up my twttr" });
    expect(reply.status).toBe(201);
    expectTweet(reply.body);
    expect(reply.body).toMatchObject({ text: "just setting up my twttr", media: [], location: null });
    expect(reply.body.author).toMatchObject({ id: alice.id, username: alice.username, displayName: "alice" });
    // A second of tolerance on both sides, because the clocks of a cluster may differ from this one.
    expect(timeOfId(reply.body.id)).toBeGreaterThan(before - 1000);
    expect(timeOfId(reply.body.id)).toBeLessThan(Date.now() + 1000);
  });

  it("keeps location and metadata", async () => {
    const { alice } = await starling.cast("alice");
    const more = {
      location: { lat: -33.8568, lon: 151.2153, name: "Sydney" },
      metadata: { client: "test", lang: "en" },
    };
    const tweet = await alice.tweet("from the opera", more);
    expect(tweet).toMatchObject(more);
    expect((await starling.api.get<Tweet>(`/tweet/${tweet.id}`)).body).toMatchObject(more);
    const bare = await alice.tweet("somewhere", { location: { lat: 0, lon: 0 } });
    expect(bare.location).toEqual({ lat: 0, lon: 0 });
  });

  it("creates two tweets of the same text without a key", async () => {
    const { alice } = await starling.cast("alice");
    const [first, second] = [await alice.tweet("again"), await alice.tweet("again")];
    expect(second.id).not.toBe(first.id);
  });

  it("gives newer tweets larger ids", async () => {
    const { alice } = await starling.cast("alice");
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push((await alice.tweet(`tweet ${n}`)).id);
    const sorted = [...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    expect(ids).toEqual(sorted);
  });

  it("gives every tweet its own id, even at the same moment", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const tweets = await Promise.all(
      Array.from({ length: 200 }, (_, n) => (n % 2 ? alice : bob).tweet(`at once ${n}`)),
    );
    for (const tweet of tweets) expectTweet(tweet);
    expect(new Set(tweets.map((tweet) => tweet.id)).size).toBe(200);
  });
});

describe("GET /tweet/:id", () => {
  it("returns the same tweet to anybody, by its id and by its key", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const key = uniqueKey();
    const { body: tweet } = await alice.api.post<Tweet>(`/tweet/${key}`, { text: "find me" });
    for (const api of [starling.api, alice.api, bob.api]) {
      for (const id of [tweet.id, key]) {
        const reply = await api.get<Tweet>(`/tweet/${id}`);
        expect(reply.status).toBe(200);
        expect(reply.headers.get("content-type")).toMatch(/^application\/json\b/);
        expectTweet(reply.body);
        expect(reply.body).toMatchObject({ id: tweet.id, text: "find me", author: { id: alice.id } });
      }
    }
    expect((await starling.api.get<Tweet>(new URL(tweet.url, starling.url).pathname)).body.id).toBe(tweet.id);
  });

  it.each(["1", "999999999999999999", "18446744073709551616", "no-such-key", "-1", "0", "null", uniqueKey()])(
    "is 404 for %s",
    async (id) => {
      expectProblem(await starling.api.get(`/tweet/${id}`), 404);
    },
  );

  it("is 404 for text that is neither an id nor a key", async () => {
    for (const id of ["x".repeat(65), "a%20b", "%F0%9F%90%A6", "a.b", "%7B%22$ne%22:1%7D"]) {
      expectProblem(await starling.api.get(`/tweet/${id}`), [404, 422]);
    }
  });
});

describe("DELETE /tweet/:id", () => {
  it("removes the tweet everywhere", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const key = uniqueKey();
    const { body: tweet } = await alice.api.post<Tweet>(`/tweet/${key}`, { text: "soon gone" });
    const kept = await alice.tweet("stays");
    await eventually(async () => {
      const feed = await bob.api.get<TweetsPage>("/feed");
      expect(feed.body.tweets.map((each) => each.id)).toEqual([kept.id, tweet.id]);
    });
    const reply = await alice.api.delete(`/tweet/${tweet.id}`);
    expect([reply.status, reply.text]).toEqual([204, ""]);
    for (const id of [tweet.id, key]) expectProblem(await starling.api.get(`/tweet/${id}`), 404);
    const profile = await starling.api.get<ProfilePage>(`/user/${alice.username}`);
    expect(profile.body.tweets.map((each) => each.id)).toEqual([kept.id]);
    await eventually(async () => {
      for (const who of [alice, bob]) {
        const feed = await who.api.get<TweetsPage>("/feed");
        expect(feed.body.tweets.map((each) => each.id)).toEqual([kept.id]);
      }
    });
  });

  it("works by the key, too", async () => {
    const { alice } = await starling.cast("alice");
    const key = uniqueKey();
    const { body: tweet } = await alice.api.post<Tweet>(`/tweet/${key}`, { text: "soon gone" });
    expect((await alice.api.delete(`/tweet/${key}`)).status).toBe(204);
    expectProblem(await starling.api.get(`/tweet/${tweet.id}`), 404);
  });

  it("is only for the author", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const tweet = await alice.tweet("mine");
    expectProblem(await bob.api.delete(`/tweet/${tweet.id}`), 403);
    expectProblem(await starling.api.delete(`/tweet/${tweet.id}`), 401, "UNAUTHORIZED");
    expect((await starling.api.get(`/tweet/${tweet.id}`)).status).toBe(200);
  });

  it("is 404 the second time, and for unknown tweets", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("once");
    await alice.untweet(tweet.id);
    expectProblem(await alice.api.delete(`/tweet/${tweet.id}`), 404);
    expectProblem(await alice.api.delete("/tweet/1"), 404);
    expectProblem(await alice.api.delete(`/tweet/${uniqueKey()}`), 404);
  });

  it("succeeds once when many requests compete", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet("once");
    const replies = await Promise.all(Array.from({ length: 20 }, () => alice.api.delete(`/tweet/${tweet.id}`)));
    expect([...new Set(replies.map((reply) => reply.status))].sort()).toEqual([204, 404]);
    await eventually(async () => {
      const profile = await starling.api.get<ProfilePage>(`/user/${alice.username}`);
      expect(profile.body.user.tweetsCount).toBe(0);
    });
  });
});
