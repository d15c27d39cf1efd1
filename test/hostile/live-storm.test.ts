// Hundreds of clients that lose their server at once, and come back when it is there again.
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { freePort } from "../../dev/servers/ports.ts";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { closeAllLive, connectLive, createApi, eventually, type Live, signUp, temporaryFolder } from "../helper.ts";

const CLIENTS = 300;

let folder: string;
let server: StartedServer;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await closeAllLive();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test("clients of a server that restarts are told different times, and all come back", async () => {
  const env = { DATA_DIR: folder, PORT: `${await freePort()}`, RATE_LIMIT_SCALE: "1000" };
  server = await startServer(env);
  const alice = await signUp(server.url, "alice");
  const lives: Live[] = [];
  const waits: number[] = [];
  while (lives.length < CLIENTS) {
    const some = Array.from({ length: 20 }, () => connectLive(server.url, undefined, { reconnection: true }));
    lives.push(...(await Promise.all(some)));
  }
  for (const { socket } of lives) {
    socket.on("reconnect", ({ afterMs }: { afterMs: number }) => waits.push(afterMs));
    socket.emit("watch", { username: alice.username });
  }
  expect(await server.stop()).toBe(0);
  expect(waits).toHaveLength(CLIENTS);
  // Spread over more than a second, so that hardly two come in the same millisecond.
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(700);
  expect(new Set(waits).size).toBeGreaterThan(CLIENTS / 2);

  server = await startServer(env);
  await eventually(() => expect(lives.filter(({ socket }) => !socket.connected)).toHaveLength(0), 30_000);
  expect((await createApi(server.url).get("/health/ready")).status).toBe(200);
  for (const { socket } of lives) socket.emit("watch", { username: alice.username });
  await eventually(async () => {
    await alice.tweet("everybody is back");
    expect(lives.filter(({ tweets }) => tweets.length === 0)).toHaveLength(0);
  });
});
