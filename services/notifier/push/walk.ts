import { batched } from "../../../lib/batched.ts";
import { timeOf } from "../../../lib/snowflake.ts";
import { type FollowRecord } from "../../../contract/records.ts";
import { call, type Caller } from "../../../contract/call.ts";
import { kindForFollower, mentionedIn } from "../../../contract/notices.ts";
import type { NotifyJob } from "../../../contract/events.ts";
import type { Node } from "../../../seams/node.ts";
import type { Deliver } from "./deliver.ts";
import { TOLD_FOR } from "./deliveries.ts";

/** Followers per job: a few hundred milliseconds of work, so that a small author's job waits no longer for its turn. */
const PAGE = 500;
/** What a page can't get on its way within this is left for later, in milliseconds. */
const PAGE_LIMIT = 3000;
/** How often it is written down how far a walk is, in milliseconds: seldom enough that only long ones pay for it. */
const SAVE_EVERY = 5000;

/** Finds out who is to be told of what. */
export function createWalk(node: Node, caller: Caller, deliver: Deliver) {
  const report = batched((ids) => call(caller, "tweets.notified", { ids }));

  return {
    /**
     * Tells one page of those whom a tweet concerns, newest follows first, and puts the rest at the end of the queue:
     * so the followers of a large author take turns with everybody else's. Idempotent.
     */
    async tweet(job: NotifyJob): Promise<void> {
      const { id, authorId, before = id } = job;
      const at = timeOf(id);
      const now = Date.now();
      if (now > at + TOLD_FOR) return report(id);
      const mentioned = mentionedIn(job);
      const until = now + PAGE_LIMIT;
      if (job.before === undefined && mentioned.length > 0) {
        await deliver.tell(mentioned, { subject: { kind: "mention", tweetId: id }, at }, until);
      }
      // Who began to follow after the tweet is not told of it, as in the list of notifications.
      const page = await call(caller, "graph.notifiedPage", { userId: authorId, before, limit: PAGE });
      const followers = page
        .map((follow) => follow.followerId)
        .filter((userId) => kindForFollower(job, userId) === "tweet");
      await deliver.tell(followers, { subject: { kind: "tweet", tweetId: id }, at }, until);
      const last = page.at(-1);
      if (!last || page.length < PAGE) return report(id);
      const savedAt = await save(job, last.id, now);
      await node.channel.publish("tweet.notify", `${id}:notify:${last.id}`, { ...job, before: last.id, savedAt });
    },

    async follow({ id, followerId, followeeId }: FollowRecord): Promise<void> {
      const subject = { kind: "follow" as const, followerId, followeeId };
      await deliver.tell([followeeId], { subject, at: timeOf(id) }, Date.now() + PAGE_LIMIT);
    },
  };

  /** @returns when it was written down last how far the walk is */
  async function save({ id, savedAt = timeOf(id) }: NotifyJob, before: string, now: number): Promise<number> {
    if (now < savedAt + SAVE_EVERY) return savedAt;
    await call(caller, "tweets.notifying", { id, before });
    return now;
  }
}
