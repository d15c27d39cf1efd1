import { afterEach, expect, it } from "@jest/globals";
import { ServiceBroker } from "moleculer";
import { startNats } from "../../dev/servers/index.ts";
import { natsMiddleware, NatsTransporter } from "../../broker/nats-transporter.ts";
import { eventually } from "../helper.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("nats-server");

describe("a node over NATS that starts", () => {
  const nats = useServer(() => startNats());
  const brokers: ServiceBroker[] = [];
  afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.stop())));

  /** Creates a node with a service that records events. @param started the start of this service waits for it */
  function createNode(nodeID: string, started: Promise<void>) {
    const broker = new ServiceBroker({
      nodeID,
      transporter: new NatsTransporter(nats().url, nodeID),
      logger: false,
      middlewares: [natsMiddleware] as never,
    });
    const heard: unknown[] = [];
    broker.createService({
      name: `${nodeID}-hears`,
      events: {
        "node.missed": ({ params }: { params: { nodeId: string } }) => void heard.push(`${params.nodeId} missed`),
        said: ({ params }: { params: unknown }) => void heard.push(params),
      },
      started: () => started,
    });
    brokers.push(broker);
    return { broker, heard };
  }

  it("receives every event from its start on, or learns that it missed some", async () => {
    const startable = Promise.withResolvers<void>();
    const late = createNode("late", startable.promise);
    const starting = late.broker.start();
    const other = createNode("other", Promise.resolve());
    const known = new Promise((resolve) => other.broker.localBus.once("$node.connected", resolve));
    await other.broker.start();
    await known;

    startable.resolve();
    await starting;
    await other.broker.broadcast("said", "at once");
    await eventually(() => expect(late.heard).toContain("late missed"));
    await other.broker.broadcast("said", "after that");
    await eventually(() => expect(late.heard.at(-1)).toBe("after that"));
  });
});
