import { messageOf } from "../../../lib/errors.ts";
import type { Caller } from "../../../contract/call.ts";
import type { Node } from "../../../seams/node.ts";
import { createDeliver } from "./deliver.ts";
import { createDeliveries, DELIVERIES, type DeliveryDoc } from "./deliveries.ts";
import { createLanes } from "./lanes.ts";
import { createPost } from "./post.ts";
import { createSubscriptions, type SubscriptionDoc, SUBSCRIPTIONS } from "./subscriptions.ts";
import { createVapid, VAPID_KEYS, type VapidDoc } from "./vapid.ts";
import { createWalk } from "./walk.ts";

/** Pages of tweets' audiences that are told at once on a node. */
const PAGES_AT_ONCE = 16;
/** How often a node looks for what waits and is due, in milliseconds, and how long that may take. */
const RETRY_EVERY = 1000;
const RETRY_LIMIT = 3000;
/** How often what is long over is removed, in milliseconds. */
const PURGE_EVERY = 600_000;

/** Web Push: whoever is away is told by their browser's push service. */
export function createPush(node: Node) {
  const { broker, config, channel, ids } = node;
  const caller = broker as unknown as Caller;
  const allowLoopback = config.pushAllowLoopback;
  const collections = {
    subscriptions: node.collection<SubscriptionDoc>(SUBSCRIPTIONS),
    deliveries: node.collection<DeliveryDoc>(DELIVERIES),
    keys: node.collection<VapidDoc>(VAPID_KEYS),
  };
  const vapid = createVapid(collections.keys, { keys: config.vapidKeys, subject: config.vapidSubject });
  const subscriptions = createSubscriptions(collections.subscriptions, { ids, allowLoopback });
  const deliveries = createDeliveries(collections.deliveries);
  const post = createPost(vapid, { allowLoopback });
  const deliver = createDeliver({ node, caller, deliveries, subscriptions, lanes: createLanes(), post });
  const walk = createWalk(node, caller, deliver);
  let timer: NodeJS.Timeout | undefined;
  let purgeTimer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  function schedule(): void {
    timer = setTimeout(() => {
      running = deliver
        .retryDue(Date.now() + RETRY_LIMIT)
        .catch((error: unknown) => {
          broker.logger.warn("Pushes that wait could not be sent, trying again:", messageOf(error));
        })
        .finally(() => {
          if (!stopped) schedule();
        });
    }, RETRY_EVERY);
  }

  function purge(): void {
    deliveries.purge(Date.now()).catch((error: unknown) => {
      broker.logger.warn("Old push deliveries could not be removed, trying again:", messageOf(error));
    });
  }

  return {
    collections: Object.values(collections),
    subscriptions,
    publicKey: vapid.publicKey,

    async start(): Promise<void> {
      await channel.subscribe({
        job: "tweet.notify",
        group: "notifier",
        maxInFlight: PAGES_AT_ONCE,
        handler: (job) => walk.tweet(job),
      });
      await channel.subscribe({
        job: "follow.notify",
        group: "notifier",
        maxInFlight: PAGES_AT_ONCE,
        handler: (follow) => walk.follow(follow),
      });
      schedule();
      purgeTimer = setInterval(purge, PURGE_EVERY);
    },

    /** Requests that are out are waited for, so that their outcomes are noted. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      clearInterval(purgeTimer);
      await running;
      await deliver.drain();
      post.close();
    },
  };
}
