import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { createApi, createCast, eventually, temporaryFolder } from "../helper.ts";
import { addCrowd } from "../support/crowd.ts";
import { startPushService } from "../support/push.ts";
import { useServer } from "../support/servers.ts";

const CROWD = 100_000;
/** Followers with browsers, the latest ones: more than the server can push to during the test. */
const BROWSERS = 6000;
/** Pushes go out in pages; a small author's turn comes after the current page and the next one. */
const TWO_PAGES = 1000;
/** A hundred thousand documents take a busy machine a while. */
const PATIENCE_MS = 120_000;

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
  // Kill the server: its walk through the crowd would go on for long.
  await server?.stop("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

describe("a large author's tweet", () => {
  it("does not delay a small author's pushes", async () => {
    const first = await start();
    const { star, alice, bob } = await createCast(first.url, "star", "alice", "bob");
    await bob.follow(alice);
    await service().subscribe(bob, "bob");
    await first.stop();
    await addCrowd(folder, {
      followeeId: star.id,
      size: CROWD,
      browsers: BROWSERS,
      subscription: service().browser("crowd"),
    });

    const { url } = await start();
    await createApi(url, star.token).post("/tweet", { text: "to my hundred thousand" });
    await eventually(() => expect(service().pushes("crowd").length).toBeGreaterThan(0), PATIENCE_MS);
    for (const text of ["one", "two"]) {
      const before = service().pushes("crowd").length;
      await createApi(url, alice.token).post("/tweet", { text });
      await eventually(() =>
        expect(
          service()
            .pushes("bob")
            .map(({ message }) => message.body),
        ).toContain(text),
      );
      const pushes = service().pushes();
      const at = pushes.findIndex(({ message }) => message.body === text);
      const ofCrowd = pushes.slice(0, at).filter(({ to }) => to === "crowd").length;
      expect(ofCrowd - before).toBeLessThan(TWO_PAGES);
    }
    // The crowd gets its next turn, too.
    const pushed = service().pushes("crowd").length;
    await eventually(() => expect(service().pushes("crowd").length).toBeGreaterThan(pushed), PATIENCE_MS);
    expect(service().pushes("crowd").length).toBeLessThan(BROWSERS);
  }, 300_000);
});
