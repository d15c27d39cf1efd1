// Clients of the live connection that do not read: what waits for them is bounded, and they are cut.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import sharp from "sharp";
import { eventually, type Person } from "../helper.ts";
import { type Frames, openFrames } from "../support/frames.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget();

/** How much more memory the server may take while clients don't read, in MiB. One such client took a gigabyte. */
const GROWTH_MB = 150;

let heavy: Person;
beforeAll(async () => {
  ({ heavy } = await target.cast("heavy"));
  const picture = await sharp({ create: { width: 10, height: 10, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const media = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const form = new FormData();
      form.set("file", new Blob([new Uint8Array(picture)], { type: "image/png" }), "red.png");
      form.set("alt", "字".repeat(1000));
      const headers = { authorization: `Bearer ${heavy.token}` };
      const reply = await fetch(`${target.url}/media`, { method: "POST", headers, body: form });
      return ((await reply.json()) as { id: string }).id;
    }),
  );
  for (let n = 0; n < 120; n++) await heavy.tweet(`heavy ${n}`, { media });
});

const syncs = (count: number) => Array.from({ length: count }, (_, n) => `42${n}["sync",{"after":"0"}]`);

async function newReader(): Promise<Person> {
  const { reader } = await target.cast("reader");
  await reader.follow(heavy);
  return reader;
}

async function join(token?: string): Promise<Frames> {
  const frames = await openFrames(target.url);
  frames.send(token === undefined ? "40" : `40${JSON.stringify({ token })}`);
  await frames.text(/^40/);
  return frames;
}

/** Waits for the end of connections, and watches the memory meanwhile. @returns the growth in MiB */
async function growthUntil(ended: Promise<unknown>): Promise<number> {
  const before = await target.residentMb();
  let most = before;
  const timer = setInterval(() => void target.residentMb().then((now) => (most = Math.max(most, now))), 50);
  await ended.finally(() => clearInterval(timer));
  return most - before;
}

describe("a client that does not read", () => {
  it("is cut when it asks to sync again and again", async () => {
    const reader = await newReader();
    const growth = await target.underAttack(async () => {
      const frames = await join(reader.token);
      frames.stopReading();
      return growthUntil(
        eventually(() => {
          frames.send(...syncs(50));
          expect(frames.socket.destroyed).toBe(true);
        }),
      );
    });
    expect(growth).toBeLessThan(GROWTH_MB);
  });

  it("is cut after some seconds when it asks for a little only; unread answers to polls take no memory", async () => {
    const [asker, silent, poller] = [await newReader(), await newReader(), await newReader()];
    const growth = await target.underAttack(async () => {
      const frames = await join(asker.token);
      frames.stopReading();
      frames.send(...syncs(20));
      const [neverPolls, neverReads] = [await joinByPolling(silent), await joinByPolling(poller)];
      expect(await post(neverPolls, syncs(2).join("\x1e"))).toBe(200);
      const over = new AbortController();
      const polls = pollWithoutReading(neverReads, over.signal);
      const many = syncs(90).join("\x1e");
      const growth = await growthUntil(
        Promise.all([
          closedWithoutReading(frames),
          // Long before a ping is missed, the connection is gone.
          eventually(async () => expect(await post(neverPolls, "6")).toBe(400)),
          postAgain(neverReads, many, 10),
        ]).finally(() => over.abort()),
      );
      expect(await polls).toBeGreaterThan(0);
      return growth;
    });
    expect(growth).toBeLessThan(GROWTH_MB);
  });

  it("is cut when it sends pongs that answer no ping", async () => {
    await target.underAttack(async () => {
      const watchers = await Promise.all(Array.from({ length: 20 }, () => join()));
      for (const { send, stopReading } of watchers) {
        send(`420["watch",{"username":"${heavy.username}"}]`);
        stopReading();
      }
      for (let n = 0; n < 10; n++) {
        await heavy.tweet(`broadcast ${n}`);
        for (const { send } of watchers) send("3");
      }
      await Promise.all(watchers.map((frames) => closedWithoutReading(frames)));
    });
  });
});

describe("a client that reads", () => {
  it("gets the whole feed, in parts of half a megabyte", async () => {
    const frames = await join((await newReader()).token);
    const ids = new Set<string>();
    let after = "0";
    for (let part = 0, more = true; more; part++) {
      frames.send(`42${part}["sync",{"after":"${after}"}]`);
      const text = await frames.text(new RegExp(`^43${part}\\[`));
      expect(Buffer.byteLength(text)).toBeLessThan(600_000);
      const [answer] = JSON.parse(text.slice(`43${part}`.length)) as [{ tweets: { id: string }[]; more: boolean }];
      answer.tweets.forEach(({ id }) => ids.add(id));
      after = answer.tweets.at(-1)!.id;
      ({ more } = answer);
    }
    frames.close();
    expect(ids.size).toBeGreaterThanOrEqual(120);
  });

  it("slowly but steadily is served to the end", async () => {
    const frames = await join((await newReader()).token);
    frames.send(...syncs(20));
    // Reads for a moment, rests for a moment.
    const resting = setInterval(() => {
      frames.socket.pause();
      setTimeout(() => frames.socket.resume(), 100);
    }, 150);
    await frames.text(/^4319\[/, 20_000);
    clearInterval(resting);
    frames.close();
  });
});

/** A paused socket of Node.js does not notice its end until it reads, so ask the server. */
async function closedWithoutReading(frames: Frames): Promise<void> {
  await eventually(() => {
    // A packet that does nothing, which no connection answers but a dead one.
    frames.send("6");
    expect(frames.socket.destroyed || frames.socket.errored !== null).toBe(true);
  });
}

const poll = (sid?: string) => `/socket.io/?EIO=4&transport=polling${sid === undefined ? "" : `&sid=${sid}`}`;

async function joinByPolling({ token }: Person): Promise<string> {
  const text = await (await fetch(target.url + poll())).text();
  const { sid } = JSON.parse(text.slice(1)) as { sid: string };
  await post(sid, `40${JSON.stringify({ token })}`);
  return sid;
}

async function post(sid: string, body: string): Promise<number> {
  const { status, body: rest } = await fetch(target.url + poll(sid), { method: "POST", body });
  await rest?.cancel();
  return status;
}

/** The kernel may take all the answers to polls, so the connection may live on. */
async function postAgain(sid: string, body: string, times: number): Promise<void> {
  for (let n = 0; n < times; n++) expect([200, 400]).toContain(await post(sid, body));
}

/** Polls again and again, each time over a connection of its own, and reads no answer. @returns how many came */
async function pollWithoutReading(sid: string, signal: AbortSignal): Promise<number> {
  let answers = 0;
  const open: { destroy(): void }[] = [];
  while (!signal.aborted) {
    const outgoing = request(target.url + poll(sid), { agent: false, signal }).end();
    open.push(outgoing);
    const answer = once(outgoing, "response") as Promise<[IncomingMessage]>;
    await answer.then(
      ([incoming]) => {
        incoming.pause();
        incoming.on("error", () => undefined);
        if (incoming.statusCode === 200) answers++;
      },
      () => undefined,
    );
    outgoing.on("error", () => undefined);
  }
  for (const each of open) each.destroy();
  return answers;
}
