import { afterEach, expect, it } from "@jest/globals";
import { createCertificates } from "../../dev/servers/certificates.ts";
import { temporaryFolder } from "../../dev/servers/guard.ts";
import { SERVER_NAMES, startMongo, startNats } from "../../dev/servers/index.ts";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { MongoConnection } from "../../seams/collections/mongo-connection.ts";
import { MongoCollection } from "../../seams/collections/mongo.ts";
import { createApi, createCast, eventually } from "../helper.ts";
import { startGuardedRedis } from "../support/redis-access.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith(...SERVER_NAMES);
const LOGIN = { user: "starling", password: "hunter2@/:%" };
const ACCESS = "starling:hunter2%40%2F%3A%25@";
const SECRET = "0123456789abcdef0123456789abcdef";

describe("stores with users and TLS", () => {
  const certificates = useServer(async () => {
    const folder = await temporaryFolder("starling-certificates-");
    return { ...(await createCertificates(folder.path)), stop: () => folder.remove() };
  });
  const mongo = useServer(() => startMongo({ login: LOGIN, tls: certificates() }));
  const redis = useServer(() => startGuardedRedis(LOGIN, certificates()));
  const nats = useServer(() => startNats({ login: LOGIN, tls: certificates() }));

  const nodes: StartedServer[] = [];
  const opened: MongoConnection[] = [];
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.stop("SIGKILL")));
    await Promise.all(opened.splice(0).map((connection) => connection.close()));
  });

  async function start(env: Record<string, string> = {}): Promise<StartedServer> {
    const node = await startServer({
      MONGO_URL: mongo().url,
      REDIS_URL: `rediss://${ACCESS}${redis().hosts}`,
      REDIS_CA: certificates().ca,
      NATS_URL: nats().url,
      NATS_CA: certificates().ca,
      CLUSTER_SECRET: SECRET,
      ...env,
    });
    nodes.push(node);
    return node;
  }

  /** Opens a connection to MongoDB as a node does. @returns what it logs, as well */
  function connect(url: string) {
    const logged: string[] = [];
    const log = (...parts: unknown[]) => void logged.push(parts.join(" "));
    const connection = new MongoConnection(url, { warn: log, error: log });
    opened.push(connection);
    const things = new MongoCollection<{ _id: string }>({ name: "things", indexes: [] }, connection);
    return { connection, things, logged };
  }

  it("let a whole node in, which logs no secret", async () => {
    const node = await start({ LOG_LEVEL: "debug" });
    const api = createApi(node.url);
    expect((await api.get("/health/ready")).status).toBe(200);
    const { alice, bob } = await createCast(node.url, "alice", "bob");
    await bob.follow(alice);
    const tweet = await alice.tweet("over three encrypted connections");
    await eventually(async () => {
      const feed = await bob.api.get<{ tweets: { id: string }[] }>("/feed");
      expect(feed.body.tweets.map(({ id }) => id)).toEqual([tweet.id]);
    });
    expect(redis().secured()).toBeGreaterThan(0);
    expect(node.output()).not.toMatch(new RegExp(`hunter2|${SECRET}`));
  }, 60_000);

  it("that refuse a node at its start make it not ready, and the reply names the variables", async () => {
    const node = await start({
      NATS_URL: nats().url.replace("hunter2", "wrong"),
      REDIS_URL: `rediss://starling:wrong@${redis().hosts}`,
    });
    await eventually(async () => {
      const reply = await createApi(node.url).get<{ missing: string[] }>("/health/ready");
      expect([reply.status, reply.body.missing]).toEqual([
        503,
        expect.arrayContaining([
          expect.stringMatching(/^REDIS_URL: Redis refuses /),
          expect.stringMatching(/^NATS_URL: NATS refuses /),
        ]),
      ]);
    });
    expect(node.output().match(/REDIS_URL: /g)).toHaveLength(1);
    expect(node.output().match(/NATS_URL: /g)).toHaveLength(1);
    expect(node.output()).not.toMatch(/hunter2|wrong/);
  }, 60_000);

  it("MongoDB takes a user, or a certificate instead", async () => {
    const { things, logged } = connect(mongo().url);
    await things.connect();
    await things.insert({ _id: "1" });
    const bare = mongo().url.replace(ACCESS, "");
    const file = encodeURIComponent(certificates().client.both);
    const x509 = `${bare}&tlsCertificateKeyFile=${file}&authMechanism=MONGODB-X509&authSource=%24external`;
    const other = connect(x509);
    await other.things.connect();
    expect(await other.things.findById("1")).toEqual({ _id: "1" });
    expect([...logged, ...other.logged]).toEqual([]);
  });

  it.each([
    ["a wrong password", () => mongo().url.replace("hunter2", "wrong"), /^MONGO_URL: MongoDB refuses /],
    ["an unknown user", () => mongo().url.replace("starling:", "nobody:"), /^MONGO_URL: MongoDB refuses /],
    ["no user", () => mongo().url.replace(ACCESS, ""), /^MONGO_URL: MongoDB demands /],
    [
      "a user without rights",
      () => mongo().url.replace("/starling?", "/other?authSource=starling&"),
      /^MONGO_URL: .*readWrite/,
    ],
    [
      "a server with another authority's certificate",
      () => mongo().url.replace(encodeURIComponent(certificates().ca), encodeURIComponent(certificates().otherCa)),
      /^MONGO_URL, tlsCAFile: .*can't be verified/,
    ],
  ])("MongoDB and %s: the node waits, and the log names the variable", async (_what, url, why) => {
    const { connection, things, logged } = connect(url());
    things.connect().catch(() => undefined);
    await eventually(() => expect(logged).toEqual([expect.stringMatching(why)]));
    expect(connection.missing()).toEqual(
      why.source.includes("MongoDB refuses") ? [expect.stringMatching(why)] : expect.any(Array),
    );
    expect(logged.join()).not.toMatch(/hunter2|wrong/);
  });

  it("stop the start when a file of MONGO_URL can't be read", () => {
    const url = mongo().url.replace(encodeURIComponent(certificates().ca), "/nowhere");
    expect(() => connect(url)).toThrow(/^MONGO_URL: the file \/nowhere can't be read \(ENOENT\)/);
  });
});
