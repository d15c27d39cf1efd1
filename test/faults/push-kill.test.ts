import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { createApi, createCast, eventually, temporaryFolder } from "../helper.ts";
import { addCrowd } from "../support/crowd.ts";
import { startPushService } from "../support/push.ts";
import { useServer } from "../support/servers.ts";

const ROUNDS = 3;
const FOLLOWERS = 80;
/** Concurrent requests: a kill can leave this many pushes without an outcome, and these are not sent again. */
const CONCURRENT_SENDS = 16;
/** Enough for a busy machine. */
const PATIENCE_MS = 60_000;

const service = useServer(() => startPushService());
let folder: string;
let server: StartedServer | undefined;
const start = async () => {
  server = await startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000", PUSH_ALLOW_LOOPBACK: "true" });
  return server;
};

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await server?.stop("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** The number of pushes by tweet text and browser. */
function counts(): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  for (const { message, path } of service().pushes()) {
    const ofTweet = all.get(message.body) ?? new Map<string, number>();
    all.set(message.body, ofTweet.set(path, (ofTweet.get(path) ?? 0) + 1));
  }
  return all;
}

describe("a notifier that is killed half way through", () => {
  it("sends each push once, and loses only pushes that were under way", async () => {
    const first = await start();
    const { alice } = await createCast(first.url, "alice");
    await first.stop();
    await addCrowd(folder, {
      followeeId: alice.id,
      size: FOLLOWERS,
      browsers: FOLLOWERS,
      subscription: service().browser("crowd"),
    });
    const texts: string[] = [];
    const tweet = async (url: string, text: string) => {
      expect((await createApi(url, alice.token).post("/tweet", { text })).status).toBe(201);
      texts.push(text);
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const running = await start();
      const before = service().pushes().length;
      await tweet(running.url, `round ${round}`);
      await eventually(() => expect(service().pushes().length).toBeGreaterThan(before), PATIENCE_MS);
      // A random moment for the kill: the test waits for nothing here.
      await pause(randomInt(150));
      await running.stop("SIGKILL");
    }
    const { url } = await start();
    await tweet(url, "undisturbed");
    await eventually(() => expect(counts().get("undisturbed")?.size).toBe(FOLLOWERS), PATIENCE_MS);
    await eventually(() => {
      const sent = texts.reduce((sum, text) => sum + (counts().get(text)?.size ?? 0), 0);
      expect(sent).toBeGreaterThanOrEqual((ROUNDS + 1) * FOLLOWERS - ROUNDS * CONCURRENT_SENDS);
    }, PATIENCE_MS);
    // A push sent a second time would have gone out before this one.
    await tweet(url, "the last");
    await eventually(() => expect(counts().get("the last")?.size).toBe(FOLLOWERS), PATIENCE_MS);
    const twice = [...counts()].flatMap(([text, ofTweet]) =>
      [...ofTweet].filter(([, n]) => n > 1).map((one) => [text, one]),
    );
    expect(twice).toEqual([]);
  }, 300_000);
});
