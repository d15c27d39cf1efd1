import type { Collection } from "../../seams/collections/collection.ts";
import { sweepInBatches } from "../../seams/collections/sweep.ts";
import { PLACE_IDLE_LIMIT_MS, type PlaceDoc } from "./places.ts";
import { SESSION_IDLE_LIMIT_MS, type SessionDoc, type Sessions } from "./sessions.ts";

interface SweepParts {
  sessionDocs: Collection<SessionDoc>;
  sessions: Pick<Sessions, "end">;
  placeDocs: Collection<PlaceDoc>;
}

/** Removes sessions and places that nobody has used for 90 days. Several nodes may sweep at once. */
export async function sweepIdle({ sessionDocs, sessions, placeDocs }: SweepParts): Promise<void> {
  const now = Date.now();
  const idle = (limitMs: number) => ({ query: { lastSeenAt: { $lt: now - limitMs } }, sort: ["lastSeenAt"] });
  await sweepInBatches(sessionDocs, idle(SESSION_IDLE_LIMIT_MS), (ids) => sessions.end(ids));
  await sweepInBatches(placeDocs, idle(PLACE_IDLE_LIMIT_MS), (ids) => placeDocs.removeMany({ _id: { $in: ids } }));
}
