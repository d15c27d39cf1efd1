import { setTimeout as pause } from "node:timers/promises";
import { checkOrder, type ListedTweet, readList, without } from "./lists.ts";
import type { LiveClient } from "./live.ts";
import { secondsSince } from "./measure.ts";
import { forEachAtOnce } from "./pool.ts";
import { showProgress } from "./progress.ts";
import type { Random } from "./random.ts";
import type { Run } from "./run.ts";

/** Lengths of pages, changed from page to page: pages that end in the list, at its end, and beyond it. */
const PAGE_LENGTHS = [13, 20, 37, 100];
/** Between looks at what is not yet as it must be, in milliseconds. */
const LOOK_AGAIN_MS = 250;

export interface AuditOptions {
  readonly random: Random;
  readonly concurrency: number;
  /** How long what is missing may take to appear, in milliseconds. */
  readonly settleMs: number;
}

/**
 * Compares every tweet, profile and feed with the oracle, and adds to the findings what is not as it must be when the
 * settling time is over. To be called when nobody writes any more.
 */
export async function audit(run: Run, options: AuditOptions): Promise<void> {
  const settledAt = performance.now() + options.settleMs;
  await auditTweets(run, options, settledAt);
  await auditLists(run, options, settledAt, "profile");
  const began = performance.now();
  await auditLists(run, options, settledAt, "feed");
  run.measures.auditSeconds = secondsSince(began);
}

/** Each tweet by its id: there, or gone when it was deleted. */
async function auditTweets(run: Run, { concurrency }: AuditOptions, settledAt: number): Promise<void> {
  const { client, oracle, findings } = run;
  const progress = showProgress("Checking tweets", oracle.tweets.size);
  await forEachAtOnce(oracle.tweets.keys(), concurrency, async (id) => {
    const wanted = oracle.isDeleted(id) ? 404 : 200;
    await untilSettled(settledAt, async (isLast) => {
      const { status } = await client.ask({ method: "GET", path: `/tweet/${id}`, wanted: [200, 404] });
      if (status === wanted) return true;
      if (isLast) findings.add(wanted === 200 ? "lost" : "unexpected", `${id} by its id: ${status}`);
      return false;
    });
    progress.done();
  });
  progress.end();
}

/** Everybody's list of one kind, page by page to its end. */
async function auditLists(
  run: Run,
  { random, concurrency }: AuditOptions,
  settledAt: number,
  kind: "profile" | "feed",
): Promise<void> {
  const { client, people, oracle, findings, measures } = run;
  const progress = showProgress(kind === "feed" ? "Comparing feeds" : "Comparing profiles", people.length);
  const onPage = (milliseconds: number) => {
    if (kind === "profile") return;
    measures.read.add(milliseconds);
    measures.pagesAudited += 1;
  };
  await forEachAtOnce(people.entries(), concurrency, async ([number, { username, token }]) => {
    const expected = kind === "feed" ? oracle.feedOf(number) : oracle.profileOf(number);
    const path = kind === "feed" ? "/feed" : `/user/${username}`;
    const name = `the ${kind} of ${username}`;
    await untilSettled(settledAt, async (isLast) => {
      const pageLength = () => random.pick(PAGE_LENGTHS);
      const tweets = await readList(client, { path, token }, pageLength, expected.length, onPage);
      const got = tweets.map(({ id }) => id);
      checkOrder(findings, name, got);
      const missing = without(expected, got);
      const unexpected = without(got, expected);
      if (missing.length + unexpected.length === 0) return true;
      if (isLast) {
        for (const id of missing) findings.add(kind === "feed" ? "missing" : "lost", `${id} in ${name}`);
        for (const id of unexpected) findings.add("unexpected", `${id} in ${name}`);
        if (kind === "profile") findTwins(run, name, tweets);
      }
      return false;
    });
    progress.done();
  });
  progress.end();
}

/** Two tweets with one text were posted under one key: every key has a text of its own. */
function findTwins({ findings }: Run, name: string, tweets: readonly ListedTweet[]): void {
  const byText = new Map<string, string>();
  for (const { id, text } of tweets) {
    const twin = byText.get(text);
    if (twin !== undefined && twin !== id) findings.add("keyTwice", `${twin} and ${id} in ${name}: ${text}`);
    byText.set(text, id);
  }
}

/**
 * Compares what each socket was told with what it should have been told, when all had time to come back. Only what is
 * certain is claimed: tweets that are still there, by authors who were followed for certain some time around.
 *
 * @param marginMs how long after a tweet's posting the follow must hold for the tweet to be due, since a sync that comes
 *   late does not bring it any more; and how long after an unfollow's answer tweets may still come
 */
export async function auditLive(
  { oracle, findings, measures, people }: Run,
  clients: readonly LiveClient[],
  { settleMs, marginMs }: { settleMs: number; marginMs: number },
): Promise<void> {
  const tweets = [...oracle.tweets.values()].filter(({ id }) => !oracle.isDeleted(id));
  const progress = showProgress("Comparing sockets", clients.length);
  const settledAt = performance.now() + settleMs;
  for (const { person, connectedAt, arrived, synced } of clients) {
    const due = tweets.filter(
      ({ author, sentAt, acknowledgedAt }) =>
        sentAt >= connectedAt && oracle.followsThroughout(person, author, sentAt, acknowledgedAt + marginMs),
    );
    const name = `a socket of ${people[person]!.username}`;
    await untilSettled(settledAt, (isLast) => {
      const missed = due.filter(({ id }) => !arrived.has(id) && !synced.has(id));
      if (isLast) for (const { id } of missed) findings.add("liveMissed", `${id} on ${name}`);
      return Promise.resolve(missed.length === 0);
    });
    for (const [id, at] of arrived) {
      const tweet = oracle.tweets.get(id);
      const mayBe = tweet && oracle.mayFollow(person, tweet.author, tweet.sentAt - marginMs, at);
      if (!mayBe) findings.add("unexpected", `${id} on ${name}`);
      if (tweet) measures.live.add(at - tweet.sentAt);
    }
    progress.done();
  }
  progress.end();
}

/** Looks again and again, until `look` returns true or the time is over; the last look is told so. */
async function untilSettled(settledAt: number, look: (isLast: boolean) => Promise<boolean>): Promise<void> {
  for (;;) {
    const isLast = performance.now() >= settledAt;
    if ((await look(isLast)) || isLast) return;
    await pause(LOOK_AGAIN_MS);
  }
}
