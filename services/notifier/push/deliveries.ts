import type { Collection, CollectionSpec } from "../../../seams/collections/collection.ts";
import { insertIfFree } from "../../../seams/collections/insert.ts";
import type { Subject } from "./message.ts";

/** The tweet or the follow that a push is about, and its time in milliseconds since 1970. */
export interface Happening {
  subject: Subject;
  happenedAt: number;
}

/** One message to one browser. */
export interface Delivery extends Happening {
  /** The subject's key and the subscription's id: one document for each such pair, and so one push. */
  _id: string;
  userId: string;
  subscriptionId: string;
  /** The origin of the push service. */
  origin: string;
  /** The number of times that the push service refused the message. */
  attempts: number;
}

/**
 * A delivery as stored. `sending` is the claim, written directly before the request. A claimed push is never sent
 * again, even if no outcome follows because the process died: the push service may have taken the message. `waiting` is
 * a to-do that outlives every process, because the message was not taken yet. `done` is final, whatever the outcome.
 */
export interface DeliveryDoc extends Delivery {
  state: "sending" | "waiting" | "done";
  /** Milliseconds since 1970; only while `waiting`. */
  retryAt?: number;
}

export const DELIVERIES: CollectionSpec = {
  name: "push_deliveries",
  indexes: [{ fields: { retryAt: 1 }, partial: { state: "waiting" } }, { fields: { happenedAt: 1 } }],
};

/** Tweets and follows older than this are not pushed: by then nobody wants to be woken for them. */
export const PUSH_TTL_MS = 86_400_000;
/**
 * A delivery is kept two hours longer than its push may be sent, so that nothing can send the message a second time.
 */
const KEPT_FOR_MS = PUSH_TTL_MS + 2 * 3_600_000;

/** The store of deliveries: the pushes that were sent, and those that wait. */
export function createDeliveries(collection: Collection<DeliveryDoc>) {
  return {
    /** Claims a push that is not stored yet. @returns false when it was sent before, or another node has claimed it */
    claim: async (delivery: Delivery): Promise<boolean> =>
      (await insertIfFree(collection, { ...delivery, state: "sending" })).inserted !== null,

    /** Claims a push that waits. @returns as {@link claim} */
    claimWaiting: async (id: string): Promise<boolean> =>
      (await collection.updateOne(
        { _id: id, state: "waiting" },
        { $set: { state: "sending" }, $unset: { retryAt: true } },
      )) !== null,

    /** Stores a push that nobody has claimed, to be sent at `retryAt`. */
    async defer(delivery: Delivery, retryAt: number): Promise<void> {
      await insertIfFree(collection, { ...delivery, state: "waiting", retryAt });
    },

    async finish(id: string): Promise<void> {
      await collection.updateById(id, { $set: { state: "done" }, $unset: { retryAt: true } });
    },

    /** Stores that the push service refused a claimed push, and that the push is to be sent again at `retryAt`. */
    async retry(id: string, retryAt: number): Promise<void> {
      await collection.updateOne(
        { _id: id, state: "sending" },
        { $set: { state: "waiting", retryAt }, $inc: { attempts: 1 } },
      );
    },

    /** Delays all waiting pushes to a push service that takes none at the moment. */
    async postpone(origin: string, retryAt: number): Promise<void> {
      await collection.updateMany({ state: "waiting", origin, retryAt: { $lt: retryAt } }, { $set: { retryAt } });
    },

    /** The pushes whose wait was over at `now`, those that have been due longest first. */
    due: (now: number, limit: number): Promise<DeliveryDoc[]> =>
      collection.find({ query: { state: "waiting", retryAt: { $lte: now } }, sort: ["retryAt"], limit, fresh: true }),

    /** Removes old deliveries. @returns their number */
    purge: (now: number): Promise<number> => collection.removeMany({ happenedAt: { $lt: now - KEPT_FOR_MS } }),
  };
}

export type Deliveries = ReturnType<typeof createDeliveries>;
