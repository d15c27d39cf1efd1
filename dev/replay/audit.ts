import { setTimeout as pause } from "node:timers/promises";
import { checkOrder, type ListedTweet, readList, without } from "./lists.ts";
import type { LiveClient } from "./live.ts";
import { secondsSince } from "./measure.ts";
import { forEachAtOnce } from "./for-each-at-once.ts";
import { showProgress } from "./progress.ts";
import type { Random } from "./random.ts";
import type { Run } from "./run.ts";

/** Page lengths to choose from: they make pages end within a list, at its end and beyond it. */
const PAGE_LENGTHS = [13, 20, 37, 100];
/** Pause before a failed comparison is repeated. */
const CHECK_INTERVAL_MS = 250;

export interface AuditOptions {
  readonly random: Random;
  readonly concurrency: number;
  /** Time that missing tweets have to appear. */
  readonly settleMs: number;
}

/**
 * Compares every tweet, profile and feed with the oracle, and records each difference that is left after the settling
 * time. Call this once all writes have ended.
 */
export async function audit(run: Run, options: AuditOptions): Promise<void> {
  const settledAt = performance.now() + options.settleMs;
  await auditTweets(run, options, settledAt);
  await auditLists(run, options, settledAt, "profile");
  const began = performance.now();
  await auditLists(run, options, settledAt, "feed");
  run.measures.auditSeconds = secondsSince(began);
}

/** Reads each tweet by its id: 200, or 404 once deleted. */
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

/** Reads one list of every person, page by page to its end. */
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

/** Finds two tweets with the same text. Each key has its own text, so such tweets were posted under one key. */
function findTwins({ findings }: Run, name: string, tweets: readonly ListedTweet[]): void {
  const byText = new Map<string, string>();
  for (const { id, text } of tweets) {
    const twin = byText.get(text);
    if (twin !== undefined && twin !== id) findings.add("keyTwice", `${twin} and ${id} in ${name}: ${text}`);
    byText.set(text, id);
  }
}

/**
 * Compares the tweets that each socket received with those that were due. Only certain cases count: tweets that are not
 * deleted, by authors whom the person certainly followed around the time of posting.
 *
 * @param marginMs time after the posting for which the follow must hold, because a late sync skips authors who were
 *   unfollowed; also the time after an unfollow's answer within which tweets may still arrive
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

/** Repeats a check until it returns true or the time is over. The last check gets `isLast`. */
async function untilSettled(settledAt: number, check: (isLast: boolean) => Promise<boolean>): Promise<void> {
  for (;;) {
    const isLast = performance.now() >= settledAt;
    if ((await check(isLast)) || isLast) return;
    await pause(CHECK_INTERVAL_MS);
  }
}
