import { describe, expect, it } from "@jest/globals";
import { connectLive, eventually, expectTweet, logInAgain, useStarling, type Live, type Person } from "../../helper.ts";

const starling = useStarling();

const connect = (who?: Person) => connectLive(starling.url, who?.token);
const texts = (live: Live) => live.tweets.map((tweet) => tweet.text);

/** Waits until a connection has received exactly these tweets. */
function expectTold(live: Live, expected: string[]): Promise<void> {
  return eventually(() => expect(texts(live)).toEqual(expected));
}

describe("a live connection", () => {
  it("receives tweets and deletions of followed users at once", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(alice);
    const live = await connect(bob);
    await carol.tweet("not for bob");
    const tweet = await alice.tweet("for bob");
    await expectTold(live, ["for bob"]);
    expectTweet(live.tweets[0]!);
    expect(live.tweets[0]).toMatchObject({ id: tweet.id, author: { id: alice.id, displayName: "alice" } });
    await alice.untweet(tweet.id);
    await eventually(() => expect(live.deleted).toEqual([tweet.id]));
  });

  it("receives the user's own tweets on every device", async () => {
    const { alice } = await starling.cast("alice");
    const phone = await logInAgain(alice);
    const lives = [await connect(alice), await connect(phone)];
    const tweet = await alice.tweet("from here");
    for (const live of lives) await expectTold(live, ["from here"]);
    await phone.untweet(tweet.id);
    for (const live of lives) await eventually(() => expect(live.deleted).toEqual([tweet.id]));
  });

  it("accepts the session cookie in place of the token", async () => {
    const { alice } = await starling.cast("alice");
    const cookie = `session=${alice.token}`;
    for (const headers of [
      { origin: new URL(starling.url).origin },
      // Programs send neither header, and browsers send no Origin with a GET to the page's own server.
      {},
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "none" },
    ]) {
      const live = await connectLive(starling.url, undefined, { extraHeaders: { cookie, ...headers } });
      const text = `by cookie, with ${JSON.stringify(headers)}`;
      await alice.tweet(text);
      await expectTold(live, [text]);
    }
  });

  it.each([{ origin: "https://elsewhere.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }])(
    "treats a cookie with %j as a visitor's, because another site's page sent it",
    async (headers) => {
      const { alice } = await starling.cast("alice");
      const extraHeaders = { cookie: `session=${alice.token}`, ...headers };
      const live = await connectLive(starling.url, undefined, { extraHeaders });
      expect(await live.ask("sync", { after: "1" })).toMatchObject({ error: { status: 401 } });
    },
  );

  it("works over the default transports of socket.io", async () => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token, { transports: ["polling", "websocket"] });
    await alice.tweet("any way");
    await expectTold(live, ["any way"]);
    const polling = await connectLive(starling.url, alice.token, { transports: ["polling"] });
    await alice.tweet("that way");
    await expectTold(polling, ["that way"]);
  });

  it.each(["x", "a".repeat(100), "null", "\u0000", "é"])("is refused with the token %j", async (token) => {
    const refused = { name: "ConnectError", data: { code: "UNAUTHORIZED" } };
    await expect(connectLive(starling.url, token)).rejects.toMatchObject(refused);
  });

  it.each([[{ token: 5 }], [{ token: {} }], [{ token: ["a"] }]])(
    "is refused with the malformed auth %j",
    async (auth) => {
      const refused = { name: "ConnectError", data: { code: "UNAUTHORIZED" } };
      await expect(connectLive(starling.url, undefined, { auth })).rejects.toMatchObject(refused);
    },
  );

  it("follows and unfollows together with its user", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(carol);
    const live = await connect(bob);
    await alice.tweet("before");
    await bob.follow(alice);
    await alice.tweet("during");
    await expectTold(live, ["during"]);
    await bob.unfollow(alice);
    await alice.tweet("after");
    await carol.tweet("the last");
    await expectTold(live, ["during", "the last"]);
  });

  it("ends with its own session only", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const phone = await logInAgain(bob);
    const [ended, kept] = [await connect(bob), await connect(phone)];
    expect((await bob.api.post("/auth/logout")).status).toBe(204);
    await eventually(() => expect(ended.socket.connected).toBe(false));
    await alice.tweet("who is there?");
    await expectTold(kept, ["who is there?"]);
    expect(ended.tweets).toEqual([]);
    await expect(connect(bob)).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
  });

  it("receives every notification on every device", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(alice);
    const lives = [await connect(bob), await connect(await logInAgain(bob))];
    const told = async (count: number) => {
      for (const live of lives) await eventually(() => expect(live.notifications).toHaveLength(count));
      for (const live of lives) {
        const { id, kind, actor, read, tweet } = live.notifications.at(-1)!;
        const listed = (await bob.api.get<{ notifications: unknown[] }>("/notifications")).body.notifications[0];
        expect(listed).toMatchObject({ id, kind, read, actor: { id: actor.id } });
        if (tweet) expectTweet(tweet);
      }
      return lives[0]!.notifications.at(-1)!;
    };
    await carol.follow(bob);
    expect(await told(1)).toMatchObject({ kind: "follow", actor: { id: carol.id }, read: false });
    await carol.tweet(`hello @${bob.username}`);
    expect(await told(2)).toMatchObject({ kind: "mention", actor: { id: carol.id } });
    await alice.tweet("hello all");
    expect(await told(3)).toMatchObject({ kind: "tweet", actor: { id: alice.id }, tweet: { text: "hello all" } });
    await bob.follow(alice, { notify: false });
    await alice.tweet("shh");
    await carol.tweet(`again @${bob.username}`);
    expect(await told(4)).toMatchObject({ kind: "mention", actor: { id: carol.id } });
  });

  it("receives each of many tweets once", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const live = await connect(bob);
    expect(await live.ask("watch", { username: alice.username })).toEqual({ ok: true });
    const tweets = await Promise.all(Array.from({ length: 100 }, (_, n) => alice.tweet(`tweet ${n}`)));
    await eventually(() => expect(new Set(live.tweets.map(({ id }) => id)).size).toBe(100));
    await alice.tweet("the last");
    await eventually(() => expect(texts(live)).toContain("the last"));
    expect(live.tweets).toHaveLength(101);
    expect(new Set(live.tweets.map(({ id }) => id))).toEqual(
      new Set([...tweets.map(({ id }) => id), live.tweets.at(-1)!.id]),
    );
  });

  it("receives a tweet once when its key is sent again", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const live = await connect(bob);
    const key = `key-${alice.id}`;
    for (let times = 0; times < 3; times += 1) await alice.api.post(`/tweet/${key}`, { text: "once" });
    await alice.tweet("the last");
    await expectTold(live, ["once", "the last"]);
  });

  it("is refused if its user already has a hundred", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const open: Live[] = [];
    let refusal: unknown;
    while (open.length < 300 && !refusal) {
      await connectLive(starling.url, alice.token).then(
        (live) => open.push(live),
        (error: unknown) => (refusal = error),
      );
    }
    expect(refusal).toMatchObject({ data: { status: 429, code: "TOO_MANY_CONNECTIONS" } });
    expect(open.length).toBeGreaterThanOrEqual(20);
    (await connectLive(starling.url, bob.token)).close();
    open[0]!.close();
    await eventually(() => connectLive(starling.url, alice.token));
  });
});
