import { afterEach, expect, it } from "@jest/globals";
import { createCertificates } from "../../dev/servers/certificates.ts";
import { temporaryFolder, type TemporaryFolder } from "../../dev/servers/guard.ts";
import { RedisConnection, type RedisSettings } from "../../seams/redis/connection.ts";
import { eventually } from "../helper.ts";
import { startGuardedCluster, startGuardedRedis, startGuardedSentinel } from "../support/redis-access.ts";
import { describeWith, useServer } from "../support/servers.ts";

const LOGIN = { user: "starling", password: "hunter2@/:%" };
const ACCESS = "starling:hunter2%40%2F%3A%25@";
const describe = await describeWith("redis-server");

describe("Redis with users and TLS", () => {
  const certificates = useServer(async () => {
    const folder: TemporaryFolder = await temporaryFolder("starling-certificates-");
    return { ...(await createCertificates(folder.path)), stop: () => folder.remove() };
  });
  const single = useServer(() => startGuardedRedis(LOGIN, certificates()));
  const demanding = useServer(() => startGuardedRedis(LOGIN, certificates(), { demandsCertificate: true }));
  const cluster = useServer(() => startGuardedCluster(LOGIN, certificates()));
  const sentinel = useServer(() => startGuardedSentinel(LOGIN, "s3ntinel", certificates()));

  const opened: RedisConnection[] = [];
  const [logged, warned]: [string[], string[]] = [[], []];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection.close()));
    logged.length = 0;
  });

  function open(url: string, settings: RedisSettings = {}): RedisConnection {
    const log = (...parts: unknown[]) => void logged.push(parts.join(" "));
    const warn = (...parts: unknown[]) => void warned.push(parts.join(" "));
    const files = { ca: certificates().ca, ...settings.files };
    const connection = new RedisConnection(url, { info: () => undefined, warn, error: log }, { ...settings, files });
    opened.push(connection);
    return connection;
  }

  async function expectWorks(connection: RedisConnection): Promise<void> {
    const script = { name: "echo", lua: "redis.call('INFO', 'replication') return redis.call('GET', KEYS[1])" };
    await eventually(async () => {
      await connection.run({ command: "set", keys: ["alice"], args: ["hello"] });
      expect(await connection.run({ command: script, keys: ["alice"] })).toBe("hello");
    });
    expect([connection.refusal, logged]).toEqual([null, []]);
  }

  async function expectRefused(connection: RedisConnection, why: RegExp): Promise<void> {
    await eventually(() => expect(connection.refusal).toMatch(why));
    let tries = 0;
    connection.client.on("error", () => tries++);
    await eventually(() => expect(tries).toBeGreaterThan(1));
    // The log is not flooded.
    expect(logged).toEqual([expect.stringMatching(why)]);
    expect(logged.join()).not.toMatch(/hunter2|wrong|s3ntinel/);
    await expect(connection.run({ command: "get", keys: ["alice"] })).rejects.not.toThrow(/hunter2|wrong/);
  }

  it("takes a user, at one server", async () => {
    await expectWorks(open(`rediss://${ACCESS}${single().hosts}`));
    expect(single().secured()).toBeGreaterThan(0);
  });

  it("takes a user, at a cluster", async () => {
    const before = cluster().secured();
    await expectWorks(open(`rediss+cluster://${ACCESS}${cluster().hosts}`));
    expect(cluster().secured()).toBeGreaterThan(before);
  });

  it("takes a user at the master, and another one at Sentinels", async () => {
    const sentinelLogin = { username: undefined, password: "s3ntinel" };
    await expectWorks(open(`rediss+sentinel://${ACCESS}${sentinel().hosts}/starling`, { sentinelLogin }));
    expect(sentinel().secured()).toBeGreaterThan(0);
  });

  it("takes a client's certificate, and demands one", async () => {
    const url = `rediss://${ACCESS}${demanding().hosts}`;
    const { cert, key } = certificates().client;
    await expectWorks(open(url, { files: { cert, key } }));
    await expectRefused(open(url), /^REDIS_CERT: /);
  });

  it.each([
    ["a wrong password", "starling:wrong@", /^REDIS_URL: .*WRONGPASS/],
    ["an unknown user", "nobody:wrong@", /^REDIS_URL: .*WRONGPASS/],
    ["no user", "", /^REDIS_URL: .*NOAUTH/],
  ])("refuses %s, and the log names the variable", async (_what, access, why) => {
    await expectRefused(open(`rediss://${access}${single().hosts}`), why);
    logged.length = 0;
    await expectRefused(open(`rediss+cluster://${access}${cluster().hosts}`), why);
    logged.length = 0;
    const sentinelLogin = { username: undefined, password: "s3ntinel" };
    await expectRefused(open(`rediss+sentinel://${access}${sentinel().hosts}/starling`, { sentinelLogin }), why);
  });

  it("refuses a wrong password at Sentinels", async () => {
    const url = `rediss+sentinel://${ACCESS}${sentinel().hosts}/starling`;
    const sentinelLogin = { username: undefined, password: "wrong" };
    await expectRefused(open(url, { sentinelLogin }), /^REDIS_SENTINEL_LOGIN: .*WRONGPASS/);
    logged.length = 0;
    await expectRefused(open(url), /^REDIS_SENTINEL_LOGIN: .*NOAUTH/);
  });

  it("is refused when another authority has signed its certificate", async () => {
    const files = { ca: certificates().otherCa };
    await expectRefused(open(`rediss://${ACCESS}${single().hosts}`, { files }), /^REDIS_CA: .*can't be verified/);
    logged.length = 0;
    open(`rediss+cluster://${ACCESS}${cluster().hosts}`, { files });
    await eventually(() => expect(warned.at(-1)).toMatch(/does not answer.*Check REDIS_CA/));
  });

  it("stops the start when a file can't be used", () => {
    const url = `rediss://${ACCESS}${single().hosts}`;
    expect(() => open(url, { files: { ca: "/nowhere" } })).toThrow(
      /^REDIS_CA: the file \/nowhere can't be read \(ENOENT\)/,
    );
    expect(() => open(url, { files: { ca: import.meta.filename } })).toThrow(/^REDIS_CA: .* holds no certificates/);
    const { cert } = certificates().client;
    expect(() => open(url, { files: { cert, key: certificates().server.key } })).toThrow(/^REDIS_CERT: /);
  });
});
