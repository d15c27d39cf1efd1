import { actionsOf } from "../../contract/call.ts";
import { broadcast, eventsOf } from "../../contract/events.ts";
import { messageOf } from "../../lib/errors.ts";
import { jobsMixin } from "../../mixins/jobs.mixin.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { service } from "../../seams/node.ts";
import { hydrateNotices, viewNotice } from "../reading/notifications.ts";
import { readPage } from "../reading/page.ts";
import { readInbox } from "./inbox.ts";
import { createMarkers, type MarkerDoc, MARKERS } from "./markers.ts";
import { DELIVERIES, type DeliveryDoc } from "./push/deliveries.ts";
import { createPush } from "./push/push.ts";
import { type SubscriptionDoc, SUBSCRIPTIONS } from "./push/subscriptions.ts";
import { VAPID_KEYS, type VapidDoc } from "./push/vapid.ts";
import { countUnread } from "./unread.ts";

/** Notifications, the position up to which each user has read them, and Web Push. */
export default service((node) => {
  const { broker, channel, ids } = node;
  const markerDocs = node.collection<MarkerDoc>(MARKERS);
  const subscriptions = node.collection<SubscriptionDoc>(SUBSCRIPTIONS);
  const deliveries = node.collection<DeliveryDoc>(DELIVERIES);
  const vapidKeys = node.collection<VapidDoc>(VAPID_KEYS);
  const markers = createMarkers(markerDocs, ids);
  const push = createPush(node, { subscriptions, deliveries, vapidKeys });

  return {
    name: "notifier",
    mixins: [storeMixin(markerDocs, subscriptions, deliveries, vapidKeys), jobsMixin(channel, push.jobs)],
    actions: actionsOf("notifier", {
      async list(ctx) {
        const { userId, kind, ...range } = ctx.params;
        const readUpTo = await markers.get(userId);
        const [page, unread] = await Promise.all([
          readPage(range, {
            skeleton: (part) => readInbox(ctx, userId, { ...part, limit: range.limit + 1 }, { kind }),
            hydrate: (notices) => hydrateNotices(ctx, notices),
            rules: () => true,
            present: (hydrated, notice) => viewNotice(notice, hydrated, readUpTo),
          }),
          countUnread(ctx, userId, readUpTo),
        ]);
        return { page, ...unread };
      },

      begin: (ctx) => push.begin(ctx, ctx.params),
      async read(ctx) {
        const { userId, upTo } = ctx.params;
        await markers.move(ctx, userId, upTo);
        broadcast(broker, "notifications.read", { userId });
      },
      async unread(ctx) {
        const { userId } = ctx.params;
        const upTo = await markers.get(userId);
        return { upTo, ...(await countUnread(ctx, userId, upTo)) };
      },

      pushKey: async () => ({ publicKey: await push.publicKey() }),
      subscribe: (ctx) => push.subscriptions.add(ctx.params.session, ctx.params.target),
      unsubscribe: (ctx) => push.subscriptions.remove(ctx.params.userId, ctx.params.endpoint),
    }),
    events: eventsOf({
      "sessions.ended": async ({ sessionIds }) => {
        await push.subscriptions.endSessions(sessionIds).catch((error: unknown) => {
          broker.logger.warn(
            "Push subscriptions of ended sessions will be removed at their next use:",
            messageOf(error),
          );
        });
      },
    }),
    started: () => push.start(),
    stopped: () => push.stop(),
  };
});
