import { call, type Caller, type TweetEntry } from "../../contract/actions.ts";
import type { Node } from "../../seams/node.ts";
import { BIG_AFTER } from "./big-authors.ts";

/** Followers per page of the store and per push: a few milliseconds of Redis's time. */
const PAGE = 2000;

/**
 * Writes one tweet's id into the home lists of its author and the author's followers, those that have one. Idempotent.
 * A big author's tweet goes onto no list.
 */
export async function fanOut(node: Node, caller: Caller, { id, authorId }: TweetEntry): Promise<void> {
  const big = await call(caller, "graph.bigAuthor", { userId: authorId });
  await node.timelines.push(id, [authorId]);
  if (big?.since && Date.now() - big.since > BIG_AFTER) return;
  let before: string | undefined;
  for (;;) {
    // A follower whom a replica does not know yet would have a list without this tweet for as long as it lives.
    const page = await call(caller, "graph.followersPage", { userId: authorId, before, limit: PAGE, fresh: true });
    await node.timelines.push(
      id,
      page.map((follow) => follow.followerId),
    );
    if (page.length < PAGE) return;
    before = page.at(-1)?.id;
  }
}
