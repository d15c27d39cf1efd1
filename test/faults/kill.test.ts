import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import {
  closeAllLive,
  connectLive,
  createApi,
  createCast,
  eventually,
  readAllIds,
  temporaryFolder,
  type Person,
  type Tweet,
} from "../helper.ts";

const ROUNDS = 10;

// These tests are about one process and its files, so they always start their own server.
let folder: string;
let server: StartedServer | undefined;
const start = async () => {
  server = await startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000" });
  return server;
};

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await closeAllLive();
  await server?.stop("SIGKILL");
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const newestFirst = (ids: string[]) => [...ids].sort((a, b) => (BigInt(a) > BigInt(b) ? -1 : 1));

describe("a server that is killed right after a 201", () => {
  it("has every acknowledged tweet, in every feed, after its restart", async () => {
    let running = await start();
    const { alice, ...others } = await createCast(running.url, "alice", "bob", "carol");
    const followers = Object.values(others);
    for (const follower of followers) await follower.follow(alice);
    // Two kinds of readers: one with a cached timeline, and one who reads only at the end.
    const [regular, returning] = followers as [Person, Person];
    const first = await alice.tweet("before all");
    const acknowledged = [first.id];
    for (let round = 0; round < ROUNDS; round += 1) {
      const author = createApi(running.url, alice.token);
      const reader = createApi(running.url, regular.token);
      await eventually(async () => {
        expect(await readAllIds(reader, "/feed", "tweets")).toEqual(newestFirst(acknowledged));
      });
      // Several requests at once, and a kill after the first answer: the other tweets may be stored or not.
      const key = (n: number) => `round-${round}-${n}`;
      const answers = Array.from({ length: 1 + (round % 4) }, async (_, n) => {
        const reply = await author.post<Tweet>(`/tweet/${key(n)}`, { text: `tweet ${n} of round ${round}` });
        expect(reply.status).toBe(201);
        return reply.body.id;
      });
      const settled = Promise.allSettled(answers);
      acknowledged.push(await Promise.any(answers));
      await running.stop("SIGKILL");
      for (const answer of await settled) {
        if (answer.status === "fulfilled" && !acknowledged.includes(answer.value)) acknowledged.push(answer.value);
      }
      running = await start();
      // After a lost answer, the client repeats the request. There is one tweet, even if the first try was stored.
      const again = createApi(running.url, alice.token);
      for (let n = 0; n < answers.length; n += 1) {
        const reply = await again.post<Tweet>(`/tweet/${key(n)}`, { text: `tweet ${n} of round ${round}` });
        expect([200, 201]).toContain(reply.status);
        if (!acknowledged.includes(reply.body.id)) acknowledged.push(reply.body.id);
      }
    }
    const expected = newestFirst(acknowledged);
    for (const id of expected) expect((await createApi(running.url).get(`/tweet/${id}`)).status).toBe(200);
    expect(await readAllIds(createApi(running.url, alice.token), "/user", "tweets")).toEqual(expected);
    for (const follower of followers) {
      await eventually(async () => {
        const feed = await readAllIds(createApi(running.url, follower.token), "/feed", "tweets", 7);
        expect(feed).toEqual(expected);
      });
    }
    const live = await connectLive(running.url, returning.token);
    const { tweets, more } = await live.ask<{ tweets: Tweet[]; more: boolean }>("sync", { after: first.id });
    expect(more).toBe(false);
    const missed = tweets.map((tweet) => tweet.id).filter((id) => id !== first.id);
    expect(missed).toEqual([...expected].reverse().slice(1));
  }, 300_000);

  it("brings returning followers the tweets that it had not sent before its death", async () => {
    let running = await start();
    const { alice, bob } = await createCast(running.url, "alice", "bob");
    await bob.follow(alice);
    const seen = (await alice.tweet("seen")).id;
    const missed: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      missed.push((await createApi(running.url, alice.token).post<Tweet>("/tweet", { text: "missed?" })).body.id);
      await running.stop("SIGKILL");
      running = await start();
      const live = await connectLive(running.url, bob.token);
      const { tweets } = await live.ask<{ tweets: Tweet[] }>("sync", { after: seen });
      expect(tweets.map((tweet) => tweet.id).filter((id) => id !== seen)).toEqual(missed);
      const fresh = (await createApi(running.url, alice.token).post<Tweet>("/tweet", { text: "live again" })).body.id;
      await eventually(() => expect(live.tweets.map((tweet) => tweet.id)).toContain(fresh));
      missed.push(fresh);
    }
  }, 120_000);
});

describe("a server that gets SIGTERM", () => {
  it("answers the requests in flight, exits with 0, and has their tweets after its restart", async () => {
    let running = await start();
    const { alice } = await createCast(running.url, "alice");
    const answers = Array.from({ length: 50 }, (_, n) =>
      alice.api.post<Tweet>(`/tweet/last-${n}`, { text: `last words ${n}` }).then(
        (reply) => reply,
        () => undefined,
      ),
    );
    await Promise.race(answers);
    expect(await running.stop("SIGTERM")).toBe(0);
    const replies = (await Promise.all(answers)).filter((reply) => reply !== undefined);
    const acknowledged = replies.filter((reply) => reply.status === 201).map((reply) => reply.body.id);
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const reply of replies) expect([201, 503]).toContain(reply.status);
    running = await start();
    const there = await readAllIds(createApi(running.url, alice.token), "/user", "tweets");
    expect(there).toEqual(expect.arrayContaining(acknowledged));
  });
});
