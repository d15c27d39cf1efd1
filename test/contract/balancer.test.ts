import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Balancer, findHaproxy, startBalancer } from "../../dev/cluster/balancer/balancer.ts";
import { freePort } from "../../dev/servers/ports.ts";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { closeAllLive, connectLive, createApi, eventually, expectProblem, temporaryFolder } from "../helper.ts";

const NAMES = ["api-1", "api-2"] as const;
const hasHaproxy = (await findHaproxy()) !== null;

// Two real gateways, which need not share any data here.
let folder: string;
let servers: StartedServer[];
const gateways = () => servers.map(({ url }, index) => ({ name: NAMES[index]!, port: Number(new URL(url).port) }));

const start = (name: string, port = 0) =>
  startServer({
    NODE_ID: name,
    PORT: `${port}`,
    DATA_DIR: join(folder, name),
    TRUST_PROXY: "1",
    DRAIN_DELAY: "2",
    RATE_LIMIT_SCALE: "0.25",
  });

beforeAll(async () => {
  folder = await temporaryFolder();
  servers = await Promise.all(NAMES.map((name) => start(name)));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop("SIGKILL")));
  await rm(folder, { recursive: true });
});

describe.each(["node", ...(hasHaproxy ? (["haproxy"] as const) : [])] as const)("the balancer %s", (kind) => {
  let balancer: Balancer;
  const api = () => createApi(balancer.url);

  beforeEach(async () => {
    balancer = await startBalancer({ kind, port: await freePort(), gateways: gateways() });
    await eventually(async () => expect(new Set(await keepers(6))).toEqual(new Set(NAMES)));
  });
  afterEach(async () => {
    await closeAllLive();
    await balancer.stop();
  });

  /** Opens connections by long polling. @returns the ids, which name the gateways that hold them */
  async function beginPolling(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const reply = await fetch(`${balancer.url}/socket.io/?EIO=4&transport=polling`, {
        // A request to a gateway that has just frozen may take a minute.
        signal: AbortSignal.timeout(3000),
      });
      expect(reply.status).toBe(200);
      ids.push((JSON.parse((await reply.text()).slice(1)) as { sid: string }).sid);
    }
    return ids;
  }

  /** The gateways of some new connections, which are closed again: one address may have only a few unfinished ones. */
  async function keepers(count: number): Promise<string[]> {
    const ids = await beginPolling(count);
    for (const id of ids) {
      const signal = AbortSignal.timeout(3000);
      const path = `/socket.io/?EIO=4&transport=polling&sid=${id}`;
      await fetch(balancer.url + path, { method: "POST", body: "1", signal }).catch(() => undefined);
    }
    return ids.map((id) => id.slice(id.indexOf(".") + 1));
  }

  it("sends every request of a long-polling connection to the same gateway", async () => {
    for (const id of await beginPolling(8)) {
      const reply = await api().send("POST", `/socket.io/?EIO=4&transport=polling&sid=${id}`, { raw: "40" });
      expect([reply.status, reply.text]).toEqual([200, "ok"]);
    }
    // As clients usually connect: long polling first, then a websocket with the same id.
    for (let n = 0; n < 4; n += 1) {
      const { socket } = await connectLive(balancer.url, undefined, { transports: ["polling", "websocket"] });
      await eventually(() => expect(socket.io.engine.transport.name).toBe("websocket"));
    }
  });

  it("closes a client's websocket once the gateway has closed its side, even while the client sends", async () => {
    for (let n = 0; n < 4; n += 1) {
      const { socket } = await connectLive(balancer.url);
      socket.emit("watch", { username: "x".repeat(5_000_000) });
      await eventually(() => expect(socket.connected).toBe(false), 10_000);
    }
  });

  it("forwards the real address of the client, not the claimed one", async () => {
    // Limits count by address, so with a new claimed address each time, no limit would ever be reached.
    const statuses: number[] = [];
    for (let n = 0; n < 60; n += 1) {
      const headers = { "x-forwarded-for": `10.0.0.${n}` };
      const json = { username: `nobody${n}`, password: "wrong horse battery" };
      statuses.push((await api().send("POST", "/auth/login", { json, headers })).status);
    }
    expect(statuses).toContain(429);
  });

  it("sends nothing new to a gateway that shuts down, and no request fails", async () => {
    const [leaving] = servers;
    const ended = leaving!.stop("SIGTERM");
    try {
      await eventually(async () => expect(new Set(await keepers(6))).toEqual(new Set(["api-2"])));
      await ended;
      expect(await keepers(6)).toEqual(Array.from({ length: 6 }, () => "api-2"));
    } finally {
      await ended;
      servers[0] = await start("api-1", gateways()[0]!.port);
    }
    await eventually(async () => expect(await keepers(6)).toContain("api-1"));
  });

  it("skips a gateway that is frozen or was killed", async () => {
    process.kill(servers[1]!.pid, "SIGSTOP");
    try {
      await eventually(async () => expect(new Set(await keepers(6))).toEqual(new Set(["api-1"])));
    } finally {
      process.kill(servers[1]!.pid, "SIGCONT");
    }
    await eventually(async () => expect(await keepers(6)).toContain("api-2"));
    const { port } = gateways()[1]!;
    await servers[1]!.stop("SIGKILL");
    // No wait is needed, because a dead gateway refuses connections.
    expect(await keepers(6)).toEqual(Array.from({ length: 6 }, () => "api-1"));
    servers[1] = await start("api-2", port);
  });

  it("answers in the API's format when no gateway answers", async () => {
    const ports = gateways().map(({ port }) => port);
    await Promise.all(servers.map((server) => server.stop("SIGKILL")));
    try {
      const reply = await api().get("/user/alice");
      expectProblem(reply, 503);
      expect(reply.headers.get("retry-after")).toBe("2");
    } finally {
      servers = await Promise.all(NAMES.map((name, index) => start(name, ports[index])));
    }
  });
});
