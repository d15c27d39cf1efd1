import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { startNats } from "../../dev/servers/index.ts";
import type { DurableChannel, RetryPolicy, Subscription } from "../../seams/channel/channel.ts";
import { LocalChannel } from "../../seams/channel/local.ts";
import { eventually } from "../support/eventually.ts";
import { emptyNats, createChannel } from "../support/nats.ts";
import { describeWith, useServer } from "../support/servers.ts";

type Job = Subscription<"follow.notify">;

const withNats = await describeWith("nats-server");
const nats = useServer(() => startNats());

interface Implementation {
  name: string;
  describe: typeof withNats;
  /** Creates the channel of one node. Channels over the same server share their messages. */
  create: (retries: RetryPolicy) => DurableChannel;
  prepare: () => Promise<void>;
  isShared: boolean;
}

const implementations: Implementation[] = [
  {
    name: "LocalChannel",
    describe: await describeWith(),
    create: (retries) => new LocalChannel(retries),
    prepare: () => Promise.resolve(),
    isShared: false,
  },
  {
    name: "JetStreamChannel",
    describe: withNats,
    create: (retries) => createChannel(nats().url, { retries }),
    prepare: () => emptyNats(nats().url),
    isShared: true,
  },
];

const entry = (id: string) => ({ id, followerId: "7", followeeId: "8", notify: true });

for (const { name, describe, create, prepare, isShared } of implementations) {
  describe(name, () => {
    const opened: DurableChannel[] = [];
    const waits: number[] = [];
    const retries: RetryPolicy = {
      attempts: 3,
      delayMs(attempt) {
        waits.push(attempt);
        return 20 * attempt;
      },
    };

    async function start(): Promise<DurableChannel> {
      const channel = create(retries);
      opened.push(channel);
      await channel.open();
      return channel;
    }

    function consume(channel: DurableChannel, group: string, handler: Job["handler"], maxInFlight = 10): Promise<void> {
      return channel.subscribe({ job: "follow.notify", group, maxInFlight, handler });
    }

    /** Collects the messages of a group. */
    async function collect(channel: DurableChannel, group: string, maxInFlight?: number): Promise<string[]> {
      const got: string[] = [];
      await consume(channel, group, ({ id }) => Promise.resolve(void got.push(id)), maxInFlight);
      return got;
    }

    beforeEach(async () => {
      waits.length = 0;
      await prepare();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((channel) => channel.close()));
    });

    it("delivers each message to each group, once and unchanged", async () => {
      const channel = await start();
      const payloads: unknown[] = [];
      await consume(channel, "timeline", (payload) => Promise.resolve(void payloads.push(payload)));
      const notifier = await collect(channel, "notifier");
      const sent = Array.from({ length: 50 }, (_, n) => entry(`${n}`));
      await Promise.all(sent.map((payload) => channel.publish("follow.notify", payload.id, payload)));
      await eventually(() => {
        expect(notifier.toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
        expect(payloads).toHaveLength(sent.length);
      });
      expect(payloads).toEqual(expect.arrayContaining(sent));
    });

    it("passes on the id of the request that caused a message", async () => {
      const channel = await start();
      const got: unknown[] = [];
      await consume(channel, "timeline", ({ id }, { requestId }) => {
        got.push([id, requestId]);
        return Promise.resolve();
      });
      await channel.publish("follow.notify", "1", entry("1"), { requestId: "request-1" });
      await channel.publish("follow.notify", "2", entry("2"));
      await eventually(() => expect(got).toHaveLength(2));
      expect(got).toEqual(
        expect.arrayContaining([
          ["1", "request-1"],
          ["2", undefined],
        ]),
      );
    });

    it("drops duplicates", async () => {
      const channel = await start();
      const got = await collect(channel, "timeline");
      await Promise.all(["1", "1", "1", "2"].map((id) => channel.publish("follow.notify", id, entry(id))));
      await eventually(() => expect(got).toContain("2"));
      expect(got.toSorted()).toEqual(["1", "2"]);
    });

    it("refuses a group that already consumes a job", async () => {
      const channel = await start();
      await collect(channel, "timeline");
      await expect(async () => collect(channel, "timeline")).rejects.toThrow("consumes follow.notify already");
    });

    it("retries failed messages after growing delays, and lets other messages pass", async () => {
      const channel = await start();
      const got: string[] = [];
      await consume(channel, "timeline", ({ id }) => {
        got.push(id);
        return id === "1" && got.filter((each) => each === "1").length < 3
          ? Promise.reject(new Error("not yet"))
          : Promise.resolve();
      });
      await channel.publish("follow.notify", "1", entry("1"));
      await channel.publish("follow.notify", "2", entry("2"));
      await eventually(() => expect(got.toSorted()).toEqual(["1", "1", "1", "2"]));
      expect(waits).toEqual([1, 2]);
      expect(await channel.deadLetters()).toEqual([]);
    });

    it("keeps a message as a dead letter after its last try, for the failed group only", async () => {
      const channel = await start();
      await consume(channel, "timeline", ({ id }) =>
        id === "a/b c" ? Promise.reject(new Error("no such luck")) : Promise.resolve(),
      );
      const notifier = await collect(channel, "notifier");
      await channel.publish("follow.notify", "a/b c", entry("a/b c"));
      const [letter, ...others] = await eventually(async () => {
        const letters = await channel.deadLetters();
        expect(letters).not.toHaveLength(0);
        return letters;
      });
      expect(others).toEqual([]);
      expect(letter).toEqual({
        id: "follow.notify/timeline/a/b c",
        job: "follow.notify",
        group: "timeline",
        payload: entry("a/b c"),
        error: "no such luck",
        attempts: 3,
        diedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      });
      expect(notifier).toEqual(["a/b c"]);
    });

    it("resends a dead letter to its group, with all its tries", async () => {
      const channel = await start();
      let isWell = false;
      const got: string[] = [];
      await consume(channel, "timeline", ({ id }) => {
        got.push(id);
        return isWell ? Promise.resolve() : Promise.reject(new Error("ill"));
      });
      const notifier = await collect(channel, "notifier");
      await channel.publish("follow.notify", "1", entry("1"));
      const id = "follow.notify/timeline/1";
      const expectDead = (times: number) =>
        eventually(async () => {
          expect(got).toHaveLength(times);
          expect((await channel.deadLetters()).map((letter) => letter.id)).toEqual([id]);
        });
      await expectDead(3);
      // The message dies again, and there is still one letter.
      expect(await channel.resend(id)).toBe(true);
      await expectDead(6);
      isWell = true;
      expect(await channel.resend(id)).toBe(true);
      await eventually(() => expect(got).toHaveLength(7));
      expect(await channel.deadLetters()).toEqual([]);
      expect(await channel.resend(id)).toBe(false);
      expect(await channel.resend("nonsense")).toBe(false);
      expect(notifier).toEqual(["1"]);
    });

    it("never exceeds the maximum in flight", async () => {
      const channel = await start();
      let inFlight = 0;
      let most = 0;
      let done = 0;
      await consume(
        channel,
        "timeline",
        async () => {
          most = Math.max(most, ++inFlight);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inFlight--;
          done++;
        },
        3,
      );
      await Promise.all(Array.from({ length: 40 }, (_, n) => channel.publish("follow.notify", `${n}`, entry(`${n}`))));
      await eventually(() => expect(done).toBe(40));
      expect(most).toBe(3);
    });

    it("finishes messages in flight before it closes, and takes no new ones", async () => {
      const channel = await start();
      const work = Promise.withResolvers<void>();
      const begun: string[] = [];
      const finished: string[] = [];
      await consume(
        channel,
        "timeline",
        async ({ id }) => {
          begun.push(id);
          await work.promise;
          finished.push(id);
        },
        2,
      );
      for (const id of ["1", "2", "3"]) await channel.publish("follow.notify", id, entry(id));
      await eventually(() => expect(begun).toHaveLength(2));
      const closing = channel.close();
      await expect(channel.publish("follow.notify", "4", entry("4"))).rejects.toThrow("closed");
      expect(finished).toEqual([]);
      work.resolve();
      await closing;
      expect(finished).toEqual(begun);
      expect(finished).toHaveLength(2);
    });

    if (isShared) {
      it("shares the messages of a group among its nodes, even those sent before any node was there", async () => {
        const publisher = await start();
        await publisher.publish("follow.notify", "early", entry("early"));
        const nodes = await Promise.all([start(), start(), start()]);
        const got = await Promise.all(nodes.map((node) => collect(node, "timeline", 2)));
        const ids = Array.from({ length: 60 }, (_, n) => `${n}`);
        await Promise.all(ids.map((id) => publisher.publish("follow.notify", id, entry(id))));
        await eventually(() => expect(got.flat().toSorted()).toEqual([...ids, "early"].toSorted()));
      });

      it("leaves the remaining work of a closing node to the others", async () => {
        const [first, second] = [await start(), await start()];
        const work = Promise.withResolvers<void>();
        const begun: string[] = [];
        await consume(
          first,
          "timeline",
          async ({ id }) => {
            begun.push(id);
            await work.promise;
          },
          1,
        );
        for (const id of ["1", "2", "3"]) await first.publish("follow.notify", id, entry(id));
        await eventually(() => expect(begun).toHaveLength(1));
        const closing = first.close();
        const got = await collect(second, "timeline");
        work.resolve();
        await closing;
        await eventually(() => expect([...begun, ...got].toSorted()).toEqual(["1", "2", "3"]));
      });
    }
  });
}
