import { describe, expect, it } from "@jest/globals";
import { eventually, expectTweet, readAll, useStarling, type Person, type Tweet } from "../../helper.ts";

const starling = useStarling();

const feedOf = (who: Person, limit?: number) => readAll<Tweet>(who.api, "/feed", "tweets", limit);

/** Waits until a feed holds exactly these texts in this order. */
function expectFeed(who: Person, texts: string[]): Promise<void> {
  return eventually(async () => {
    expect((await feedOf(who)).map((tweet) => tweet.text)).toEqual(texts);
  });
}

describe("GET /feed", () => {
  it("has the tweets of the reader and of followed users, newest first", async () => {
    const { alice, bob, carol, dave } = await starling.cast("alice", "bob", "carol", "dave");
    await alice.follow(bob);
    await alice.follow(carol);
    await bob.tweet("bob 1");
    await alice.tweet("alice 1");
    await dave.tweet("dave 1");
    await carol.tweet("carol 1");
    await bob.tweet("bob 2");
    await expectFeed(alice, ["bob 2", "carol 1", "alice 1", "bob 1"]);
    for (const tweet of await feedOf(alice)) expectTweet(tweet);
    await expectFeed(dave, ["dave 1"]);
    await expectFeed(bob, ["bob 2", "bob 1"]);
  });

  it("has the older tweets of a new followee in order, and none after an unfollow", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await alice.follow(carol);
    await bob.tweet("bob 1");
    await carol.tweet("carol 1");
    await bob.tweet("bob 2");
    await expectFeed(alice, ["carol 1"]);
    await alice.follow(bob);
    await expectFeed(alice, ["bob 2", "carol 1", "bob 1"]);
    await bob.tweet("bob 3");
    await expectFeed(alice, ["bob 3", "bob 2", "carol 1", "bob 1"]);
    await alice.unfollow(bob);
    await expectFeed(alice, ["carol 1"]);
    await bob.tweet("bob 4");
    await carol.tweet("carol 2");
    await expectFeed(alice, ["carol 2", "carol 1"]);
    await alice.follow(bob);
    await expectFeed(alice, ["carol 2", "bob 4", "bob 3", "bob 2", "carol 1", "bob 1"]);
  });

  it("drops a deleted tweet at any position, and nothing else", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob);
    const tweets: Tweet[] = [];
    for (let n = 0; n < 12; n += 1) tweets.unshift(await (n % 3 ? bob : alice).tweet(`tweet ${n}`));
    await eventually(async () => {
      expect((await feedOf(alice, 5)).map((tweet) => tweet.id)).toEqual(tweets.map((tweet) => tweet.id));
    });
    const gone = new Set<string>();
    for (const tweet of [tweets[0]!, tweets[4]!, tweets[5]!, tweets[6]!, tweets[11]!]) {
      await (tweet.author.id === alice.id ? alice : bob).untweet(tweet.id);
      gone.add(tweet.id);
      const left = tweets.filter(({ id }) => !gone.has(id)).map(({ id }) => id);
      await eventually(async () => {
        for (const limit of [3, 100]) {
          expect((await feedOf(alice, limit)).map(({ id }) => id)).toEqual(left);
        }
      });
    }
  });

  it("has each tweet once when many authors tweet at once", async () => {
    const { reader, ...cast } = await starling.cast("reader", "ann", "ben", "cat", "dan");
    const authors = Object.values(cast);
    for (const author of authors) await reader.follow(author);
    const tweets = await Promise.all(
      Array.from({ length: 120 }, (_, n) => authors[n % authors.length]!.tweet(`at once ${n}`)),
    );
    const expected = tweets.map((tweet) => tweet.id).sort((a, b) => (BigInt(a) > BigInt(b) ? -1 : 1));
    await eventually(async () => {
      for (const limit of [7, 100]) expect((await feedOf(reader, limit)).map(({ id }) => id)).toEqual(expected);
    });
  });

  it("is complete for a user who reads, follows and unfollows while others tweet", async () => {
    const { reader, ann, ben } = await starling.cast("reader", "ann", "ben");
    await reader.follow(ann);
    const tweets: Tweet[] = [];
    await Promise.all([
      (async () => {
        for (let n = 0; n < 40; n += 1) tweets.push(await (n % 2 ? ann : ben).tweet(`meanwhile ${n}`));
      })(),
      (async () => {
        for (let n = 0; n < 10; n += 1) {
          await feedOf(reader, 10);
          await reader.follow(ben);
          await feedOf(reader, 10);
          await reader.unfollow(n % 2 ? ben : ann);
          await reader.follow(ann);
        }
        await reader.follow(ben);
      })(),
    ]);
    const expected = tweets.map((tweet) => tweet.id).reverse();
    await eventually(async () => {
      expect((await feedOf(reader)).map(({ id }) => id)).toEqual(expected);
    });
  });

  it("does not shift under a reader's cursor while new tweets arrive", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob);
    for (let n = 0; n < 10; n += 1) await bob.tweet(`old ${n}`);
    const expected = ["old 9", "old 8", "old 7", "old 6", "old 5", "old 4", "old 3", "old 2", "old 1", "old 0"];
    await expectFeed(alice, expected);
    const seen: string[] = [];
    let next: string | null = "/feed?limit=3";
    while (next !== null) {
      const page = (await alice.api.get(next)) as { body: { tweets: Tweet[]; next: string | null } };
      seen.push(...page.body.tweets.map((tweet) => tweet.text));
      await bob.tweet("new");
      next = page.body.next;
    }
    expect(seen).toEqual(expected);
  });
});
