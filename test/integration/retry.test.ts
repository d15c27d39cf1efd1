import { afterEach, describe, expect, it } from "@jest/globals";
import { Errors, ServiceBroker } from "moleculer";
import { retryMiddleware } from "../../broker/retry.ts";
import { isRepeatable } from "../../contract/call.ts";
import { eventually } from "../helper.ts";

const brokers: ServiceBroker[] = [];

afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
});

/** Starts a node, which finds other nodes of the same namespace in this process. */
async function startNode(namespace: string, nodeID: string, work?: () => Promise<string>): Promise<ServiceBroker> {
  const broker = new ServiceBroker({
    namespace,
    nodeID,
    transporter: "Fake",
    logger: false,
    requestTimeout: 10_000,
    middlewares: [retryMiddleware((name) => name !== "work.once")] as never,
  });
  if (work) broker.createService({ name: "work", actions: { read: work, once: work } });
  brokers.push(broker);
  await broker.start();
  return broker;
}

/** Waits until a node knows of so many nodes that do the work. A node that is found late would get no call. */
async function untilKnown(caller: ServiceBroker, nodes: number): Promise<void> {
  await eventually(async () => {
    const actions = await caller.call<{ name: string; count: number }[], object>("$node.actions", {});
    expect(actions.find(({ name }) => name === "work.read")?.count).toBe(nodes);
  });
}

describe("a call to a node that fails", () => {
  it.each(["REQUEST_REJECTED", "SERVICE_NOT_AVAILABLE", "UNAVAILABLE"])(
    "is repeated on another node after %s, if repeatable",
    async (type) => {
      const fail = () => Promise.reject(new Errors.MoleculerRetryableError("not now", 503, type, undefined));
      const caller = await startNode(type, "caller");
      await startNode(type, "bad", fail);
      await startNode(type, "good", () => Promise.resolve("done"));
      await untilKnown(caller, 2);
      for (let n = 0; n < 10; n += 1) expect(await caller.call("work.read")).toBe("done");
      const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => caller.call("work.once")));
      expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(2);
    },
  );

  it("is repeated on another node when the first is silent", async () => {
    const caller = await startNode("silent", "caller");
    await startNode("silent", "frozen", () => new Promise(() => undefined));
    await startNode("silent", "good", () => Promise.resolve("done"));
    await untilKnown(caller, 2);
    expect(await Promise.all([caller.call("work.read"), caller.call("work.read")])).toEqual(["done", "done"]);
  });

  it("stays within the time of the request", async () => {
    const caller = await startNode("deadline", "caller");
    await startNode("deadline", "frozen", () => new Promise(() => undefined));
    await untilKnown(caller, 1);
    await expect(caller.call("work.read", {}, { timeout: 300 })).rejects.toMatchObject({ type: "REQUEST_TIMEOUT" });
  });

  it("is not repeated when the request itself is at fault", async () => {
    let calls = 0;
    const caller = await startNode("fault", "caller");
    await startNode("fault", "node", () => {
      calls += 1;
      return Promise.reject(new Errors.MoleculerClientError("no", 422, "VALIDATION_ERROR"));
    });
    await untilKnown(caller, 1);
    await expect(caller.call("work.read")).rejects.toMatchObject({ type: "VALIDATION_ERROR" });
    expect(calls).toBe(1);
  });

  it.each(["users.endSession", "tweets.remove"])(
    "is not repeated, because after a first call that succeeded, a second one would find nothing (%s)",
    (name) => expect(isRepeatable(name)).toBe(false),
  );

  it("is not repeated endlessly while nearly all calls fail", async () => {
    let calls = 0;
    const caller = await startNode("storm", "caller");
    for (const name of ["one", "two"]) {
      await startNode("storm", name, () => {
        calls += 1;
        return Promise.reject(new Errors.MoleculerRetryableError("too busy", 503, "QUEUE_FULL", undefined));
      });
    }
    await untilKnown(caller, 2);
    for (let n = 0; n < 100; n += 1) await expect(caller.call("work.read")).rejects.toThrow();
    expect(calls).toBeLessThan(130);
  });
});
