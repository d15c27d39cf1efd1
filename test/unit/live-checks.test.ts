import { describe, expect, it } from "@jest/globals";
import type { ServiceBroker } from "moleculer";
import { createChecks } from "../../services/live/checks.ts";
import type { Connections } from "../../services/live/connections.ts";

/** Checks of some users, each of whom may fail. @returns a round, which returns the users it checked, in their order */
function checksOf(users: string[], failing: ReadonlySet<string>): () => Promise<string[]> {
  let checked: string[] = [];
  const connections = {
    sessionIds: () => [],
    userIds: () => users,
    check: (userId: string) => {
      checked.push(userId);
      return failing.has(userId) ? Promise.reject(new Error("down")) : Promise.resolve();
    },
  };
  const broker = { logger: { debug: () => undefined } };
  const checkAll = createChecks(broker as unknown as ServiceBroker, connections as unknown as Connections);
  return async () => {
    checked = [];
    await checkAll();
    return checked;
  };
}

describe("a round of checks", () => {
  it("goes on after a failure", async () => {
    const round = checksOf(["alice", "bob", "carol"], new Set(["alice"]));
    expect(await round()).toEqual(["alice", "bob", "carol"]);
  });

  it("ends while the store is down, and the next one begins with those who were left", async () => {
    const users = Array.from({ length: 8 }, (_, n) => `user ${n}`);
    const failing = new Set(users.slice(1));
    const round = checksOf(users, failing);
    expect(await round()).toEqual(users.slice(0, 6));
    failing.clear();
    expect(await round()).toEqual([...users.slice(1), users[0]]);
  });
});
