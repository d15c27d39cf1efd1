import { describe, expect, it } from "@jest/globals";
import {
  eventually,
  expectInvalid,
  expectProblem,
  expectTweet,
  readAll,
  uniqueKey,
  useStarling,
  type ProfilePage,
  type Reply,
  type Tweet,
} from "../../helper.ts";

const starling = useStarling();

describe("POST /tweet/:id", () => {
  it("creates a tweet with the client's key", async () => {
    const { alice } = await starling.cast("alice");
    const key = uniqueKey();
    const reply = await alice.api.post<Tweet>(`/tweet/${key}`, { text: "hello" });
    expect(reply.status).toBe(201);
    expectTweet(reply.body);
    expect(reply.body.key).toBe(key);
  });

  it.each(["k", "_", "-", "0123456789", "A-Z_a-z", "x".repeat(64)])("accepts the key %s", async (shape) => {
    const { alice } = await starling.cast("alice");
    // All users share the keys, so an earlier run may have taken a short one on a shared system.
    const reply = await alice.api.post(`/tweet/${shape}`, { text: uniqueKey() });
    expect([201, 409]).toContain(reply.status);
  });

  it.each(["x".repeat(65), "a%20b", "a.b", "%C3%A9", "a%2Fb", "a:b", "%00"])("refuses the key %s", async (key) => {
    const { alice } = await starling.cast("alice");
    expectProblem(await alice.api.post(`/tweet/${key}`, { text: "hello" }), [404, 422]);
  });

  it("returns the first tweet when the same tweet is sent again", async () => {
    const { alice } = await starling.cast("alice");
    const key = uniqueKey();
    const body = { text: "hello", location: { lat: 1.5, lon: 2 }, metadata: { client: "test", lang: "en" } };
    const first = await alice.api.post<Tweet>(`/tweet/${key}`, body);
    expect(first.status).toBe(201);
    const reordered = { metadata: { lang: "en", client: "test" }, location: { lon: 2, lat: 1.5 }, text: "hello" };
    for (const again of [body, reordered]) {
      const reply = await alice.api.post<Tweet>(`/tweet/${key}`, again);
      expect(reply.status).toBe(200);
      expect(reply.body).toEqual(first.body);
    }
    expect(await readAll(alice.api, "/user", "tweets")).toHaveLength(1);
  });

  it("refuses other content under the same key", async () => {
    const { alice } = await starling.cast("alice");
    const key = uniqueKey();
    await alice.api.post(`/tweet/${key}`, { text: "hello" });
    for (const other of [
      { text: "hello!" },
      { text: "Hello" },
      { text: "hello", location: { lat: 0, lon: 0 } },
      { text: "hello", metadata: { lang: "en" } },
    ]) {
      expectProblem(await alice.api.post(`/tweet/${key}`, other), 409);
    }
    expect((await starling.api.get<Tweet>(`/tweet/${key}`)).body.text).toBe("hello");
  });

  it("refuses another author's key, even with the same content", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const key = uniqueKey();
    await alice.api.post(`/tweet/${key}`, { text: "hello" });
    expectProblem(await bob.api.post(`/tweet/${key}`, { text: "hello" }), 409);
    expect(await readAll(bob.api, "/user", "tweets")).toEqual([]);
  });

  it("never lets a key hide the id of another tweet", async () => {
    const { alice, mallory } = await starling.cast("alice", "mallory");
    const tweet = await alice.tweet("the real one");
    await mallory.api.post(`/tweet/${tweet.id}`, { text: "the false one" });
    const seen = await starling.api.get<Tweet>(`/tweet/${tweet.id}`);
    expect(seen.body).toMatchObject({ id: tweet.id, text: "the real one", author: { id: alice.id } });
    await mallory.api.delete(`/tweet/${tweet.id}`);
    expect((await starling.api.get(`/tweet/${tweet.id}`)).status).toBe(200);
  });

  it("does not bring a deleted tweet back", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const key = uniqueKey();
    const { body: tweet } = await alice.api.post<Tweet>(`/tweet/${key}`, { text: "hello" });
    await alice.untweet(tweet.id);
    for (const who of [alice, bob]) {
      expectProblem(await who.api.post(`/tweet/${key}`, { text: "hello" }), [404, 409, 410]);
      expectProblem(await who.api.post(`/tweet/${key}`, { text: "other" }), [404, 409, 410]);
      expect(await readAll(who.api, "/user", "tweets")).toEqual([]);
    }
    expectProblem(await starling.api.get(`/tweet/${key}`), 404);
  });

  it("leaves the key of a refused tweet free", async () => {
    const { alice } = await starling.cast("alice");
    const key = uniqueKey();
    expectInvalid(await alice.api.post(`/tweet/${key}`, { text: "" }), "text");
    expect((await alice.api.post(`/tweet/${key}`, { text: "now with text" })).status).toBe(201);
  });

  it("creates one tweet from 1,000 simultaneous requests with the same key", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const key = uniqueKey();
    let refused = 0;
    // A cluster on a small machine may answer "try again", and a client then repeats the request under the same key.
    const send = async (): Promise<Reply<Tweet>> => {
      const reply = await alice.api.post<Tweet>(`/tweet/${key}`, { text: "only once" });
      if (reply.status !== 503) return reply;
      refused += 1;
      return send();
    };
    const replies = await Promise.all(Array.from({ length: 1000 }, send));
    const statuses = replies.map((reply) => reply.status).sort();
    expect([statuses[0], statuses.at(-2)]).toEqual([200, 200]);
    // The request that wrote the tweet may itself have been told to try again, so a 201 is not certain.
    expect(refused > 0 ? [200, 201] : [201]).toContain(statuses.at(-1));
    expect(new Set(replies.map((reply) => reply.body.id)).size).toBe(1);
    const { id } = replies[0]!.body;
    await eventually(async () => {
      const profile = await starling.api.get<ProfilePage>(`/user/${alice.username}`);
      expect(profile.body.tweets.map((tweet) => tweet.id)).toEqual([id]);
      expect(profile.body.user.tweetsCount).toBe(1);
      expect((await readAll(bob.api, "/feed", "tweets")).map((tweet) => tweet.id)).toEqual([id]);
    });
  });

  it("lets one content win when several compete for a key", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const key = uniqueKey();
    const replies = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const who = n % 2 ? alice : bob;
        const text = `content ${n % 4}`;
        return { who, text, reply: await who.api.post<Tweet>(`/tweet/${key}`, { text }) };
      }),
    );
    const winner = replies.filter(({ reply }) => reply.status === 201);
    expect(winner).toHaveLength(1);
    for (const { who, text, reply } of replies) {
      if (reply.status === 201) continue;
      const same = who === winner[0]!.who && text === winner[0]!.text;
      if (same) expect([reply.status, reply.body.id]).toEqual([200, winner[0]!.reply.body.id]);
      else expectProblem(reply, 409);
    }
  });
});
