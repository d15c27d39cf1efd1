import pLimit, { type LimitFunction } from "p-limit";
import { messageOf } from "../../../lib/errors.ts";
import type { Caller } from "../../../contract/call.ts";
import type { Node } from "../../../seams/node.ts";
import { type Deliveries, type Delivery, type DeliveryDoc, TOLD_FOR } from "./deliveries.ts";
import type { Lanes, Place, Verdict } from "./lanes.ts";
import { handlingOf, keyOf, type Message, readMessage, type Subject } from "./message.ts";
import type { Outcome, Post } from "./post.ts";
import type { SubscriptionDoc, Subscriptions } from "./subscriptions.ts";

/** Sends of one piece of work at once: so that no more of a large author's stand in a line before a small author's. */
const AT_ONCE = 16;
/** How often a push service is asked to take one message: with the waits between, more than an hour. */
const MOST_ATTEMPTS = 10;
/** The wait after the first refusal, doubled with each, and the longest: also where a service asks for more. In ms. */
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 3_600_000;
/** The wait of what found no place in time, in milliseconds. */
const BUSY_WAIT = 2000;
/** One browser's "not before" closes its push service to all others no longer than this, in milliseconds. */
const LONGEST_CLOSED = 60_000;
/** How many of those that wait are taken up together. */
const RETRIES_AT_ONCE = 200;

/** What sending needs. */
export interface DeliverParts {
  node: Node;
  caller: Caller;
  deliveries: Deliveries;
  subscriptions: Subscriptions;
  lanes: Lanes;
  post: Post;
}

/** Something that happened, and when, in milliseconds since 1970. */
export interface Happening {
  subject: Subject;
  at: number;
}

/** Sends what happened to the browsers of those who are away: each once. */
export function createDeliver({ node, caller, deliveries, subscriptions, lanes, post }: DeliverParts) {
  const { addresses, broker, presence } = node;
  const underWay = new Set<Promise<void>>();

  /**
   * Which of the browsers have a session that lasts, and when their users were here last: who left after something
   * happened was told of it on the socket, however late it is asked.
   */
  async function reachable(found: SubscriptionDoc[]): Promise<{ target: SubscriptionDoc; lastHere: number }[]> {
    const live = await subscriptions.withLiveSession(caller, found);
    if (live.length === 0) return [];
    const userIds = [...new Set(live.map(({ userId }) => userId))];
    const times = await presence.lastHere(userIds);
    const byUser = new Map(userIds.map((userId, index) => [userId, times[index]!]));
    return live.map((target) => ({ target, lastHere: byUser.get(target.userId)! }));
  }

  /** In the place given: encrypts, claims, posts and notes the outcome, with nothing between claim and request. */
  async function send(
    place: Place,
    {
      delivery,
      target,
      message,
      attempts,
    }: { delivery: Delivery; target: SubscriptionDoc; message: Message; attempts: number },
    claim: () => Promise<boolean>,
  ): Promise<void> {
    let verdict: Verdict = null;
    try {
      const ttl = Math.max(0, Math.ceil((delivery.happenedAt + TOLD_FOR - Date.now()) / 1000));
      const request = await post.prepare(target, JSON.stringify(message), {
        ...handlingOf(delivery.subject, message),
        ttl,
      });
      if (!(await claim())) return;
      const outcome = await request();
      verdict = verdictOf(outcome);
      await settle(delivery, outcome, attempts);
    } finally {
      place.leave(verdict);
    }
  }

  async function settle({ _id, subscriptionId, origin, happenedAt }: Delivery, outcome: Outcome, attempts: number) {
    if (outcome.is !== "taken" && outcome.is !== "gone") {
      broker.logger.info(`A push to ${origin} was not taken (${outcome.is}):`, outcome.reason);
    }
    if (outcome.is === "gone") await subscriptions.forget(subscriptionId);
    if (outcome.is === "later") {
      const wait = Math.min(LONGEST_WAIT, Math.max(outcome.after ?? 0, FIRST_WAIT * 2 ** attempts));
      const retryAt = Date.now() + wait;
      if (attempts + 1 < MOST_ATTEMPTS && retryAt < happenedAt + TOLD_FOR) return deliveries.retry(_id, retryAt);
    }
    await deliveries.finish(_id);
  }

  async function first(target: SubscriptionDoc, { subject, at }: Happening, message: Message, until: number) {
    const { _id: subscriptionId, userId, endpoint } = target;
    const { origin } = new URL(endpoint);
    const _id = `${keyOf(subject)}:${subscriptionId}`;
    const delivery: Delivery = { _id, subject, userId, subscriptionId, origin, happenedAt: at };
    const place = await lanes.enter(origin, until);
    if (place) await send(place, { delivery, target, message, attempts: 0 }, () => deliveries.claim(delivery));
    else await deliveries.defer(delivery, timeFor(origin));
  }

  async function again(delivery: DeliveryDoc, target: SubscriptionDoc, message: Message, until: number) {
    const { _id, origin, attempts } = delivery;
    const place = await lanes.enter(origin, until);
    if (place) await send(place, { delivery, target, message, attempts }, () => deliveries.claimWaiting(_id));
    else await deliveries.postpone(origin, timeFor(origin));
  }

  /** When to try again what found no place. */
  function timeFor(origin: string): number {
    return Math.max(lanes.opensAt(origin), Date.now() + BUSY_WAIT);
  }

  /** Waits for work until then; what takes longer goes on by itself. @throws what fails until then */
  async function within(until: number, work: Promise<void>): Promise<void> {
    let late = false;
    const watched = work.catch((error: unknown) => {
      if (!late) throw error;
      broker.logger.warn("The outcome of a push could not be noted:", messageOf(error));
    });
    const tracked = watched.catch(() => undefined).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(
        () => {
          late = true;
          resolve();
        },
        Math.max(0, until - Date.now()),
      );
    });
    await Promise.race([watched, timeout]);
    clearTimeout(timer);
  }

  /** So many at once for each push service: those of a slow one don't stand before the others'. */
  async function each<T extends { origin: string }>(all: T[], until: number, work: (one: T) => Promise<void>) {
    const limits = new Map<string, LimitFunction>();
    await Promise.all(
      all.map((one) => {
        const limit = limits.get(one.origin) ?? pLimit(AT_ONCE);
        limits.set(one.origin, limit);
        return limit(() => within(until, work(one)));
      }),
    );
  }

  /** Sends again what is due. What can't be sent any more, or need not, is over. */
  async function retryBatch(due: DeliveryDoc[], until: number): Promise<void> {
    const found = await subscriptions.byIds(due.map(({ subscriptionId }) => subscriptionId));
    const targets = new Map((await reachable(found)).map((one) => [one.target._id, one]));
    const messages = new Map<string, Promise<Message | null>>();
    await each(due, until, async (delivery) => {
      const { subject } = delivery;
      const key = keyOf(subject);
      const reading = messages.get(key) ?? readMessage(caller, subject, addresses);
      messages.set(key, reading);
      const message = await reading;
      const { target, lastHere = Infinity } = targets.get(delivery.subscriptionId) ?? {};
      const { happenedAt } = delivery;
      if (message && target && lastHere <= happenedAt && Date.now() < happenedAt + TOLD_FOR) {
        await again(delivery, target, message, until);
      } else await deliveries.finish(delivery._id);
    });
  }

  return {
    /**
     * Tells those of the users who are away.
     *
     * @param until how long to wait at most, in milliseconds since 1970. What is not on its way then is left for later
     * @throws when it can't be found out who is to be told; to be done again then
     */
    async tell(userIds: string[], happening: Happening, until: number): Promise<void> {
      const found = await reachable(await subscriptions.ofUsers(userIds));
      const targets = found.filter(({ lastHere }) => lastHere <= happening.at).map(({ target }) => target);
      if (targets.length === 0) return;
      const message = await readMessage(caller, happening.subject, addresses);
      if (!message) return;
      const withOrigin = targets.map((target) => ({ target, origin: new URL(target.endpoint).origin }));
      await each(withOrigin, until, ({ target }) => first(target, happening, message, until));
    },

    /** Sends what waited for its time. @param until as for `tell` */
    async retryDue(until: number): Promise<void> {
      while (Date.now() < until) {
        const due = await deliveries.due(Date.now(), RETRIES_AT_ONCE);
        if (due.length === 0) return;
        await retryBatch(due, until);
      }
    },

    /** Waits for the requests that are out: their outcomes are to be noted. */
    async drain(): Promise<void> {
      await Promise.all(underWay);
    },
  };
}

export type Deliver = ReturnType<typeof createDeliver>;

/** What a request says of its push service. */
function verdictOf(outcome: Outcome): Verdict {
  if (outcome.is === "later") return { worked: false, pause: Math.min(LONGEST_CLOSED, outcome.after ?? 0) };
  return { worked: outcome.is !== "unknown", pause: 0 };
}
