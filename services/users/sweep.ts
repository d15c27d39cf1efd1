import { setImmediate as breathe } from "node:timers/promises";
import type { Collection } from "../../seams/collections/collection.ts";
import { PLACE_IDLE_LIMIT_MS, type PlaceDoc } from "./places.ts";
import { SESSION_IDLE_LIMIT_MS, type SessionDoc, type Sessions } from "./sessions.ts";

/** Small batches, so that requests get their turn in between. */
const BATCH_LIMIT = 200;
/** A sweep ends after 10,000 documents of a kind, so that a shutdown need not wait for a large backlog. */
const BATCHES_LIMIT = 50;

interface SweepParts {
  sessionDocs: Collection<SessionDoc>;
  sessions: Pick<Sessions, "end">;
  placeDocs: Collection<PlaceDoc>;
}

/**
 * Removes sessions and places that nobody has used for 90 days. Several nodes may sweep at once: each removal is safe to
 * repeat. Reads come from the primary, because a lagging replica may not know of the latest use.
 */
export async function sweepIdle({ sessionDocs, sessions, placeDocs }: SweepParts): Promise<void> {
  const now = Date.now();
  await inBatches(sessionDocs, now - SESSION_IDLE_LIMIT_MS, (idle) => sessions.end(idle));
  await inBatches(placeDocs, now - PLACE_IDLE_LIMIT_MS, (idle) => placeDocs.removeMany({ _id: { $in: idle } }));
}

async function inBatches(
  docs: Collection<SessionDoc> | Collection<PlaceDoc>,
  before: number,
  remove: (ids: string[]) => Promise<unknown>,
): Promise<void> {
  for (let batch = 0; batch < BATCHES_LIMIT; batch++) {
    const filter = { query: { lastSeenAt: { $lt: before } }, sort: ["lastSeenAt"], limit: BATCH_LIMIT, fresh: true };
    const idle = (await docs.find(filter)).map(({ _id }) => _id);
    if (idle.length > 0) await remove(idle);
    if (idle.length < BATCH_LIMIT) return;
    await breathe();
  }
}
