import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { ServiceBroker } from "moleculer";
import type { Collection } from "../../seams/collections/collection.ts";
import { createLeases } from "../../seams/leases/leases.ts";
import { type PlaceDoc, PLACES } from "../../services/users/places.ts";
import { createSessions, type SessionDoc, SESSIONS } from "../../services/users/sessions.ts";
import { sweepIdle } from "../../services/users/sweep.ts";
import { describeStores } from "../support/stores.ts";

const DAY_MS = 86_400_000;
/** More than two batches. */
const IDLE = 450;

await describeStores("sessions and places", (store) => {
  let sessionDocs: Collection<SessionDoc>;
  let placeDocs: Collection<PlaceDoc>;

  beforeAll(async () => {
    sessionDocs = store().collection(SESSIONS);
    placeDocs = store().collection(PLACES);
    await Promise.all([sessionDocs.connect(), placeDocs.connect()]);
  });
  afterAll(async () => {
    await Promise.all([sessionDocs?.disconnect(), placeDocs?.disconnect()]);
  });

  it("are removed after 90 days without use, even if two nodes do so at once, and by an index", async () => {
    const seen = (daysAgo: number) => Date.now() - daysAgo * DAY_MS;
    const session = (_id: string, daysAgo: number): SessionDoc => {
      return { _id, userId: "1", createdAt: 0, lastSeenAt: seen(daysAgo), userAgent: null };
    };
    const idle = Array.from({ length: IDLE }, (_, n) => session(`idle-${n}`, 91 + n));
    await sessionDocs.insertMany([...idle, session("new", 0), session("rare", 89)]);
    const place = (_id: string, daysAgo: number): PlaceDoc => {
      return { _id, userId: "1", kind: "address", lastSeenAt: seen(daysAgo) };
    };
    await placeDocs.insertMany([place("old", 91), place("fresh", 1)]);
    await store().db?.command({ profile: 2 });

    const ended = new Set<string>();
    const sweeps = [0, 1].map(async () => {
      const broker = new ServiceBroker({ logger: false });
      broker.broadcast = (_event: string, data?: unknown) => {
        for (const id of (data as { sessionIds: string[] }).sessionIds) ended.add(id);
        return Promise.resolve();
      };
      await sweepIdle({
        sessionDocs,
        sessions: createSessions(sessionDocs, broker, createLeases(broker, { isShared: false, isLasting: true })),
        placeDocs,
      });
    });
    await Promise.all(sweeps);

    expect((await sessionDocs.find({})).map(({ _id }) => _id).sort()).toEqual(["new", "rare"]);
    expect((await placeDocs.find({})).map(({ _id }) => _id)).toEqual(["fresh"]);
    // Live connections and push subscriptions of these sessions end, too.
    expect(ended.size).toBe(IDLE);
    const looks = await store()
      .db?.collection("system.profile")
      .find({ "command.filter.lastSeenAt": { $exists: true } })
      .toArray();
    for (const look of looks ?? []) {
      expect(look["planSummary"]).toBe("IXSCAN { lastSeenAt: 1 }");
      expect(look["docsExamined"]).toBe(look["nreturned"]);
    }
    expect(looks?.length ?? 4).toBeGreaterThanOrEqual(4);
  });
});
