import type { ServiceSchema } from "moleculer";
import { messageOf } from "../../lib/errors.ts";
import { idAt } from "../../lib/snowflake.ts";
import { nextPage } from "../reading/pages.ts";
import { DuplicateKeyError } from "../../seams/collections/collection.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { actionsOf, type Caller, type Range } from "../../contract/actions.ts";
import { eventsOf } from "../../contract/events.ts";
import type { Notification } from "../../contract/shapes.ts";
import type { Node } from "../../seams/node.ts";
import { readInbox } from "./inbox.ts";
import { presentNotices } from "../reading/notifications.ts";
import { createPush } from "./push/push.ts";

/** How far a user has read. */
interface MarkerDoc {
  /** The user's id. */
  _id: string;
  /** Everything up to this notification is read. */
  upTo: string;
}

/** Counting unread notifications stops here, where the web client shows "99+": each costs a look at a tweet. */
const MOST_UNREAD = 100;
const NOTHING_READ = "0".repeat(19);

/** Notifications: tweets of those followed with `notify`, mentions and follows, how far they are read, and Web Push. */
export default function notifierService(node: Node): ServiceSchema {
  const { broker, config, ids } = node;
  const markers = node.collection<MarkerDoc>({ name: "notification_markers", indexes: [] });
  const push = createPush(node);

  async function readPage(caller: Caller, userId: string, range: Range, readUpTo: string) {
    const shown: Notification[] = [];
    let before = range.before;
    for (;;) {
      const part = await readInbox(caller, userId, { ...range, before, limit: range.limit + 1 });
      shown.push(...(await presentNotices(caller, part.notices, readUpTo, config.publicUrl)));
      if (part.next === null || shown.length > range.limit) break;
      before = part.next;
    }
    const notifications = shown.slice(0, range.limit);
    return { notifications, last: shown.length > range.limit ? notifications.at(-1)?.id : undefined };
  }

  async function countUnread(caller: Caller, userId: string, readUpTo: string): Promise<number> {
    let count = 0;
    let before: string | undefined;
    for (;;) {
      const part = await readInbox(caller, userId, { before, after: readUpTo, limit: MOST_UNREAD });
      count += part.notices.length;
      if (part.next === null || count >= MOST_UNREAD) return Math.min(count, MOST_UNREAD);
      before = part.next;
    }
  }

  /**
   * What is not written yet can't be read: a cursor from the future is taken as "all up to now". What the user has
   * counts as written also where other nodes' clocks are ahead and this one has not seen their ids.
   */
  async function readableUpTo(caller: Caller, userId: string, cursor: string): Promise<string> {
    const now = idAt(ids.time() + 1);
    if (cursor <= now) return cursor;
    const { notices } = await readInbox(caller, userId, { after: now, limit: MOST_UNREAD });
    const newest = notices[0]?.id ?? now;
    return cursor < newest ? cursor : newest;
  }

  return {
    name: "notifier",
    mixins: [storeMixin(markers, ...push.collections)],
    actions: actionsOf("notifier", {
      async list(ctx) {
        const { userId, ...range } = ctx.params;
        const readUpTo = (await markers.findById(userId))?.upTo ?? NOTHING_READ;
        const [{ notifications, last }, unread] = await Promise.all([
          readPage(ctx, userId, range, readUpTo),
          countUnread(ctx, userId, readUpTo),
        ]);
        return { notifications, unread, next: nextPage("/notifications", range, last) };
      },

      async read(ctx) {
        const { userId } = ctx.params;
        const upTo = await readableUpTo(ctx, userId, ctx.params.upTo);
        for (;;) {
          if (await markers.updateById(userId, { $max: { upTo } })) return;
          try {
            await markers.insert({ _id: userId, upTo });
            return;
          } catch (error) {
            if (!(error instanceof DuplicateKeyError)) throw error;
          }
        }
      },

      pushKey: async () => ({ publicKey: await push.publicKey() }),
      subscribe: (ctx) => push.subscriptions.add(ctx.params.session, ctx.params.target),
      unsubscribe: (ctx) => push.subscriptions.remove(ctx.params.userId, ctx.params.endpoint),
    }),
    events: eventsOf({
      "sessions.ended": async ({ sessionIds }) => {
        await push.subscriptions.endSessions(sessionIds).catch((error: unknown) => {
          broker.logger.warn("Push subscriptions of ended sessions go when they are next used:", messageOf(error));
        });
      },
    }),
    started: () => push.start(),
    stopped: () => push.stop(),
  };
}
