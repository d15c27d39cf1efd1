import { type Collection, type CollectionSpec, DuplicateKeyError } from "../../../seams/collections/collection.ts";
import type { Subject } from "./message.ts";

/** What is to be told to whom: one message to one browser. */
export interface Delivery {
  /** The message's key and the subscription: there is one document, so there is one push. */
  _id: string;
  subject: Subject;
  userId: string;
  subscriptionId: string;
  /** The push service's. */
  origin: string;
  /** Milliseconds since 1970. */
  happenedAt: number;
}

/**
 * A delivery as it is stored. `sending` is the claim: written directly before the request, and never sent again, also
 * when no outcome follows because the process died: the push service may have it. `waiting` was not taken (yet), and is
 * a to-do that outlives every process; `done` is over, one way or another.
 */
export interface DeliveryDoc extends Delivery {
  state: "sending" | "waiting" | "done";
  /** Tries that the push service refused. */
  attempts: number;
  /** Only while it waits: milliseconds since 1970. */
  retryAt?: number;
}

export const DELIVERIES: CollectionSpec = {
  name: "push_deliveries",
  indexes: [{ fields: { retryAt: 1 }, partial: { state: "waiting" } }, { fields: { happenedAt: 1 } }],
};

/** What happened is told for this long, in milliseconds: later, nobody wants to be woken for it. */
export const TOLD_FOR = 86_400_000;
/** A claim outlives everything that could send its message again, in milliseconds. */
const KEPT_FOR = TOLD_FOR + 2 * 3_600_000;

/** The store of deliveries: who was told what, and who is still to be told. */
export function createDeliveries(collection: Collection<DeliveryDoc>) {
  async function insert(delivery: Delivery, rest: Pick<DeliveryDoc, "state" | "retryAt">): Promise<boolean> {
    try {
      await collection.insert({ ...delivery, ...rest, attempts: 0 });
      return true;
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      return false;
    }
  }

  return {
    /** @returns whether it is the caller's to send: false when it was sent, or is another's */
    claim: (delivery: Delivery) => insert(delivery, { state: "sending" }),

    /** @returns the same for one that waits */
    claimWaiting: async (id: string) =>
      (await collection.updateOne(
        { _id: id, state: "waiting" },
        { $set: { state: "sending" }, $unset: { retryAt: true } },
      )) !== null,

    /** Leaves one that nobody has claimed for later. */
    async defer(delivery: Delivery, retryAt: number): Promise<void> {
      await insert(delivery, { state: "waiting", retryAt });
    },

    async finish(id: string): Promise<void> {
      await collection.updateById(id, { $set: { state: "done" }, $unset: { retryAt: true } });
    },

    /** The push service did not take it: once more, later. */
    async retry(id: string, retryAt: number): Promise<void> {
      await collection.updateOne(
        { _id: id, state: "sending" },
        { $set: { state: "waiting", retryAt }, $inc: { attempts: 1 } },
      );
    },

    /** Puts all off that wait for a push service which takes none at the moment. */
    async postpone(origin: string, retryAt: number): Promise<void> {
      await collection.updateMany({ state: "waiting", origin, retryAt: { $lt: retryAt } }, { $set: { retryAt } });
    },

    due: (now: number, limit: number) =>
      collection.find({ query: { state: "waiting", retryAt: { $lte: now } }, sort: ["retryAt"], limit, fresh: true }),

    purge: (now: number) => collection.removeMany({ happenedAt: { $lt: now - KEPT_FOR } }),
  };
}

export type Deliveries = ReturnType<typeof createDeliveries>;
