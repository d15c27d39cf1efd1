import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { freePort } from "../../dev/servers/ports.ts";
import { startServer } from "../../dev/start.ts";
import {
  closeAllLive,
  connectLive,
  createApi,
  createCast,
  eventually,
  expectProblem,
  temporaryFolder,
} from "../helper.ts";

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a node that gets SIGTERM", () => {
  it("reports that it is not ready, still answers for DRAIN_DELAY seconds, and exits with 0", async () => {
    const server = await startServer({ DATA_DIR: folder, DRAIN_DELAY: "2" });
    const { alice } = await createCast(server.url, "alice");
    const ended = server.stop("SIGTERM");
    const api = createApi(server.url);
    await eventually(async () => {
      const { status, body, headers } = await api.get("/health/ready");
      expect({ status, body }).toEqual({
        status: 503,
        body: { status: "unavailable", missing: ["this node is shutting down"] },
      });
      // So that proxies do not reuse the connection.
      expect(headers.get("connection")).toBe("close");
    });
    expect((await api.get("/health/live")).status).toBe(200);
    await alice.tweet("the last one");
    expect(await ended).toBe(0);
  });

  it("closes live connections in a way that makes clients reconnect", async () => {
    const env = { DATA_DIR: folder, PORT: `${await freePort()}` };
    const server = await startServer(env);
    const { alice } = await createCast(server.url, "alice");
    const transports = [["websocket"], ["polling"]];
    const lives = await Promise.all(
      transports.map((each) => connectLive(server.url, alice.token, { transports: each, reconnection: true })),
    );
    const waits: number[] = [];
    for (const { socket } of lives) {
      socket.on("reconnect", ({ afterMs }: { afterMs: number }) => waits.push(afterMs));
    }
    expect(await server.stop("SIGTERM")).toBe(0);
    // Each client is told how long to wait.
    await eventually(() => expect(waits).toEqual([expect.any(Number), expect.any(Number)]));
    for (const waitMs of waits) expect(waitMs > 0 && waitMs < 5000).toBe(true);
    const again = await startServer(env);
    try {
      await eventually(() => expect(lives.map(({ socket }) => socket.connected)).toEqual([true, true]));
    } finally {
      await closeAllLive();
      await again.stop();
    }
  });

  it("still tells a client of long polling that is between two polls", async () => {
    const server = await startServer({ DATA_DIR: folder });
    const { alice } = await createCast(server.url, "alice");
    const polling = async (sid?: string, body?: string) => {
      const url = `${server.url}/socket.io/?EIO=4&transport=polling${sid === undefined ? "" : `&sid=${sid}`}`;
      const reply = await fetch(url, body === undefined ? {} : { method: "POST", body });
      return reply.text();
    };
    const { sid } = JSON.parse((await polling()).slice(1)) as { sid: string };
    await polling(sid, `40${JSON.stringify({ token: alice.token })}`);
    expect(await polling(sid)).toMatch(/^40/);
    const other = await connectLive(server.url, alice.token);
    const told = new Promise((resolve) => other.socket.on("reconnect", resolve));
    const ended = server.stop("SIGTERM");
    await told;
    let packets = "";
    await eventually(async () => {
      packets += await polling(sid);
      expect(packets).toContain('42["reconnect",{"afterMs":');
    });
    await closeAllLive();
    expect(await ended).toBe(0);
  });
});

describe("a node without a gateway", () => {
  it("answers health checks and nothing else", async () => {
    const server = await startServer({ DATA_DIR: folder, SERVICES: "users" });
    try {
      const api = createApi(server.url);
      for (const path of ["/health/live", "/health/ready"]) {
        expect(await api.get(path)).toMatchObject({ status: 200, body: { status: "ok" } });
      }
      expectProblem(await api.get("/user/alice"), 404);
      expectProblem(await api.post("/auth/signup", {}), 404);
      expectProblem(await api.post("/health/ready"), 404);
      expect(server.output()).not.toContain(server.url);
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });
});
