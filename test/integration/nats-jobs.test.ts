import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { startNats } from "../../dev/servers/index.ts";
import type { JetStreamChannel, JetStreamOptions } from "../../seams/channel/jetstream.ts";
import { ACK_WAIT_MS } from "../../seams/channel/jetstream-declarations.ts";
import { DEAD_STREAM, streamOf } from "../../seams/channel/jetstream-names.ts";
import { eventually } from "../support/eventually.ts";
import { createChannel, emptyNats, manageNats } from "../support/nats.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("nats-server");
const STREAM = streamOf("follow.notify");

describe("jobs over JetStream", () => {
  const nats = useServer(() => startNats());
  const opened: JetStreamChannel[] = [];

  async function start(options: Partial<JetStreamOptions> = {}): Promise<JetStreamChannel> {
    const channel = createChannel(nats().url, options);
    opened.push(channel);
    await channel.open();
    return channel;
  }

  function publish(channel: JetStreamChannel, id: string): Promise<void> {
    return channel.publish("follow.notify", id, { id, followerId: "7", followeeId: "8", notify: true });
  }

  /** Retries until the job is stored, as the outbox does. */
  const publishAtLast = (channel: JetStreamChannel, id: string) => eventually(() => publish(channel, id));

  async function collect(channel: JetStreamChannel, group = "timeline", work = () => Promise.resolve()) {
    const got: string[] = [];
    await channel.subscribe({
      job: "follow.notify",
      group,
      maxInFlight: 4,
      handler({ id }) {
        got.push(id);
        return work();
      },
    });
    return got;
  }

  beforeEach(() => emptyNats(nats().url));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((channel) => channel.close()));
  });

  it("continue after the server was killed, and none is lost", async () => {
    const channel = await start();
    const got = await collect(channel);
    await publish(channel, "1");
    await eventually(() => expect(got).toEqual(["1"]));
    await nats().kill("SIGKILL");
    await nats().restart();
    await publishAtLast(channel, "2");
    await eventually(() => expect(got).toEqual(expect.arrayContaining(["1", "2"])));
  });

  it("continue after the server came back without its data", async () => {
    const channel = await start();
    const got = await collect(channel);
    await publish(channel, "1");
    await eventually(() => expect(got).toEqual(["1"]));
    await nats().kill("SIGKILL");
    await rm(nats().storeDir, { recursive: true });
    await nats().restart();
    await publishAtLast(channel, "2");
    await eventually(() => expect(got).toEqual(["1", "2"]));
  });

  it("continue after the stream was deleted", async () => {
    const channel = await start();
    const got = await collect(channel);
    await publish(channel, "1");
    await eventually(() => expect(got).toEqual(["1"]));
    await emptyNats(nats().url);
    await publish(channel, "2");
    await eventually(() => expect(got).toEqual(["1", "2"]));
  });

  it("continue after the consumer was deleted", async () => {
    const channel = await start();
    const got = await collect(channel);
    await publish(channel, "1");
    await eventually(() => expect(got).toEqual(["1"]));
    await manageNats(nats().url, (manager) => manager.consumers.delete(STREAM, "timeline"));
    await publish(channel, "2");
    await eventually(() => expect(got).toContain("2"));
  });

  it("are refused while the server is away, and a node starts without it", async () => {
    const before = await start();
    await publish(before, "1");
    await nats().kill("SIGKILL");
    await expect(publish(before, "2")).rejects.toThrow();
    const late = await start();
    const got = await collect(late);
    await expect(publish(late, "3")).rejects.toThrow("NATS can't be reached");
    await expect(late.deadLetters()).rejects.toThrow("NATS can't be reached");
    await nats().restart();
    await publishAtLast(late, "4");
    await eventually(() => expect(got).toEqual(expect.arrayContaining(["1", "4"])));
  });

  it("are refused by a frozen server, and arrive once it continues", async () => {
    const channel = await start();
    const got = await collect(channel);
    await publish(channel, "1");
    await nats().kill("SIGSTOP");
    try {
      // The signal may be slower than a message.
      await eventually(() => expect(publish(channel, "2")).rejects.toThrow());
    } finally {
      await nats().kill("SIGCONT");
    }
    await publishAtLast(channel, "2");
    await eventually(() => expect(got).toEqual(expect.arrayContaining(["1", "2"])));
  });

  it.each(["SIGKILL", "SIGSTOP"] as const)(
    "move to another node after a %s of the node that has them",
    async (signal) => {
      const script = join(import.meta.dirname, "..", "support", "channel-node.ts");
      const frozen = spawn(process.execPath, [script, nats().url], { stdio: ["ignore", "pipe", "inherit"] });
      try {
        const channel = await start();
        const taken = once(frozen.stdout, "data");
        await publish(channel, "1");
        expect(String((await taken)[0]).trim()).toBe("1");
        const got = await collect(channel);
        frozen.kill(signal);
        await eventually(() => expect(got).toEqual(["1"]));
      } finally {
        frozen.kill("SIGKILL");
      }
    },
  );

  it("stay with a slow node", async () => {
    const [busy, idle] = [await start(), await start()];
    const work = Promise.withResolvers<void>();
    const got = await collect(busy, "timeline", () => work.promise);
    await publish(busy, "1");
    await eventually(() => expect(got).toEqual(["1"]));
    const others = await collect(idle);
    // Longer than a silent node would keep the job.
    await new Promise((resolve) => setTimeout(resolve, ACK_WAIT_MS * 1.5));
    expect([got, others]).toEqual([["1"], []]);
    work.resolve();
  });

  it("stay when the dead letter can't be stored", async () => {
    const channel = await start({ retries: { attempts: 1, delayMs: () => 50 } });
    // Another stream with the subjects of the dead letters prevents the creation of theirs.
    await manageNats(nats().url, ({ streams }) => streams.add({ name: "other", subjects: ["starling.dead.>"] }));
    let tries = 0;
    await collect(channel, "timeline", () => {
      tries++;
      return Promise.reject(new Error("ill"));
    });
    await publish(channel, "1");
    await eventually(() => expect(tries).toBeGreaterThan(2));
    await manageNats(nats().url, ({ streams }) => streams.delete("other"));
    await eventually(async () => expect(await channel.deadLetters()).toMatchObject([{ payload: { id: "1" } }]));
  });

  it("are stored in streams with limits, which are updated when a node opens", async () => {
    await manageNats(nats().url, ({ streams }) =>
      streams.add({ name: STREAM, subjects: ["starling.job.follow.notify"] }),
    );
    const channel = await start({ retries: { attempts: 1, delayMs: () => 50 } });
    await collect(channel, "timeline", () => Promise.reject(new Error("ill")));
    await publish(channel, "1");
    await eventually(async () => expect(await channel.deadLetters()).toHaveLength(1));
    const configs = await manageNats(nats().url, async ({ streams }) => [
      (await streams.info(STREAM)).config,
      (await streams.info(DEAD_STREAM)).config,
    ]);
    for (const { max_age, max_bytes, max_msgs, storage } of configs) {
      expect([max_age, max_bytes, max_msgs].filter((limit) => limit > 0)).toHaveLength(3);
      expect(storage).toBe("file");
    }
  });
});
