import type { Context, ServiceBroker } from "moleculer";
import pLimit from "p-limit";
import { call } from "../../../contract/call.ts";
import { type Jobs, nameOfBatch, type NotifyJob } from "../../../contract/events.ts";
import { audiencesOf } from "../../../contract/notices.ts";
import type { FollowRecord } from "../../../contract/records.ts";
import { createCollector } from "../../../lib/collector.ts";
import { messageOf } from "../../../lib/errors.ts";
import { timeOf } from "../../../lib/snowflake.ts";
import { type DurableChannel, originOf } from "../../../seams/channel/channel.ts";
import type { Deliver } from "./deliver.ts";
import { PUSH_TTL_MS } from "./deliveries.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Pages that a node walks at once. */
const CONCURRENT_PAGES = 16;
/** Followers per page. A page takes a few hundred milliseconds, so a small author's page soon gets its turn. */
const PAGE = 500;
/** Time budget per page; pushes that are not under way by then are left for later. */
const PAGE_LIMIT_MS = 3000;
/** The progress of a walk is saved at most this often, so that only long walks pay for saves. */
const SAVE_EVERY_MS = 5000;
/** Tweets whose walks have ended are reported together. */
const REPORT_WINDOW_MS = 250;
const REPORT_LIMIT = 500;

interface WalkParts {
  broker: ServiceBroker;
  channel: Pick<DurableChannel, "publish">;
  subscriptions: Pick<Subscriptions, "exist">;
  deliver: Deliver;
}

/** Walks through the users whom a tweet or a follow notifies, and pushes to those who are absent. */
export function createWalk({ broker, channel, subscriptions, deliver }: WalkParts) {
  const pages = pLimit(CONCURRENT_PAGES);
  const ended = createCollector<string>({
    windowMs: REPORT_WINDOW_MS,
    limit: REPORT_LIMIT,
    handOver: (ids) => call(broker, "tweets.notified", { ids }),
    onError: (error, ids) =>
      broker.logger.warn(`${ids.length} tweets will be walked again; each push is sent once:`, messageOf(error)),
  });

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

  /**
   * Pushes a tweet to one page of its audience, newest follows first. The rest becomes a new job at the end of the queue,
   * so that the jobs of large and small authors take turns.
   */
  async function walkPage(ctx: Context, job: NotifyJob): Promise<void> {
    const { id, authorId, before = id } = job;
    const happenedAt = timeOf(id);
    const now = Date.now();
    if (now > happenedAt + PUSH_TTL_MS) return ended.add(id);
    const { mentioned, followersExcept } = audiencesOf(job);
    const until = now + PAGE_LIMIT_MS;
    if (job.before === undefined && mentioned.length > 0) {
      await deliver.toUsers(ctx, mentioned, { subject: { kind: "mention", tweetId: id }, happenedAt }, until);
    }
    // The walk begins at the tweet's own id: the notifications of later followers don't list this tweet either.
    const page = await call(ctx, "graph.notifiedPage", { userId: authorId, before, limit: PAGE });
    const followers = page.ids.filter((userId) => !followersExcept.includes(userId));
    await deliver.toUsers(ctx, followers, { subject: { kind: "tweet", tweetId: id }, happenedAt }, until);
    if (page.next === undefined) return ended.add(id);
    const savedAt = await save(ctx, job, page.next, now);
    const rest = { ...job, before: page.next, savedAt };
    await channel.publish("tweets.notify", nameOfBatch([rest]), { tweets: [rest] }, originOf(ctx));
  }

  return {
    /**
     * Queues the walks of new tweets, unless nobody can be pushed to. A browser that subscribes from now on was there
     * after these tweets, and gets no push about them.
     *
     * @returns the ids of the tweets for which there is nothing to do
     */
    async begin(ctx: Context, { tweets }: Jobs["tweets.notify"]): Promise<string[]> {
      if (tweets.length === 0) return [];
      if (!(await subscriptions.exist())) return tweets.map(({ id }) => id);
      await channel.publish("tweets.notify", nameOfBatch(tweets), { tweets }, originOf(ctx));
      return [];
    },

    /** Pushes tweets to the next pages of their audiences. Idempotent. */
    async tweets(ctx: Context, { tweets }: Jobs["tweets.notify"]): Promise<void> {
      await Promise.all(tweets.map((job) => pages(() => walkPage(ctx, job))));
    },

    /** Pushes a follow to the followee. Idempotent. */
    async follow(ctx: Context, { id, followerId, followeeId }: FollowRecord): Promise<void> {
      const subject = { kind: "follow" as const, followerId, followeeId };
      await deliver.toUsers(ctx, [followeeId], { subject, happenedAt: timeOf(id) }, Date.now() + PAGE_LIMIT_MS);
    },

    /** Reports the walks that have ended. */
    stop: () => ended.flush(),
  };
}
