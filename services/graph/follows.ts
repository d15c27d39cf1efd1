import type { Context, ServiceBroker } from "moleculer";
import { call, type Params } from "../../contract/call.ts";
import { broadcast } from "../../contract/events.ts";
import { InvalidError, messageOf, UnavailableError } from "../../lib/errors.ts";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import { type SnowflakeGenerator, timeOf } from "../../lib/snowflake.ts";
import { type DurableChannel, originOf } from "../../seams/channel/channel.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import { type FollowDoc, followId } from "./follow-doc.ts";
import { toRecord } from "./follow-lists.ts";

/** A follow younger than this may come from an earlier try of the same call. */
const RETRIED_WITHIN_MS = 120_000;

interface FollowParts {
  follows: Collection<FollowDoc>;
  broker: ServiceBroker;
  channel: DurableChannel;
  ids: SnowflakeGenerator;
}

/** Follows and unfollows users, and informs everything that depends on the graph. */
export function createFollows({ follows, broker, channel, ids }: FollowParts) {
  /**
   * Changes a user's follows, then refreshes the user's feed and sockets. This happens whatever the outcome: a change
   * that failed may be stored all the same, and a change that found nothing to do may be the retry of such a change.
   */
  async function change<R>(followerId: string, work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } finally {
      // Drop the home list before the caller hears of the change. If this fails, drop it as soon as possible.
      await nowOrSoon(broker.logger, `dropping the home timeline of ${followerId}`, () =>
        call(broker, "timeline.forget", { userId: followerId }),
      );
      broadcast(broker, "follows.changed", { followerId });
    }
  }

  /** @returns the follow as stored now, and whether this call created it */
  async function upsert(wanted: FollowDoc): Promise<{ doc: FollowDoc; created: boolean }> {
    const { _id, notify } = wanted;
    for (;;) {
      const { inserted } = await insertIfFree(follows, wanted);
      if (inserted) return { doc: inserted, created: true };
      const changed = await follows.updateOne({ _id, notify: !notify }, { $set: { notify } });
      const existing = changed ?? (await follows.findById(_id, { fresh: true }));
      if (existing) return { doc: existing, created: false };
      // The follow was removed between the insert and the read: insert again.
    }
  }

  return {
    /** @throws InvalidError, UnavailableError */
    async follow(ctx: Context, params: Params<"graph.follow">): Promise<void> {
      const { followerId, followeeId, notify = true } = params;
      if (followerId === followeeId) {
        throw new InvalidError([{ field: "username", message: "is your own: you can't follow yourself" }]);
      }
      // Read the follower before storing the follow: if this read failed afterwards, nobody would hear of the follow.
      const [follower] = await call(ctx, "users.refs", { ids: [followerId] });
      if (!follower) throw new UnavailableError("The follower can't be read at the moment");
      const wanted = { _id: followId(followerId, followeeId), seq: ids.next(), followerId, followeeId, notify };
      const { doc, created } = await change(followerId, () => upsert(wanted));
      const follow = toRecord(doc);
      if (created) broadcast(broker, "follow.created", { follow, follower });
      // A young follow may come from a try that died before this line. Publishing twice is safe: a push is sent once.
      if (timeOf(doc.seq) < ids.time() - RETRIED_WITHIN_MS) return;
      channel.publish("follow.notify", doc.seq, follow, originOf(ctx)).catch((error: unknown) => {
        broker.logger.warn("The push about a new follower could not be queued:", messageOf(error));
      });
    },

    async unfollow({ followerId, followeeId }: Params<"graph.unfollow">): Promise<void> {
      await change(followerId, async () => {
        const follow = await follows.findById(followId(followerId, followeeId), { fresh: true });
        if (!follow) return;
        await follows.removeById(follow._id);
        broadcast(broker, "follow.deleted", { id: follow.seq, followeeId });
      });
    },
  };
}
