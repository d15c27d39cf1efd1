import type { Context, ServiceBroker } from "moleculer";
import { call } from "../../../contract/call.ts";
import type { NotifyJob } from "../../../contract/events.ts";
import { audiencesOf } from "../../../contract/notices.ts";
import type { FollowRecord } from "../../../contract/records.ts";
import { batched } from "../../../lib/batched.ts";
import { timeOf } from "../../../lib/snowflake.ts";
import { type DurableChannel, originOf } from "../../../seams/channel/channel.ts";
import type { Deliver } from "./deliver.ts";
import { PUSH_TTL_MS } from "./deliveries.ts";

/** Followers per job. A job takes a few hundred milliseconds, so a small author's job soon gets its turn. */
const PAGE = 500;
/** Time budget per page; pushes that are not under way by then are left for later. */
const PAGE_LIMIT_MS = 3000;
/** The progress of a walk is saved at most this often, so that only long walks pay for saves. */
const SAVE_EVERY_MS = 5000;

interface WalkParts {
  broker: ServiceBroker;
  channel: Pick<DurableChannel, "publish">;
  deliver: Deliver;
}

/** Walks through the users whom a tweet or a follow notifies, and pushes to those who are absent. */
export function createWalk({ broker, channel, deliver }: WalkParts) {
  const report = batched((ids) => call(broker, "tweets.notified", { ids }));

  /** @returns when the progress was last saved, in milliseconds since 1970 */
  async function save(
    ctx: Context,
    { id, savedAt = timeOf(id) }: NotifyJob,
    before: string,
    now: number,
  ): Promise<number> {
    if (now < savedAt + SAVE_EVERY_MS) return savedAt;
    await call(ctx, "tweets.notifying", { id, before });
    return now;
  }

  return {
    /**
     * Pushes a tweet to one page of its audience, newest follows first. The rest becomes a new job at the end of the
     * queue, so that the jobs of large and small authors take turns. Idempotent.
     */
    async tweet(ctx: Context, job: NotifyJob): Promise<void> {
      const { id, authorId, before = id } = job;
      const happenedAt = timeOf(id);
      const now = Date.now();
      if (now > happenedAt + PUSH_TTL_MS) return report(id);
      const { mentioned, followersExcept } = audiencesOf(job);
      const until = now + PAGE_LIMIT_MS;
      if (job.before === undefined && mentioned.length > 0) {
        await deliver.toUsers(ctx, mentioned, { subject: { kind: "mention", tweetId: id }, happenedAt }, until);
      }
      // The walk begins at the tweet's own id: the notifications of later followers don't list this tweet either.
      const page = await call(ctx, "graph.notifiedPage", { userId: authorId, before, limit: PAGE });
      const followers = page.map((follow) => follow.followerId).filter((userId) => !followersExcept.includes(userId));
      await deliver.toUsers(ctx, followers, { subject: { kind: "tweet", tweetId: id }, happenedAt }, until);
      const last = page.at(-1);
      if (!last || page.length < PAGE) return report(id);
      const savedAt = await save(ctx, job, last.id, now);
      const rest = { ...job, before: last.id, savedAt };
      await channel.publish("tweet.notify", `${id}:notify:${last.id}`, rest, originOf(ctx));
    },

    /** Pushes a follow to the followee. Idempotent. */
    async follow(ctx: Context, { id, followerId, followeeId }: FollowRecord): Promise<void> {
      const subject = { kind: "follow" as const, followerId, followeeId };
      await deliver.toUsers(ctx, [followeeId], { subject, happenedAt: timeOf(id) }, Date.now() + PAGE_LIMIT_MS);
    },
  };
}
