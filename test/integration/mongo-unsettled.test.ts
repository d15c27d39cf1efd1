// Writes that only the primary has yet: an election may undo them, so nobody may keep what was read of them.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type MongoMember, startMongo } from "../../dev/servers/index.ts";
import { askWith } from "../../dev/servers/mongo-ask.ts";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { closeAllLive, connectLive, createCast, eventually, type Person, type Tweet, uniqueKey } from "../helper.ts";
import { describeWith, useServer } from "../support/servers.ts";

/** An election takes about 3 s, more on a busy machine. */
const ELECTION_MS = 60_000;

const describe = await describeWith("mongod");
const ask = askWith({});

describe("a primary whose writes do not reach the other members", () => {
  const mongo = useServer(() => startMongo({ members: 3, testCommands: true }));
  let server: StartedServer;
  let alice: Person;
  let bob: Person;
  /** Reads the feed for the first time while the tweet is there. */
  let carol: Person;

  beforeAll(async () => {
    server = await startServer({ MONGO_URL: mongo().url, RATE_LIMIT_SCALE: "1000000" });
    ({ alice, bob, carol } = await createCast(server.url, "alice", "bob", "carol"));
    await Promise.all([bob, carol].map((reader) => reader.follow(alice)));
  });
  afterAll(async () => {
    await closeAllLive();
    await server?.stop();
  });

  /** Lets a secondary copy writes from the primary, or not. It remains a member and takes part in elections. */
  const setCopying = ({ port }: MongoMember, copies: boolean) =>
    ask(port, { configureFailPoint: "stopReplProducer", mode: copies ? "off" : "alwaysOn" });

  it("leaves no trace of a tweet that an election undoes", async () => {
    const live = await connectLive(server.url, bob.token);
    const key = uniqueKey();
    const post = () => alice.api.post<Tweet>(`/tweet/${key}`, { text: `hello ${key}` });
    const feed = async (reader = bob) =>
      (await reader.api.get<{ tweets: Tweet[] }>("/feed")).body.tweets.filter((it) => it.key === key);

    const primary = await mongo().primary();
    const others = mongo().members.filter((member) => member !== primary);
    await Promise.all(others.map((member) => setCopying(member, false)));
    const posting = post();
    await eventually(async () => expect(await feed()).toHaveLength(1));
    const [undone] = await feed();
    expect(await feed(carol)).toEqual([undone]);
    expect([(await posting).status, (await post()).status]).toEqual([503, 503]);

    await primary.kill("SIGKILL");
    await Promise.all(others.map((member) => setCopying(member, true)));
    let acknowledged = "";
    await eventually(async () => {
      const reply = await post();
      expect(reply.status).toBe(201);
      acknowledged = reply.body.id;
    }, ELECTION_MS);
    await primary.restart();
    await mongo().whole();

    expect(acknowledged).not.toBe(undone!.id);
    for (const reader of [bob, carol]) {
      await eventually(async () => expect((await feed(reader)).map(({ id }) => id)).toEqual([acknowledged]));
    }
    expect((await bob.api.get(`/tweet/${undone!.id}`)).status).toBe(404);
    await eventually(() =>
      expect(live.tweets.filter((it) => it.key === key).map(({ id }) => id)).toEqual([acknowledged]),
    );
  }, 180_000);
});
