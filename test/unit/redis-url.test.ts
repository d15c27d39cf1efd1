import { describe, expect, it } from "@jest/globals";
import { loadConfig } from "../../config/config.ts";
import { parseRedisUrl } from "../../config/redis-url.ts";

const PLAIN = { tls: false, username: undefined, password: undefined, name: "", db: 0 };

describe("REDIS_URL", () => {
  it.each([
    ["redis://cache", { ...PLAIN, kind: "single", addresses: [{ host: "cache", port: 6379 }] }],
    ["redis://[::1]:7000/3", { ...PLAIN, kind: "single", addresses: [{ host: "::1", port: 7000 }], db: 3 }],
    [
      "rediss://ann:p%40ss%2Fword@cache:6380/",
      {
        ...PLAIN,
        kind: "single",
        addresses: [{ host: "cache", port: 6380 }],
        tls: true,
        username: "ann",
        password: "p@ss/word",
      },
    ],
    [
      "redis+sentinel://:secret@one:26380,two/my-master/2",
      {
        ...PLAIN,
        kind: "sentinel",
        addresses: [
          { host: "one", port: 26_380 },
          { host: "two", port: 26_379 },
        ],
        password: "secret",
        name: "my-master",
        db: 2,
      },
    ],
    [
      "redis+cluster://10.0.0.1:7001,10.0.0.2:7002,10.0.0.3",
      {
        ...PLAIN,
        kind: "cluster",
        addresses: [
          { host: "10.0.0.1", port: 7001 },
          { host: "10.0.0.2", port: 7002 },
          { host: "10.0.0.3", port: 6379 },
        ],
      },
    ],
    ["rediss+cluster://one", { ...PLAIN, kind: "cluster", tls: true, addresses: [{ host: "one", port: 6379 }] }],
    [
      "rediss+sentinel://one/my-master",
      { ...PLAIN, kind: "sentinel", tls: true, addresses: [{ host: "one", port: 26_379 }], name: "my-master" },
    ],
  ])("may be %s", (url, place) => {
    expect(parseRedisUrl(url)).toEqual(place);
  });

  it.each([
    "",
    "localhost:6379",
    "http://localhost:6379",
    "redis://",
    "redis://one,two",
    "redis://cache:0",
    "redis://cache:65536",
    "redis://cache:port",
    "redis://cache/one",
    "redis://cache/0/1",
    "redis://cache?db=1",
    "redis://user:50%@cache",
    "redis+sentinel://one,two",
    "redis+sentinel://one,two/",
    "redis+sentinel://one,two/name/x",
    "redis+cluster://one,,two",
    "redis+cluster://one,two:99999",
    "redis+cluster://one,two/1",
    "redis+cluster://one two",
  ])("may not be %j", (url) => {
    expect(parseRedisUrl(url)).toBeNull();
  });

  it("that is invalid stops the start, and the message hides the password", () => {
    const load = () => loadConfig({ REDIS_URL: "redis://:hunter2@one,two" });
    expect(load).toThrow("REDIS_URL: must be like redis://HOST:6379/DB");
    expect(load).not.toThrow("hunter2");
  });
});
