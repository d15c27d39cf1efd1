import { call, type Caller } from "../../contract/call.ts";
import type { Audience, TweetEntry } from "../../contract/records.ts";
import type { TimelineStore } from "../../seams/timelines/timeline-store.ts";
import { BIG_AFTER_MS } from "./big-authors.ts";

/**
 * Writes tweets' ids into the home lists of their authors and of the authors' followers, where a list exists. Tweets of
 * one author share the reads of followers. Idempotent. The tweet of a big author goes only onto the author's own list.
 */
export async function fanOut(timelines: TimelineStore, caller: Caller, tweets: readonly TweetEntry[]): Promise<void> {
  // A list takes ids fastest in their order.
  const byAuthor = Map.groupBy(
    tweets.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ({ authorId }) => authorId,
  );
  const authorIds = [...byAuthor.keys()];
  const audiences = await call(caller, "graph.audiences", { authorIds });
  await Promise.all(
    authorIds.map((authorId, index) => {
      const ids = byAuthor.get(authorId)!.map(({ id }) => id);
      return toAudience(timelines, caller, { authorId, ids, audience: audiences[index]! });
    }),
  );
}

async function toAudience(
  timelines: TimelineStore,
  caller: Caller,
  { authorId, ids, audience }: { authorId: string; ids: string[]; audience: Audience },
): Promise<void> {
  const push = (userIds: string[]) => Promise.all(ids.map((id) => timelines.push(id, userIds)));
  const { big } = audience;
  if (big?.since && Date.now() - big.since > BIG_AFTER_MS) {
    await push([authorId]);
    return;
  }
  await push([authorId, ...audience.ids]);
  for (let before = audience.next; before !== undefined;) {
    const page = await call(caller, "graph.followerIds", { userId: authorId, before });
    await push(page.ids);
    before = page.next;
  }
}
