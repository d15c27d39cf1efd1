import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { SnowflakeGenerator } from "../../lib/snowflake.ts";
import { SERVICES } from "../../services/index.ts";
import type { Node } from "../../seams/node.ts";
import { call, type Caller } from "../../contract/call.ts";
import { eventually, uniqueName } from "../helper.ts";
import { openNode } from "../support/node.ts";

const HOUR_MS = 3_600_000;
const FAR_FUTURE = "9223372036854775807";

let node: Node;
let close: () => Promise<void>;
let caller: Caller;

/** A notifier whose clock is right and has seen no ids, among services whose clocks are an hour ahead. */
beforeAll(async () => {
  ({ node, close } = await openNode({ LOG_LEVEL: "fatal" }));
  const ahead = { ...node, ids: new SnowflakeGenerator(() => Date.now() + HOUR_MS) };
  for (const name of ["users", "graph", "tweets", "timeline", "media"] as const) {
    node.broker.createService(SERVICES[name](node.broker, ahead));
  }
  node.broker.createService(SERVICES.notifier(node.broker));
  await node.broker.start();
  caller = node.broker;
});
afterAll(() => close());

const signUp = async () => {
  const place = { device: null, address: "127.0.0.1" };
  const username = uniqueName();
  return (await call(caller, "users.signup", { username, passwordHash: "unused", sessionId: username, place })).id;
};
const list = (userId: string) => call(caller, "notifier.list", { userId, limit: 10 });

it.each([
  ["follows", (followerId: string, followeeId: string) => call(caller, "graph.follow", { followerId, followeeId })],
  [
    "tweets of followed users",
    (authorId: string) => call(caller, "tweets.create", { authorId, key: uniqueName(), text: "hello" }),
  ],
])("notifications from nodes whose clocks are ahead can be marked as read: %s", async (_, happen) => {
  const [alice, bob] = [await signUp(), await signUp()];
  await call(caller, "graph.follow", { followerId: bob, followeeId: alice });
  await happen(alice, bob);
  const { page } = await eventually(async () => {
    const found = await list(bob);
    expect(found.unread).toBe(1);
    return found;
  });
  await call(caller, "notifier.read", { userId: bob, upTo: page.items[0]!.id });
  expect(await list(bob)).toMatchObject({ unread: 0, page: { items: [{ read: true }] } });
});

it("a new notification is unread, even if the user has read up to a cursor from the future", async () => {
  const [alice, bob, carol] = [await signUp(), await signUp(), await signUp()];
  await call(caller, "graph.follow", { followerId: alice, followeeId: bob });
  await call(caller, "notifier.read", { userId: bob, upTo: FAR_FUTURE });
  expect(await list(bob)).toMatchObject({ unread: 0, page: { items: [{ read: true }] } });
  await call(caller, "graph.follow", { followerId: carol, followeeId: bob });
  expect(await list(bob)).toMatchObject({ unread: 1, page: { items: [{ read: false }, { read: true }] } });
});
