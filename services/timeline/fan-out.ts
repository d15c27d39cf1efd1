import { call, type Caller } from "../../contract/call.ts";
import type { TweetEntry } from "../../contract/records.ts";
import type { TimelineStore } from "../../seams/timelines/timeline-store.ts";
import { BIG_AFTER_MS } from "./big-authors.ts";

/** Followers per page of the store and per push: a few milliseconds of Redis's time. */
const PAGE = 2000;

/**
 * Writes one tweet's id into the home lists of its author and of the author's followers, where a list exists.
 * Idempotent. The tweet of a big author goes only onto the author's own list.
 */
export async function fanOut(timelines: TimelineStore, caller: Caller, { id, authorId }: TweetEntry): Promise<void> {
  const big = await call(caller, "graph.bigAuthor", { userId: authorId });
  await timelines.push(id, [authorId]);
  if (big?.since && Date.now() - big.since > BIG_AFTER_MS) return;
  let before: string | undefined;
  for (;;) {
    // From the primary: if a replica lacked a follower, the follower's list would lack this tweet until it expires.
    const page = await call(caller, "graph.followersPage", { userId: authorId, before, limit: PAGE, fresh: true });
    await timelines.push(
      id,
      page.map((follow) => follow.followerId),
    );
    if (page.length < PAGE) return;
    before = page.at(-1)?.id;
  }
}
