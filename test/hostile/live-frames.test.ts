// Frames that no client of socket.io sends. At most the connection that sent them ends.
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { connectLive } from "../helper.ts";
import { maskedFrame } from "../../dev/websocket-frames.ts";
import { type Frames, openFrames } from "../support/frames.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget({ RATE_LIMIT_SCALE: "1000" });

const open: Frames[] = [];
afterEach(() => {
  for (const frames of open.splice(0)) frames.close();
});

async function join(): Promise<Frames> {
  const frames = await openFrames(target.url);
  open.push(frames);
  frames.send("40");
  await frames.text(/^40/);
  return frames;
}

/** Proves that the server serves another connection. */
async function expectServed(): Promise<void> {
  const live = await connectLive(target.url);
  expect((await live.ask("watch", { username: "nobody_is_this" })).error?.status).toBe(404);
  live.close();
}

const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("a connection that sends", () => {
  const header = '51-["watch",{"_placeholder":true,"num":0}]';
  const attacks: [string, (frames: Frames) => void][] = [
    ["an unknown packet", ({ send }) => send("9", "4", "49")],
    ["invalid JSON", ({ send }) => send('42["watch"')],
    ["text inside of a packet with attachments", ({ send }) => send(`4${header}`, '42["watch",{}]')],
    ["an attachment without a packet", ({ socket }) => void socket.write(maskedFrame(Buffer.alloc(100), 2))],
    ["a packet of many attachments", ({ send }) => send('459-["watch",{"_placeholder":true,"num":0}]')],
    ["a long packet with an attachment", ({ send }) => send(`451-["watch",${deep(40_000)}]`)],
    ["a long request to join", ({ send }) => send(`40{"token":"x","more":${deep(40_000)}}`)],
    ["a frame of 200,000 bytes", ({ send }) => send(`42["watch","${"x".repeat(200_000)}"]`)],
    ["requests for many namespaces", ({ send }) => send(...Array.from({ length: 100 }, (_, n) => `40/${n},`))],
    ["pongs without a ping", ({ send }) => send("3", "3", "3")],
    ["pings, which only a server sends", ({ send }) => send("2")],
    ["ten thousand packets", ({ send }) => send(...Array.from({ length: 10_000 }, () => '42["x"]'))],
    ["a packet that leaves the namespace", ({ send }) => send("41")],
  ];

  it.each(attacks)("%s ends", async (_, attack) => {
    const frames = await join();
    attack(frames);
    await frames.closed;
    await expectServed();
  });

  it("deep JSON gets a problem", async () => {
    const frames = await join();
    frames.send(`420["watch",${deep(40_000)}]`);
    expect(await frames.text(/^430/)).toMatch(/"status":4/);
  });

  it("many unknown fields gets a short problem", async () => {
    const frames = await join();
    const fields = Array.from({ length: 8000 }, (_, n) => `"${n}":1`).join(",");
    frames.send(`420["watch",{"username":"x",${fields}}]`);
    expect((await frames.text(/^430/)).length).toBeLessThan(5000);
  });

  it("an attachment that never comes keeps its connection, and nobody else waits", async () => {
    const frames = await join();
    frames.send(`4${header}`);
    await expectServed();
    expect(frames.socket.destroyed).toBe(false);
  });

  it("1,000 requests at once gets answers or refusals, and each is one of the two", async () => {
    await target.underAttack(async () => {
      const frames = await join();
      frames.send(...Array.from({ length: 1000 }, (_, n) => `42${n}["watch",{"username":"nobody_is_this"}]`));
      for (const n of [0, 500, 999]) await frames.text(new RegExp(`^43${n}\\[`));
      const codes = frames.texts.flatMap((text) => /"code":"(\w+)"/.exec(text)?.[1] ?? []);
      expect(new Set(codes)).toEqual(new Set(["NOT_FOUND", "TOO_MANY_REQUESTS"]));
    });
  });
});

describe("any frames", () => {
  const payload = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.string({ maxLength: 200 }),
    fc.constantFrom('["watch",{"username":"x"}]', '["sync",{"after":"0"}]', '["watch"]', '[1,{"__proto__":[]}]', "[]"),
  );
  const text = fc.oneof(
    fc
      .tuple(
        fc.constantFrom("40", "41", "42", "43", "44", "45", "46", "2", "3", "5", "6", "1", "b"),
        fc.nat(99),
        payload,
      )
      .map(([type, id, rest]) => `${type}${id % 3 === 0 ? "" : id}${rest}`),
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.constantFrom('451-["watch",{"_placeholder":true,"num":0}]', '42/other,["watch"]', "40/,{}", "2probe", "5"),
  );
  const bytes = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(1, 2, 8, 9, 10));
  const raw = fc.uint8Array({ maxLength: 50 });
  const frame = fc.oneof(
    { weight: 6, arbitrary: text.map((each) => maskedFrame(each)) },
    { weight: 2, arbitrary: bytes.map(([body, opcode]) => maskedFrame(Buffer.from(body), opcode)) },
    { weight: 1, arbitrary: raw.map((each) => Buffer.from(each)) },
  );

  it("end at most the connection that sent them", async () => {
    await target.underAttack(async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 20 }), fc.boolean(), async (frames, isJoined) => {
          const connection = isJoined ? await join() : await openFrames(target.url);
          connection.socket.write(Buffer.concat(frames));
          // A packet that the server answers, or the end of the connection.
          connection.send('4299["watch",{"username":"nobody_is_this"}]');
          await Promise.race([connection.closed, connection.text(/^4399/).catch(() => undefined)]);
          connection.close();
        }),
        { numRuns: 300, interruptAfterTimeLimit: 8000, markInterruptAsFailure: false },
      );
    });
    await expectServed();
  });
});
