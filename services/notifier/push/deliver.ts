import type { ServiceBroker } from "moleculer";
import type { Addresses } from "../../../contract/addresses.ts";
import type { Caller } from "../../../contract/call.ts";
import type { Presence } from "../../../seams/presence/presence.ts";
import type { Attempt } from "./attempt.ts";
import { type Deliveries, type Delivery, type DeliveryDoc, type Happening, PUSH_TTL_MS } from "./deliveries.ts";
import { keyOf, type Message, readMessage } from "./message.ts";
import { createSends } from "./sends.ts";
import type { SubscriptionDoc, Subscriptions } from "./subscriptions.ts";

/** A round of retries reads this many due pushes at a time. */
const RETRY_PAGE = 200;

interface DeliverParts {
  /** The caller of actions for retries, which belong to no request. */
  broker: ServiceBroker;
  presence: Presence;
  addresses: Addresses;
  subscriptions: Subscriptions;
  deliveries: Deliveries;
  attempt: Attempt;
}

/** A browser, and the time at which its user last had an open socket: as {@link Presence.lastHere} returns it. */
interface Browser {
  target: SubscriptionDoc;
  lastHere: number;
}

/** Pushes tweets and follows to the browsers of absent users, once to each browser. */
export function createDeliver(parts: DeliverParts) {
  const { broker, presence, addresses, subscriptions, deliveries, attempt } = parts;
  const sends = createSends(broker.logger);

  /**
   * The browsers whose session is still alive. Callers compare `lastHere` with the time of the tweet, not with the
   * present: a user who left after the tweet got it on the socket, however late this job runs.
   */
  async function reachable(caller: Caller, found: SubscriptionDoc[]): Promise<Browser[]> {
    const live = await subscriptions.withLiveSession(caller, found);
    if (live.length === 0) return [];
    const userIds = [...new Set(live.map(({ userId }) => userId))];
    const times = await presence.lastHere(userIds);
    const byUser = new Map(userIds.map((userId, index) => [userId, times[index]!]));
    return live.map((target) => ({ target, lastHere: byUser.get(target.userId)! }));
  }

  /** Tries due pushes again. A push that can't or need not be sent any more is finished. */
  async function retryPage(due: DeliveryDoc[], until: number): Promise<void> {
    const found = await subscriptions.byIds(due.map(({ subscriptionId }) => subscriptionId));
    const browsers = new Map((await reachable(broker, found)).map((browser) => [browser.target._id, browser]));
    const messages = new Map<string, Promise<Message | null>>();
    await sends.each(due, until, async (delivery) => {
      const { subject, happenedAt } = delivery;
      const key = keyOf(subject);
      const reading = messages.get(key) ?? readMessage(broker, subject, addresses);
      messages.set(key, reading);
      const message = await reading;
      const { target, lastHere = Infinity } = browsers.get(delivery.subscriptionId) ?? {};
      const isWanted = lastHere <= happenedAt && Date.now() < happenedAt + PUSH_TTL_MS;
      if (message && target && isWanted) await attempt.again({ delivery, target, message }, until);
      else await deliveries.finish(delivery._id);
    });
  }

  return {
    /**
     * Pushes a tweet or a follow to those users who were absent when it happened.
     *
     * @param until the deadline, in milliseconds since 1970: pushes that are not under way by then are left for later
     * @throws when subscriptions, sessions, presence or the tweet can't be read; the caller must then try again
     */
    async toUsers(caller: Caller, userIds: string[], happening: Happening, until: number): Promise<void> {
      const found = await reachable(caller, await subscriptions.ofUsers(userIds));
      const targets = found.filter(({ lastHere }) => lastHere <= happening.happenedAt).map(({ target }) => target);
      if (targets.length === 0) return;
      const message = await readMessage(caller, happening.subject, addresses);
      if (!message) return;
      const pushes = targets.map((target) => ({ target, origin: new URL(target.endpoint).origin }));
      await sends.each(pushes, until, ({ target, origin }) =>
        attempt.first({ delivery: newDelivery(happening, target, origin), target, message }, until),
      );
    },

    /** Sends the pushes whose wait is over. @param until as for {@link toUsers} */
    async retryDue(until: number): Promise<void> {
      while (Date.now() < until) {
        const due = await deliveries.due(Date.now(), RETRY_PAGE);
        if (due.length === 0) return;
        await retryPage(due, until);
      }
    },

    /** Waits for the requests under way, so that their outcomes are stored. */
    drain: () => sends.drain(),
  };
}

export type Deliver = ReturnType<typeof createDeliver>;

function newDelivery({ subject, happenedAt }: Happening, target: SubscriptionDoc, origin: string): Delivery {
  const { _id: subscriptionId, userId } = target;
  const _id = `${keyOf(subject)}:${subscriptionId}`;
  return { _id, subject, happenedAt, userId, subscriptionId, origin, attempts: 0 };
}
