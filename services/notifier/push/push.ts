import type { Context } from "moleculer";
import type { Jobs } from "../../../contract/events.ts";
import type { JobHandlers } from "../../../mixins/jobs.mixin.ts";
import { messageOf } from "../../../lib/errors.ts";
import { every } from "../../../lib/every.ts";
import type { Collection } from "../../../seams/collections/collection.ts";
import type { Node } from "../../../seams/node.ts";
import { createAttempt } from "./attempt.ts";
import { createDeliver } from "./deliver.ts";
import { createDeliveries, type DeliveryDoc } from "./deliveries.ts";
import { createLanes } from "./lanes.ts";
import { createPost } from "./post.ts";
import { createSubscriptions, type SubscriptionDoc } from "./subscriptions.ts";
import { createVapid, type VapidDoc } from "./vapid.ts";
import { createWalk } from "./walk.ts";

/** Jobs of each kind that a node handles at once: some tweets, or one follow. */
const CONCURRENT_JOBS = 16;
/** Each node looks this often for pushes whose wait is over. */
const RETRY_EVERY_MS = 1000;
/** Time budget of one round of retries. */
const RETRY_LIMIT_MS = 3000;
/** Each node removes old deliveries this often. */
const PURGE_EVERY_MS = 600_000;

/** The parts of a node that Web Push needs. */
type NodeParts = Pick<Node, "addresses" | "broker" | "channel" | "config" | "ids" | "presence">;

interface PushStores {
  subscriptions: Collection<SubscriptionDoc>;
  deliveries: Collection<DeliveryDoc>;
  vapidKeys: Collection<VapidDoc>;
}

/** Web Push: absent users are notified by the push service of their browser. */
export function createPush({ addresses, broker, channel, config, ids, presence }: NodeParts, stores: PushStores) {
  const { logger } = broker;
  const { vapidKeys, vapidSubject, pushAllowLoopback: allowLoopback } = config;
  const vapid = createVapid(stores.vapidKeys, { keys: vapidKeys, subject: vapidSubject });
  const subscriptions = createSubscriptions(stores.subscriptions, { ids, allowLoopback });
  const deliveries = createDeliveries(stores.deliveries);
  const post = createPost(vapid, { allowLoopback });
  const attempt = createAttempt({ deliveries, subscriptions, lanes: createLanes(), post, logger });
  const deliver = createDeliver({ broker, presence, addresses, subscriptions, deliveries, attempt });
  const walk = createWalk({ broker, channel, subscriptions, deliver });
  const retries = every(RETRY_EVERY_MS, () => deliver.retryDue(Date.now() + RETRY_LIMIT_MS), {
    onError: (error) => logger.warn("Waiting pushes could not be sent, trying again:", messageOf(error)),
  });
  const purges = every(PURGE_EVERY_MS, () => deliveries.purge(Date.now()), {
    onError: (error) => logger.warn("Old push deliveries could not be removed, trying again:", messageOf(error)),
  });

  const jobs: JobHandlers = {
    "tweets.notify": { maxInFlight: CONCURRENT_JOBS, handler: (ctx, job) => walk.tweets(ctx, job) },
    "follow.notify": { maxInFlight: CONCURRENT_JOBS, handler: (ctx, follow) => walk.follow(ctx, follow) },
  };

  return {
    jobs,
    begin: (ctx: Context, job: Jobs["tweets.notify"]) => walk.begin(ctx, job),
    subscriptions,
    publicKey: vapid.publicKey,

    start(): void {
      retries.start();
      purges.start();
    },

    /** Waits for the requests under way, so that their outcomes are stored. */
    async stop(): Promise<void> {
      await Promise.all([retries.stop(), purges.stop(), walk.stop()]);
      await deliver.drain();
      post.close();
    },
  };
}
