import type { ServiceBroker } from "moleculer";
import type { Unread } from "../../contract/actions.ts";
import { call } from "../../contract/call.ts";
import type { Events } from "../../contract/events.ts";
import type { LivePayload } from "../../contract/live.ts";
import { audiencesOf } from "../../contract/notices.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Connections, LiveServer } from "./connections.ts";
import { emitTo } from "./rooms.ts";
import { inSlices } from "./slices.ts";

/** A deleted tweet may have notified thousands, and for each of them what is unread is counted. */
const PACE = { atOnce: 20, everyMs: 100 };

/** Tells users what changed in their notifications: what they read on another device, and what is gone. */
export function createInboxes(broker: ServiceBroker, server: () => LiveServer, connections: Connections) {
  /** By user: the ids of the notifications that are gone, and not told yet. In the order in which users are told. */
  const gone = new Map<string, Set<string>>();
  let isTelling = false;

  /**
   * Counts what a user has not read, and sends it to all of the user's connections. Where that can't be counted, they are
   * told to read everything again.
   */
  async function send<N extends "notifications:read" | "notification:deleted">(
    userId: string,
    event: N,
    payloads: (unread: Unread, upTo: string) => LivePayload<N>[],
  ): Promise<void> {
    const here = () => connections.ofUsers([userId]);
    if (here().size === 0) return;
    try {
      const { upTo, ...unread } = await call(broker, "notifier.unread", { userId });
      for (const payload of payloads(unread, upTo)) emitTo(server(), here(), event, () => payload);
    } catch (error) {
      broker.logger.debug("Unread notifications could not be counted:", messageOf(error));
      emitTo(server(), here(), "resync", () => undefined);
    }
  }

  async function tellAll(): Promise<void> {
    isTelling = true;
    while (gone.size > 0) {
      await inSlices(gone.keys(), PACE, async (userId) => {
        const ids = [...gone.get(userId)!];
        // What goes from now on may not be counted yet, so it gets a turn of its own.
        gone.delete(userId);
        await send(userId, "notification:deleted", (unread) => ids.map((id) => ({ id, ...unread })));
      });
    }
    isTelling = false;
  }

  function tell(userIds: readonly string[], id: string): void {
    for (const userId of userIds) {
      if (connections.ofUsers([userId]).size === 0) continue;
      const ids = gone.get(userId);
      if (ids) ids.add(id);
      else gone.set(userId, new Set([id]));
    }
    if (!isTelling) void tellAll();
  }

  return {
    /** The user has read notifications, perhaps on another device. */
    read(userId: string): void {
      void send(userId, "notifications:read", (unread, upTo) => [{ upTo, ...unread }]);
    },

    tweetDeleted({ id, authorId, mentions }: Events["tweet.deleted"]): void {
      const { mentioned } = audiencesOf({ authorId, mentions });
      tell([...mentioned, ...connections.usersNotifiedBy(authorId)], id);
    },

    followDeleted({ id, followeeId }: Events["follow.deleted"]): void {
      tell([followeeId], id);
    },
  };
}
