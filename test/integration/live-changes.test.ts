import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { io } from "socket.io-client";
import { UnavailableError } from "../../lib/errors.ts";
import type { Collection, CollectionSpec, Document } from "../../seams/collections/collection.ts";
import { SERVICES } from "../../services/index.ts";
import type { LiveServer } from "../../services/live/connections.ts";
import type { Node } from "../../seams/node.ts";
import { broadcast } from "../../contract/events.ts";
import { closeAllLive, connectLive, createCast, eventually } from "../helper.ts";
import { openNode } from "../support/node.ts";

/*
 * The messages to a socket while the store or the messages between nodes fail. The tests use a node in this process: its
 * store can carry out a request and then fail to answer, and the node can be made to miss events.
 */
describe("a live connection", () => {
  let node: Node;
  let close: () => Promise<void>;
  let url: string;
  /** The methods of the store that currently fail after they have done their work. */
  const failing = new Set<string>();
  let missesEvents = false;

  function failingCollection<T extends Document>(collection: Collection<T>, name: string): Collection<T> {
    return new Proxy(collection, {
      get(target, method: string) {
        const value = Reflect.get(target, method, target) as unknown;
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const result = await (value as (...args: unknown[]) => unknown).apply(target, args);
          if (failing.has(`${name}.${method}`)) throw new UnavailableError("The store did not answer in time");
          return result;
        };
      },
    });
  }

  beforeAll(async () => {
    const opened = await openNode({ RATE_LIMIT_SCALE: "1000000", LOG_LEVEL: "error" });
    ({ close } = opened);
    const collection = <T extends Document>(spec: CollectionSpec) =>
      failingCollection(opened.node.collection<T>(spec), spec.name);
    node = { ...opened.node, collection };
    const { broker } = node;
    const send = broker.broadcast.bind(broker);
    broker.broadcast = ((name: string, payload: unknown) =>
      missesEvents && name.startsWith("follow") ? Promise.resolve() : send(name, payload)) as typeof send;
    for (const name of node.config.services) broker.createService(SERVICES[name](broker, node));
    await broker.start();
    node.http.listen(0, "127.0.0.1");
    await once(node.http, "listening");
    url = `http://127.0.0.1:${(node.http.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    failing.clear();
    missesEvents = false;
  });
  afterAll(async () => {
    await closeAllLive();
    node.http.close();
    node.http.closeAllConnections();
    await close();
  });

  it("applies a follow and an unfollow that were stored, reported as failed, and sent again", async () => {
    const { alice, bob, carol } = await createCast(url, "alice", "bob", "carol");
    await bob.follow(carol);
    const live = await connectLive(url, bob.token);
    const texts = () => live.tweets.map(({ text }) => text);
    const path = `/user/${alice.username}/follow`;

    failing.add("follows.insert");
    expect((await bob.api.put(path, {})).status).toBe(503);
    failing.clear();
    expect((await bob.api.put(path, {})).status).toBe(200);
    await eventually(async () => {
      await alice.tweet("followed");
      expect(texts()).toContain("followed");
    }, 5000);

    failing.add("follows.removeById");
    expect((await bob.api.delete(path)).status).toBe(503);
    failing.clear();
    expect((await bob.api.delete(path)).status).toBe(200);
    await eventually(async () => {
      const before = texts().length;
      await alice.tweet("not followed any more");
      await carol.tweet("still followed");
      await eventually(() => expect(texts().slice(before)).toContain("still followed"));
      expect(texts().slice(before)).not.toContain("not followed any more");
    }, 5000);
  });

  it("is told to sync after a late follow, because the author may have tweeted since", async () => {
    const { alice, bob } = await createCast(url, "alice", "bob");
    const live = await connectLive(url, bob.token);
    missesEvents = true;
    await bob.follow(alice);
    const missed = await alice.tweet("missed");
    let resyncs = 0;
    live.socket.on("resync", () => (resyncs += 1));
    broadcast(node.broker, "node.missed", { nodeId: node.broker.nodeID });
    // The first resync goes to all connections, before their rooms are checked.
    await eventually(() => expect(resyncs).toBe(2));
    const { tweets } = await live.ask<{ tweets: { id: string }[] }>("sync", { after: "1" });
    expect(tweets.map(({ id }) => id)).toEqual([missed.id]);
    const next = await alice.tweet("the next");
    await eventually(() => expect(live.tweets.map(({ id }) => id)).toContain(next.id));
  });

  it("leaves nothing behind if it can't be accepted at the moment", async () => {
    const { bob } = await createCast(url, "bob");
    const server = (node.broker.getLocalService("live") as unknown as { io: LiveServer }).io;
    failing.add("sessions.findById");
    const socket = io(url, {
      forceNew: true,
      reconnection: false,
      transports: ["websocket"],
      auth: { token: bob.token },
    });
    await new Promise((resolve) => socket.io.once("close", resolve));
    const { _preConnectSockets: undecided } = server.of("/") as unknown as { _preConnectSockets: Map<string, unknown> };
    await eventually(() => expect(undecided.size).toBe(0));
    socket.disconnect();
  });
});
