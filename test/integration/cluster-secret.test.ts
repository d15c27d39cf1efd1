import { afterEach, expect, it } from "@jest/globals";
import { Errors, ServiceBroker } from "moleculer";
import { connect, type Msg, type NatsConnection } from "nats";
import { broadcastOnce } from "../../broker/broadcasts.ts";
import { natsMiddleware, NatsTransporter } from "../../broker/nats-transporter.ts";
import { sealedPackets } from "../../broker/sealed-packets.ts";
import { startNats } from "../../dev/servers/index.ts";
import { subjectOf } from "../../seams/channel/jetstream-names.ts";
import type { JetStreamChannel } from "../../seams/channel/jetstream.ts";
import { eventually } from "../helper.ts";
import { createChannel } from "../support/nats.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("nats-server");
const [OLD, NEW] = ["old-old-old-old-old-old-old-old-old", "new-new-new-new-new-new-new-new-new"];

describe("nodes with CLUSTER_SECRET", () => {
  const nats = useServer(() => startNats());
  const brokers: ServiceBroker[] = [];
  const channels: JetStreamChannel[] = [];
  const clients: NatsConnection[] = [];
  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
    await Promise.all(channels.splice(0).map((channel) => channel.close()));
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  /** Starts a node with an action `NAME.add`, and an event that it counts. */
  async function start(nodeID: string, ...secrets: string[]) {
    const logged: string[] = [];
    const broker = new ServiceBroker({
      nodeID,
      namespace: "starling",
      transporter: new NatsTransporter(nats().url, nodeID),
      logger: { type: "Console", options: { level: "warn" } } as never,
      middlewares: [natsMiddleware, sealedPackets(secrets), broadcastOnce(secrets)] as never,
      requestTimeout: 2000,
    });
    broker.logger.warn = (...parts: unknown[]) => void logged.push(parts.join(" "));
    const counts = { calls: 0, events: 0 };
    broker.createService({
      name: nodeID,
      actions: { add: () => ++counts.calls },
      events: { said: () => void counts.events++ },
    });
    brokers.push(broker);
    await broker.start();
    return { broker, counts, logged };
  }

  const meets = ({ broker }: { broker: ServiceBroker }, ...others: string[]) =>
    broker.waitForServices(others, 10_000, 20);

  /** Connects as somebody who can reach NATS. @returns the client, and all packets that it has seen */
  async function listen(): Promise<{ client: NatsConnection; seen: Msg[] }> {
    const client = await connect({ servers: nats().url });
    clients.push(client);
    const seen: Msg[] = [];
    client.subscribe("MOL-starling.>", { callback: (_error, message) => void seen.push(message) });
    await client.flush();
    return { client, seen };
  }

  it("call each other, and nobody else can read along", async () => {
    const { seen } = await listen();
    const [one, two] = await Promise.all([start("one", OLD), start("two", OLD)]);
    await Promise.all([meets(one, "two"), meets(two, "one")]);
    await one.broker.call("two.add", { text: "Open sesame" });
    await one.broker.broadcast("said");
    await eventually(() => expect([two.counts, one.counts.events]).toEqual([{ calls: 1, events: 1 }, 1]));
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.map(({ data }) => Buffer.from(data).toString("latin1")).join()).not.toMatch(/sesame|two\.add|sender/);
    expect([one.logged, two.logged]).toEqual([[], []]);
  });

  it.each([
    ["no secret", []],
    ["another secret", [NEW]],
  ])("neither call a node with %s nor are called by it, and each side warns once", async (_what, secrets) => {
    const [one, stranger] = await Promise.all([start("one", OLD), start("stranger", ...secrets)]);
    const two = await start("two", OLD);
    await meets(two, "one");
    // Each heartbeat of a stranger is refused, so there have been several by now.
    await eventually(() => {
      expect(one.logged).toEqual([expect.stringMatching(/refused: .*CLUSTER_SECRET/)]);
      expect(stranger.logged).toEqual([expect.stringMatching(/refused: .*CLUSTER_SECRET/)]);
    });
    await expect(one.broker.call("stranger.add")).rejects.toThrow(Errors.ServiceNotFoundError);
    await expect(stranger.broker.call("one.add")).rejects.toThrow(Errors.ServiceNotFoundError);
    expect([one.counts.calls, stranger.counts.calls]).toEqual([0, 0]);
  });

  it("ignore packets that are forged, changed, repeated, or meant for another node", async () => {
    const { client, seen } = await listen();
    const [one, two, three] = await Promise.all([start("one", OLD), start("two", OLD), start("three", OLD)]);
    await Promise.all([meets(one, "two", "three"), meets(two, "one"), meets(three, "one")]);
    await one.broker.call("two.add");
    const request = await eventually(() => {
      const found = seen.find(({ subject }) => subject === "MOL-starling.REQ.two");
      expect(found).toBeDefined();
      return found!.data;
    });
    const forged = { ver: "4", sender: "one", id: "1", action: "two.add", params: {}, meta: {}, level: 1 };
    client.publish("MOL-starling.REQ.two", JSON.stringify(forged));
    for (const at of [0, 1, 20, 26, 32, 40, request.length - 1]) {
      const changed = Uint8Array.from(request, (byte, index) => (index === at ? byte ^ 1 : byte));
      client.publish("MOL-starling.REQ.two", changed);
    }
    client.publish("MOL-starling.REQ.two", request);
    client.publish("MOL-starling.REQ.three", request);
    client.publish("MOL-starling.EVENT.two", request);
    for (const bytes of [[], [0], [1], [1, 1], [0, 1, 1]])
      client.publish("MOL-starling.REQ.two", Uint8Array.from(bytes));
    await client.flush();
    // Arrives after all of these.
    await one.broker.call("two.add");
    await one.broker.call("three.add");
    expect([two.counts.calls, three.counts.calls]).toEqual([2, 1]);
    expect(two.logged.join()).toMatch(/has arrived before/);
  });

  it("change the secret one after the other", async () => {
    const [before, during] = await Promise.all([start("before", OLD), start("during", NEW, OLD)]);
    const between = await start("between", OLD, NEW);
    await Promise.all([
      meets(before, "between"),
      meets(between, "before", "during"),
      meets(during, "before", "between"),
    ]);
    await during.broker.call("between.add");
    await between.broker.call("during.add");
    expect([before.counts.calls, between.counts.calls, during.counts.calls]).toEqual([0, 1, 1]);
  });

  it("do no jobs that others have published, and leave theirs to nodes with the secret", async () => {
    const open = async (...secrets: string[]) => {
      const channel = createChannel(nats().url, { secrets, retries: { attempts: 1000, delayMs: () => 50 } });
      channels.push(channel);
      await channel.open();
      return channel;
    };
    const collect = async (channel: JetStreamChannel) => {
      const got: string[] = [];
      const handler = ({ id }: { id: string }) => Promise.resolve(void got.push(id));
      await channel.subscribe({ job: "follow.notify", group: "timeline", maxInFlight: 4, handler });
      return got;
    };
    const publish = (channel: JetStreamChannel, id: string) =>
      channel.publish("follow.notify", id, { id, followerId: "7", followeeId: "8", notify: true });
    const [own, other, none] = [await open(OLD), await open(NEW), await open()];
    const ignorant = await collect(none);
    await publish(own, "own");
    await publish(other, "forged by another secret");
    const got = await collect(own);
    await eventually(() => expect(got).toEqual(["own"]));
    const { client } = await listen();
    const forged = { id: "forged", payload: { id: "forged", followerId: "7", followeeId: "8", notify: true } };
    await client.jetstream().publish(subjectOf("follow.notify"), JSON.stringify(forged));
    await publish(own, "the last");
    await eventually(() => expect(got).toContain("the last"));
    expect(got).toEqual(["own", "the last"]);
    // A node without a secret takes unsealed jobs alone.
    expect(ignorant).toEqual(expect.not.arrayContaining(["own", "the last", "forged by another secret"]));
  });
});
