import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type MongoMember, startMongo } from "../../dev/servers/index.ts";
import { askWith } from "../../dev/servers/mongo-ask.ts";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { createCast, eventually, type Person, type Problem, type Tweet, uniqueKey } from "../helper.ts";
import { describeWith, useServer } from "../support/servers.ts";

/** An election in the tests' sets takes about 3 s; a member that hung or was killed takes longer to recover. */
const OUTAGE_MS = 60_000;

const describe = await describeWith("mongod");
const ask = askWith({});

describe("a node on a replica set of three", () => {
  const mongo = useServer(() => startMongo({ members: 3, testCommands: true }));
  let server: StartedServer;
  let alice: Person;
  let bob: Person;
  /** Ids of acknowledged tweets. */
  const acknowledged: string[] = [];

  beforeAll(async () => {
    server = await startServer({ MONGO_URL: mongo().url, RATE_LIMIT_SCALE: "1000000" });
    ({ alice, bob } = await createCast(server.url, "alice", "bob"));
    await bob.follow(alice);
  });
  afterAll(() => server?.stop());

  /** Posts once. @returns the status: 201, 200, or 503 with complete problem details */
  async function post(key = uniqueKey()): Promise<number> {
    const reply = await alice.api.post<Tweet & Problem>(`/tweet/${key}`, { text: `hello ${key}` });
    if (reply.status === 503) {
      expect(reply.body).toMatchObject({ status: 503, code: "UNAVAILABLE" });
      expect(reply.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(reply.text).not.toMatch(/mongo|primary|ECONN|127\.0\.0\.1/i);
    } else {
      expect([reply.status, reply.text]).toEqual([reply.status === 200 ? 200 : 201, expect.any(String)]);
      acknowledged.push(reply.body.id);
    }
    return reply.status;
  }

  /** Retries one tweet until it is acknowledged, as a client does. */
  async function postUntilDone(): Promise<void> {
    const key = uniqueKey();
    await eventually(async () => expect([200, 201]).toContain(await post(key)), OUTAGE_MS);
  }

  async function expectReadable(): Promise<void> {
    const paths = ["/feed", "/user", `/user/${alice.username}`, `/tweet/${acknowledged[0]}`, "/notifications"];
    const replies = await Promise.all(paths.map((path) => bob.api.get(path)));
    expect(replies.map(({ status, text }, index) => [paths[index], status, status === 200 ? "" : text])).toEqual(
      paths.map((path) => [path, 200, ""]),
    );
  }

  async function expectAllThere(): Promise<void> {
    await eventually(async () => {
      const { tweets } = (await bob.api.get<{ tweets: Tweet[] }>("/feed?limit=100")).body;
      expect(tweets.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged));
    });
  }

  async function back(...members: MongoMember[]): Promise<void> {
    await Promise.all(members.map((member) => member.restart()));
    await calm();
  }

  /** Separates outages: a member that was away may have to roll back first, which takes time on a busy machine. */
  async function calm(): Promise<void> {
    await mongo().whole();
    await postUntilDone();
    await expectAllThere();
  }

  it("keeps reading while a killed primary has no successor, and writes once there is one", async () => {
    await postUntilDone();
    const primary = await mongo().primary();
    await primary.kill("SIGKILL");
    const [status] = await Promise.all([post(), expectReadable()]);
    expect([201, 503]).toContain(status);
    await expectReadable();
    await postUntilDone();
    await back(primary);
  }, 180_000);

  it("does the same when the primary hangs", async () => {
    const primary = await mongo().primary();
    await primary.kill("SIGSTOP");
    try {
      const [status] = await Promise.all([post(), expectReadable()]);
      expect([201, 503]).toContain(status);
      await expectReadable();
      await postUntilDone();
    } finally {
      await primary.kill("SIGCONT");
    }
    await calm();
  }, 180_000);

  it("reads when each member breaks the connection once", async () => {
    const data = { failCommands: ["find"], closeConnection: true };
    const set = (mode: object | string) =>
      Promise.all(mongo().members.map(({ port }) => ask(port, { configureFailPoint: "failCommand", mode, data })));
    await set({ times: 1 });
    expect((await bob.api.get("/notifications")).status).toBe(200);
    await set("off");
    await expectReadable();
  }, 60_000);

  it("reads with two of three members gone, and refuses writes and unknown tokens in time", async () => {
    const primary = await mongo().primary();
    const other = mongo().members.find((member) => member !== primary)!;
    await Promise.all([primary.kill("SIGKILL"), other.kill("SIGKILL")]);
    await expectReadable();
    expect(await post()).toBe(503);
    expect((await bob.api.get("/health/ready")).status).toBe(200);
    const unknown = await bob.api.get("/feed", { authorization: "Bearer nobodysTokenAtAll" });
    expect(unknown.status).toBe(503);
    await expectReadable();
    await back(primary, other);
    expect((await bob.api.get("/feed", { authorization: "Bearer nobodysTokenAtAll" })).status).toBe(401);
  }, 180_000);

  it("reports MongoDB as missing when no member is left, answers from its caches, and recovers by itself", async () => {
    await expectReadable();
    await Promise.all(mongo().members.map((member) => member.kill("SIGKILL")));
    await eventually(async () => {
      const reply = await bob.api.get<{ missing: string[] }>("/health/ready");
      expect([reply.status, reply.body.missing]).toEqual([503, ["MongoDB"]]);
    });
    expect((await bob.api.get("/health/live")).status).toBe(200);
    expect((await bob.api.get(`/tweet/${acknowledged[0]}`)).status).toBe(200);
    // For some seconds the node may know enough to answer: nothing can have been posted meanwhile.
    await eventually(async () => expect((await bob.api.get("/feed")).status).toBe(503));
    await back(...mongo().members);
    await eventually(async () => expect((await bob.api.get("/health/ready")).status).toBe(200));
  }, 180_000);

  it("logs no unexpected error", () => {
    expect(server.output()).not.toMatch(/\bERROR\b|unhandled|uncaught/i);
  });
});
