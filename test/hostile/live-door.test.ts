// Floods of handshakes: refused before anything is kept, and the refused connections are gone.
import { afterEach, describe, expect, it } from "@jest/globals";
import { connectLive, eventually, type Live, sendAsIs } from "../helper.ts";
import { openFrames, type Frames } from "../support/frames.ts";
import { useTarget } from "../support/target.ts";

const HANDSHAKE = "/socket.io/?EIO=4&transport=polling";

const open: Frames[] = [];
afterEach(() => {
  for (const frames of open.splice(0)) frames.close();
});

describe("with the default limits", () => {
  // One address for each test, so that the floods of others don't count.
  const target = useTarget({ TRUST_PROXY: "1" });
  let addresses = 0;
  const newAddress = () => `198.51.100.${++addresses}`;

  it("handshakes by polling end in refusals that say when to come back", async () => {
    const headers = { "x-forwarded-for": newAddress() };
    const replies = await target.underAttack(async () => {
      const seen = [];
      for (let n = 0; n < 150; n++) seen.push(await sendAsIs(target.url, "GET", HANDSHAKE, headers));
      return seen;
    });
    expect(replies[0]).toMatchObject({ status: 200 });
    const refused = replies.at(-1)!;
    expect([refused.status, refused.headers.get("content-type")]).toEqual([
      429,
      expect.stringContaining("application/problem+json"),
    ]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("ratelimit-limit")).toMatch(/^\d+$/);
    // Others connect meanwhile.
    const other = await sendAsIs(target.url, "GET", HANDSHAKE, { "x-forwarded-for": newAddress() });
    expect(other.status).toBe(200);
  });

  it("a connection that never joins is closed", async () => {
    const { text } = await sendAsIs(target.url, "GET", HANDSHAKE, { "x-forwarded-for": newAddress() });
    const { sid } = JSON.parse(text.slice(1)) as { sid: string };
    const socket = await openFrames(target.url);
    open.push(socket);
    await socket.closed;
    await eventually(async () => {
      const reply = await sendAsIs(target.url, "POST", `${HANDSHAKE}&sid=${sid}`, {}, "6");
      expect(reply.status).toBe(400);
    });
  });

  it("a client that joins twice at once is in no room twice", async () => {
    const { alice } = await target.cast("alice");
    const frames = await openFrames(target.url);
    open.push(frames);
    const join = `40${JSON.stringify({ token: alice.token })}`;
    frames.send(join, join, join);
    await frames.text(/^40/);
    await alice.tweet("only once");
    await frames.text(/"tweet"/);
    const live = await connectLive(target.url, alice.token);
    expect(await live.ask("watch", { username: alice.username })).toEqual({ ok: true });
    await alice.tweet("the next");
    await frames.text(/the next/);
    expect(frames.texts.filter((text) => text.includes("only once"))).toHaveLength(1);
  });
});

describe("a full node", () => {
  const target = useTarget({ SOCKETS_LIMIT: "5", RATE_LIMIT_SCALE: "1000000" });

  it("refuses websockets without keeping a descriptor, and has room again when clients leave", async () => {
    await target.underAttack(
      async () => {
        for (let n = 0; n < 30; n++) open.push(await openFrames(target.url));
        const heads = open.map(({ head }) => head.split("\r\n"));
        expect(heads.slice(0, 5).map(([status]) => status)).toEqual(Array(5).fill("HTTP/1.1 101 Switching Protocols"));
        const refused = heads.slice(5);
        expect(new Set(refused.map(([status]) => status))).toEqual(new Set(["HTTP/1.1 503 Service Unavailable"]));
        for (const lines of refused) expect(lines).toContainEqual(expect.stringMatching(/^Retry-After: \d+$/));
        // The clients leave their ends open.
        await Promise.all(open.slice(5).map(({ closed }) => closed));
        const polling = await sendAsIs(target.url, "GET", HANDSHAKE);
        expect([polling.status, polling.body]).toMatchObject([503, { code: "NODE_FULL", status: 503 }]);
      },
      { descriptors: 10 },
    );
    for (const frames of open.splice(0)) frames.close();
    await eventually(async () => (await connectLive(target.url)).close());
  });
});

describe("one address", () => {
  const target = useTarget({ RATE_LIMIT_SCALE: "0.05" });

  it("can hold only so many connections without a login", async () => {
    const lives: Live[] = [];
    let refusal: unknown;
    while (lives.length < 60 && refusal === undefined) {
      await connectLive(target.url).then(
        (live) => lives.push(live),
        (error: unknown) => (refusal = error),
      );
    }
    expect(lives.length).toBeGreaterThan(10);
    expect(refusal).toMatchObject({ data: { status: 429, code: "TOO_MANY_CONNECTIONS" } });
    lives[0]!.close();
    await eventually(() => connectLive(target.url));
  });
});
