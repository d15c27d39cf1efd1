import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type Db, type Document, MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { idAt } from "../../lib/snowflake.ts";
import { closeAllLive, connectLive, createCast, eventually, logInAgain, PASSWORD, readAll } from "../helper.ts";
import { gradient } from "../support/files.ts";
import { describeWith, useServer } from "../support/servers.ts";
import { upload } from "../support/uploads.ts";

/** An operation as MongoDB's profiler records it. */
interface Profile {
  ns: string;
  op: string;
  command: Document;
  planSummary?: string;
  hasSortStage?: boolean;
  docsExamined?: number;
  keysExamined?: number;
  nreturned?: number;
  ndeleted?: number;
  nMatched?: number;
}

/** Strangers and their tweets: enough to make a scan visible. */
const STRANGERS = 300;
const TWEETS_EACH = 20;

/** @returns the strangers' ids */
async function fill(db: Db): Promise<string[]> {
  const start = Date.UTC(2025, 0, 1);
  const id = (index: number) => idAt(start + index * 1000);
  const people = Array.from({ length: STRANGERS }, (_, index) => id(index));
  const tweets = people.flatMap((authorId, author) =>
    Array.from({ length: TWEETS_EACH }, (_, index) => {
      const _id = id(100_000 + author * TWEETS_EACH + index);
      return { _id, key: `k${_id}`, authorId, text: "x", mentions: [people[index]!], delivered: true, notified: true };
    }),
  );
  const follows = people.flatMap((followerId, index) =>
    [1, 2, 3].map((step) => {
      const followeeId = people[(index + step) % STRANGERS]!;
      return { _id: `${followerId}:${followeeId}`, seq: id(index * 3 + step), followerId, followeeId, notify: true };
    }),
  );
  const documents: Record<string, Document[]> = {
    users: people.map((_id) => ({ _id, username: `u${_id}`, usernameKey: `u${_id}`, displayName: "u", bio: "" })),
    sessions: people.map((userId) => ({ _id: `s${userId}`, userId, createdAt: 0, lastSeenAt: 0, userAgent: null })),
    media: people.map((ownerId, index) => ({ _id: id(index), ownerId, state: "ready", used: true, bytes: 1 })),
    media_uses: people.map((_, index) => ({ _id: `${id(index)}:${id(index)}`, mediaId: id(index), by: id(index) })),
    tweets,
    follows,
  };
  for (const [name, docs] of Object.entries(documents)) await db.collection(name).insertMany(docs);
  return people;
}

/** Makes one user follow many others at once. */
async function followAll(db: Db, followerId: string, followeeIds: string[]): Promise<void> {
  const docs = followeeIds.map((followeeId, index) => ({
    _id: `${followerId}:${followeeId}` as never,
    seq: idAt(Date.UTC(2025, 1, 1) + index),
    followerId,
    followeeId,
    notify: true,
  }));
  await db.collection("follows").insertMany(docs);
}

/** Does everything that users can do, so that every kind of query is made. */
async function live(url: string, db: Db, strangers: string[]): Promise<void> {
  const { alice, bob, carol, dave } = await createCast(url, "alice", "bob", "carol", "dave");
  await followAll(db, dave.id, strangers);
  const page = (await dave.api.get<{ next: string }>("/feed?limit=50")).body;
  await dave.api.get(page.next);
  await dave.api.get(`/feed?before=${idAt(Date.UTC(2025, 0, 3))}`);
  await dave.api.get("/notifications");
  await bob.follow(alice);
  await carol.follow(alice, { notify: false });
  await alice.follow(bob);
  const socket = await connectLive(url, bob.token);
  const picture = await upload(alice, await gradient(20, 20).png().toBuffer());
  await upload(alice, await gradient(10, 10).png().toBuffer());
  const first = await alice.tweet("with a picture", { media: [picture.id] });
  for (let n = 0; n < 5; n += 1) await alice.tweet(`hello @${bob.username} ${n}`);
  for (const key of ["twin", "twin", "1234567890123456789"]) await bob.api.post(`/tweet/${key}`, { text: "same" });
  await bob.api.get("/tweet/twin");
  await eventually(async () => expect(await readAll(bob.api, "/feed", "tweets", 2)).toHaveLength(8));
  for (const user of [alice, bob, carol]) {
    await readAll(user.api, "/notifications", "notifications", 2);
    await user.api.post("/notifications/read", { upTo: first.id });
    await readAll(user.api, "/feed", "tweets", 3);
    await user.api.get(`/feed?after=${first.id}`);
  }
  await readAll(carol.api, `/user/${alice.username}`, "tweets", 2);
  await readAll(carol.api, `/user/${alice.username}/followers`, "users", 1);
  await readAll(carol.api, `/user/${alice.username}/following`, "users", 1);
  await socket.ask("watch", { username: carol.username });
  await socket.ask("sync", { after: first.id });
  const again = await logInAgain(alice);
  const { sessions } = (await alice.api.get<{ sessions: { id: string; current: boolean }[] }>("/sessions")).body;
  await alice.api.delete(`/sessions/${sessions.find(({ current }) => !current)!.id}`);
  await again.api.get("/user");
  const avatar = await upload(alice, await gradient(30, 30).png().toBuffer());
  await alice.api.patch("/user", { bio: "hi", avatar: avatar.id });
  await alice.untweet(first.id);
  await bob.unfollow(alice);
  await bob.api.post("/user/password", { current: PASSWORD, password: `${PASSWORD}!` });
  await carol.api.post("/auth/logout-all");
}

/** Whether an operation needs the whole collection. */
const wantsAll = ({ ns, command }: Profile) =>
  ns.endsWith(".big_authors") && Object.keys((command["filter"] as object | undefined) ?? {}).length === 0;

/** The fault in how an operation found its documents; null when there is none. */
function faultOf(profile: Profile): string | null {
  const { planSummary = "", hasSortStage, docsExamined = 0, keysExamined = 0 } = profile;
  // Each merged scan reads one more key.
  const scans = planSummary.split("IXSCAN").length;
  const wanted = (profile.nreturned ?? 0) + (profile.ndeleted ?? 0) + (profile.nMatched ?? 0);
  if (planSummary.includes("COLLSCAN") && !wantsAll(profile)) return "reads the whole collection";
  if (hasSortStage) return "sorts in memory";
  if (isCount(profile)) return docsExamined > 0 ? "reads documents to count them" : null;
  // Allow for documents that a range or an `$in` just misses, and for one key more than was found.
  if (docsExamined > wanted + 5) return `reads ${docsExamined} documents for ${wanted}`;
  return keysExamined > 2 * wanted + scans + 5 ? `reads ${keysExamined} keys for ${wanted}` : null;
}

const isCount = ({ command }: Profile) => JSON.stringify(command["pipeline"] ?? null).includes('"$sum":1');

const describe = await describeWith("mongod");

describe("every query on MongoDB", () => {
  const mongo = useServer(() => startMongo());
  let server: StartedServer;
  let client: MongoClient;
  let strangers: string[];

  beforeAll(async () => {
    client = await MongoClient.connect(mongo().url);
    const env = { MONGO_URL: mongo().url, RATE_LIMIT_SCALE: "1000000", FANOUT_LIMIT: "1" };
    server = await startServer({ ...env, MEDIA_SWEEP_EVERY: "1", MEDIA_UNUSED_TTL: "1" });
    strangers = await fill(client.db());
    await client.db().createCollection("system.profile", { capped: true, size: 64 * 1024 * 1024 });
    await client.db().command({ profile: 2 });
  });
  afterAll(async () => {
    await closeAllLive();
    await server?.stop();
    await client?.close();
  });

  it("finds its documents by an index, in the order of the index, and reads few others", async () => {
    await live(server.url, client.db(), strangers);
    const profiles = client.db().collection<Profile & Document>("system.profile");
    // Wait for the queries that run on a schedule: media, uses, undelivered tweets and the outbox.
    const looks = [
      { ns: /\.media$/, "command.filter.state": "going" },
      { ns: /\.media$/, "command.filter.used": false },
      { ns: /\.media_uses$/, "command.filter._id": { $exists: true } },
      { ns: /\.tweets$/, "command.filter.delivered": false, "command.filter._id": { $exists: true } },
      { ns: /\.big_authors$/, "command.filter": {} },
    ];
    await eventually(async () => {
      const counts = await Promise.all(looks.map((look) => profiles.countDocuments(look)));
      expect(counts.map((count) => count > 1)).toEqual(looks.map(() => true));
    }, 30_000);
    await client.db().command({ profile: 0 });

    const found = await profiles.find({ planSummary: { $exists: true }, ns: /^starling\.(?!system)/ }).toArray();
    const faults = found.flatMap((profile) => {
      const fault = faultOf(profile);
      return fault === null ? [] : [`${profile.ns} ${fault}: ${profile.planSummary} ${describeCommand(profile)}`];
    });
    expect([...new Set(faults)]).toEqual([]);
    const collections = new Set(found.map(({ ns }) => ns.slice("starling.".length)));
    expect([...collections]).toEqual(
      expect.arrayContaining([
        "users",
        "sessions",
        "login_places",
        "follows",
        "big_authors",
        "tweets",
        "media",
        "media_uses",
      ]),
    );
  });
});

function describeCommand({ command }: Profile): string {
  const told = ["filter", "query", "q", "pipeline", "sort", "limit"];
  return JSON.stringify(Object.fromEntries(Object.entries(command).filter(([name]) => told.includes(name))));
}
