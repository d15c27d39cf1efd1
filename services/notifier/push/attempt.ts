import type { ServiceBroker } from "moleculer";
import { type Deliveries, type Delivery, PUSH_TTL_MS } from "./deliveries.ts";
import type { Lanes, Slot, Verdict } from "./lanes.ts";
import { handlingOf, type Message } from "./message.ts";
import type { Outcome, Post } from "./post.ts";
import type { SubscriptionDoc, Subscriptions } from "./subscriptions.ts";

/** A push service is asked this many times to take one message; the waits in between add up to 17 minutes or more. */
const ATTEMPTS_LIMIT = 10;
/** The wait after the first refusal. It doubles with each further refusal. */
const FIRST_WAIT_MS = 2000;
/** The longest wait, even if a push service asks for more. */
const LONGEST_WAIT_MS = 3_600_000;
/** A push that found no free slot before its deadline waits at least this long. */
const BUSY_WAIT_MS = 2000;
/** A Retry-After may be meant for one browser only, so all other pushes to the service wait no longer than this. */
const LONGEST_CLOSED_MS = 60_000;

/** A push that is ready to send: the message, and the browser that gets it. */
export interface Push {
  delivery: Delivery;
  target: SubscriptionDoc;
  message: Message;
}

interface AttemptParts {
  deliveries: Deliveries;
  subscriptions: Subscriptions;
  lanes: Lanes;
  post: Post;
  logger: ServiceBroker["logger"];
}

/** Makes single attempts to send a push to a browser, and stores their outcomes. */
export function createAttempt({ deliveries, subscriptions, lanes, post, logger }: AttemptParts) {
  /** Encrypts a push, claims it, sends the request with nothing in between, and stores the outcome. */
  async function send(slot: Slot, { delivery, target, message }: Push, claim: () => Promise<boolean>): Promise<void> {
    let verdict: Verdict = null;
    try {
      const ttl = Math.max(0, Math.ceil((delivery.happenedAt + PUSH_TTL_MS - Date.now()) / 1000));
      const handling = { ...handlingOf(delivery.subject, message), ttl };
      const request = await post.prepare(target, JSON.stringify(message), handling);
      if (!(await claim())) return;
      const outcome = await request();
      verdict = verdictOf(outcome);
      await settle(delivery, outcome);
    } finally {
      slot.release(verdict);
    }
  }

  async function settle(delivery: Delivery, outcome: Outcome): Promise<void> {
    const { _id, subscriptionId, origin, happenedAt, attempts } = delivery;
    if (outcome.is !== "taken" && outcome.is !== "gone") {
      logger.info(`A push to ${origin} was not taken (${outcome.is}):`, outcome.reason);
    }
    if (outcome.is === "gone") await subscriptions.forget(subscriptionId);
    if (outcome.is === "later") {
      const wait = Math.min(LONGEST_WAIT_MS, Math.max(outcome.retryAfterMs ?? 0, FIRST_WAIT_MS * 2 ** attempts));
      const retryAt = Date.now() + wait;
      if (attempts + 1 < ATTEMPTS_LIMIT && retryAt < happenedAt + PUSH_TTL_MS) return deliveries.retry(_id, retryAt);
    }
    await deliveries.finish(_id);
  }

  /** When a push that found no slot is tried again, in milliseconds since 1970. */
  function nextTryAt(origin: string): number {
    return Math.max(lanes.opensAt(origin), Date.now() + BUSY_WAIT_MS);
  }

  return {
    /**
     * Sends a push that may not be stored yet, or stores it for later if no slot gets free in time. Does nothing when
     * the push was sent before.
     *
     * @param until the deadline for a slot, in milliseconds since 1970
     */
    async first(push: Push, until: number): Promise<void> {
      const { delivery } = push;
      const slot = await lanes.acquire(delivery.origin, until);
      if (slot) await send(slot, push, () => deliveries.claim(delivery));
      else await deliveries.defer(delivery, nextTryAt(delivery.origin));
    },

    /** Sends a push that waits. If no slot gets free before `until`, all waiting pushes to its service wait longer. */
    async again(push: Push, until: number): Promise<void> {
      const { _id, origin } = push.delivery;
      const slot = await lanes.acquire(origin, until);
      if (slot) await send(slot, push, () => deliveries.claimWaiting(_id));
      else await deliveries.postpone(origin, nextTryAt(origin));
    },
  };
}

export type Attempt = ReturnType<typeof createAttempt>;

/** Concludes from the outcome of a request how its push service is doing. */
function verdictOf(outcome: Outcome): Verdict {
  if (outcome.is !== "later") return { worked: outcome.is !== "unknown", pauseMs: 0 };
  return { worked: false, pauseMs: Math.min(LONGEST_CLOSED_MS, outcome.retryAfterMs ?? 0) };
}
