import { describe, expect, it } from "@jest/globals";
import { loadConfig } from "../../config/config.ts";
import { parseNatsUrl } from "../../config/nats-url.ts";

const PLAIN = { addresses: [{ host: "nats", port: 4222 }], tls: false, login: null };

describe("NATS_URL", () => {
  it.each([
    ["nats://nats", PLAIN],
    ["nats://nats:4222/", PLAIN],
    ["tls://nats", { ...PLAIN, tls: true }],
    ["nats://[::1]:4000", { ...PLAIN, addresses: [{ host: "::1", port: 4000 }] }],
    ["nats://ann:p%40ss%2C%25@nats", { ...PLAIN, login: { user: "ann", pass: "p@ss,%" } }],
    ["nats://t0ken@nats", { ...PLAIN, login: { token: "t0ken" } }],
    [
      "nats://ann:secret@one, two:4223,nats://ann:secret@three",
      {
        addresses: [
          { host: "one", port: 4222 },
          { host: "two", port: 4223 },
          { host: "three", port: 4222 },
        ],
        tls: false,
        login: { user: "ann", pass: "secret" },
      },
    ],
  ])("may be %s", (url, place) => {
    expect(parseNatsUrl(url)).toEqual(place);
  });

  it.each([
    ["http://nats", /must be like/],
    ["nats", /must be like/],
    ["nats://", /must be like/],
    ["nats://nats:0", /must be like/],
    ["nats://nats:65536", /must be like/],
    ["nats://nats/path", /must be like/],
    ["nats://nats?hunter2=1", /must be like/],
    ["nats://ann:hunter2@x@nats", /must be like.*percent-encoded/],
    ["nats://ann:hunter2/x@nats", /must be like.*percent-encoded/],
    ["nats://one,,two", /must be like/],
    ["nats://one,tls://two", /for all/],
    ["nats://ann:hunter2%@nats", /not percent-encoded/],
    ["nats://%zz:hunter2@nats", /not percent-encoded/],
    ["nats://hunter2%@nats", /not percent-encoded/],
    ["nats://:hunter2@nats", /no user/],
    ["nats://@nats", /no user/],
    ["nats://hunter2:@nats", /empty password/],
    ["nats://ann:hunter2@one,nats://bob:hunter3@two", /several credentials/],
  ])("may not be %s; the message says why, and hides the secret", (url, why) => {
    const load = expect(() => loadConfig({ NATS_URL: url }));
    load.toThrow(/^ {2}NATS_URL: /m);
    load.toThrow(why);
    expect(() => loadConfig({ NATS_URL: url })).not.toThrow(/hunter/);
  });
});

describe("the settings of access", () => {
  it.each([
    [{ NATS_CERT: "/a" }, "NATS_KEY"],
    [{ REDIS_URL: "rediss://redis", REDIS_KEY: "/a" }, "REDIS_CERT"],
    [{ NATS_URL: "nats://hunter2@nats", NATS_CREDS: "/a" }, "NATS_CREDS"],
    [{ REDIS_URL: "redis://redis", REDIS_CA: "/a" }, "REDIS_CA"],
    [{ REDIS_URL: "redis+cluster://redis", REDIS_CERT: "/a", REDIS_KEY: "/b" }, "REDIS_CERT"],
    [{ REDIS_URL: "redis://redis", REDIS_SENTINEL_LOGIN: ":hunter2" }, "REDIS_SENTINEL_LOGIN"],
    [{ REDIS_URL: "redis+sentinel://one/name", REDIS_SENTINEL_LOGIN: "ann:hunter2%" }, "REDIS_SENTINEL_LOGIN"],
    [{ REDIS_URL: "redis+sentinel://one/name", REDIS_SENTINEL_LOGIN: "hunter2" }, "REDIS_SENTINEL_LOGIN"],
    [{ CLUSTER_SECRET: "hunter2" }, "CLUSTER_SECRET"],
    [{ CLUSTER_SECRET: "0123456789abcdef0123456789abcdef,hunter2" }, "CLUSTER_SECRET"],
    [{ CLUSTER_SECRET: "0123456789abcdef0123456789abcdef," }, "CLUSTER_SECRET"],
  ])("are refused by name, without their values: %j", (env, name) => {
    const refused = expect(() => loadConfig(env));
    refused.toThrow(new RegExp(`^ {2}${name}: must `, "m"));
    expect(() => loadConfig(env)).not.toThrow(/hunter2/);
  });

  it("may name several secrets of the cluster, the one to seal with first", () => {
    const [one, other] = ["1".repeat(32), "2".repeat(32)];
    expect(loadConfig({ CLUSTER_SECRET: `${one}, ${other}` }).clusterSecrets).toEqual([one, other]);
    expect(loadConfig({}).clusterSecrets).toEqual([]);
  });
});
