import { followRequest } from "./follows.ts";
import { checkOrder } from "./lists.ts";
import { secondsSince } from "./measure.ts";
import type { Step } from "./plan.ts";
import { forEachAtOnce } from "./for-each-at-once.ts";
import type { Run } from "./run.ts";

interface Tweet {
  readonly id: string;
}

/**
 * Carries out steps, several at once, and records each acknowledged one in the oracle. Steps for the same pair of people,
 * or for the same tweet, run one after the other, so that their outcome is certain.
 *
 * @param steps in the order of their start
 */
export async function runLoad(
  run: Run,
  steps: Iterable<Step> | AsyncIterable<Step>,
  concurrency: number,
): Promise<void> {
  const { client, people, tag, oracle, measures, findings, uncertain } = run;
  const posted = new Map<number, Promise<string>>();
  const pairs = new Map<string, Promise<void>>();

  async function tweet(who: number, nth: number): Promise<string> {
    const key = `${tag}-${nth}`;
    const text = `Tweet ${nth} of replay ${tag}`;
    const sentAt = performance.now();
    const token = people[who]!.token;
    const { body } = await client.ask<Tweet>({
      method: "POST",
      path: `/tweet/${key}`,
      token,
      body: { text },
      wanted: [201, 200],
    });
    const acknowledgedAt = performance.now();
    oracle.posted({ id: body.id, key, text, author: who, sentAt, acknowledgedAt });
    measures.post.add(acknowledgedAt - sentAt);
    measures.deliveriesDue += oracle.followersOf(who) + 1;
    return body.id;
  }

  async function remove(who: number, id: string): Promise<void> {
    const { token } = people[who]!;
    const { status, failedTries } = await client.ask({
      method: "DELETE",
      path: `/tweet/${id}`,
      token,
      wanted: [204, 404],
    });
    // After a lost answer the tweet may be gone already; at the first try it must exist.
    if (status === 404 && failedTries === 0) findings.add("lost", `${id} before its deletion`);
    oracle.deleted(id);
  }

  async function changeFollow(does: "follow" | "unfollow", who: number, whom: number): Promise<void> {
    const pair = `${who},${whom}`;
    if (uncertain.has(pair)) return;
    const sentAt = performance.now();
    const request = followRequest(does === "follow" ? "PUT" : "DELETE", people[who]!, people[whom]!);
    const { failedTries } = await client.ask(request);
    if (failedTries > 0) uncertain.add(pair);
    const when = { sentAt, acknowledgedAt: performance.now() };
    if (does === "follow") oracle.followed(who, whom, when);
    else oracle.unfollowed(who, whom, when);
  }

  async function read(who: number): Promise<void> {
    const { token, username } = people[who]!;
    const began = performance.now();
    const { body } = await client.ask<{ tweets: Tweet[] }>({ method: "GET", path: "/feed", token, wanted: [200] });
    measures.read.add(performance.now() - began);
    checkOrder(
      findings,
      `the feed of ${username}`,
      body.tweets.map(({ id }) => id),
    );
  }

  async function perform(step: Step): Promise<void> {
    switch (step.does) {
      case "tweet": {
        const done = tweet(step.who, step.nth);
        posted.set(step.nth, done);
        await done;
        return;
      }
      case "delete": {
        const id = await posted.get(step.nth)!;
        posted.delete(step.nth);
        return remove(step.who, id);
      }
      case "follow":
      case "unfollow": {
        const pair = `${step.who},${step.whom}`;
        const before = pairs.get(pair) ?? Promise.resolve();
        const done = before.then(() => changeFollow(step.does, step.who, step.whom));
        pairs.set(pair, done);
        return done;
      }
      case "read":
        return read(step.who);
    }
  }

  const began = performance.now();
  await forEachAtOnce(steps, concurrency, perform);
  measures.loadSeconds += secondsSince(began);
}
