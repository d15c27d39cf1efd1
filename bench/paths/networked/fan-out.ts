import { forEachAtOnce } from "../../../dev/replay/for-each-at-once.ts";
import { type Person, signUp } from "../../../dev/replay/people.ts";
import { SERVER_NAMES } from "../../../dev/servers/index.ts";
import { chunksOf } from "../../../lib/chunks.ts";
import { idAt } from "../../../lib/snowflake.ts";
import { openMongo } from "../../../seams/collections/mongo-seams.ts";
import { type FollowDoc, followId, FOLLOWS } from "../../../services/graph/follow-doc.ts";
import type { PushesDone, PushesOrder } from "../bare/redis-pushes.ts";
import { createMeter, type Meter } from "../cpu.ts";
import { httpRows, sampleOf } from "../http-side.ts";
import type { Path, Sample, Stage } from "../path.ts";
import { idOf, post, until } from "../people.ts";
import { startBare } from "../start-bare.ts";
import { type Lists, openLists } from "./lists.ts";
import { type Networked, startNetworked } from "./system.ts";

const FOLLOWERS = 10_000;
const OTHER_SIZES = [1000, 100_000];
const QUICK_FOLLOWERS = 300;
/** The default limit is smaller than the largest audience. */
const FANOUT_LIMIT = "1000000";
const ENTRIES_BEFORE = 20;
/** Followers whose lists are watched: the first, the last, and others between, so that a fan-out is over with them. */
const WATCHED = 30;
const LOOK_EVERY_MS = 5;
const BATCH = 5000;
const READS_AT_ONCE = 100;
const REST_SECONDS = 3;
const TWEETS_OF_OTHER_SIZES = 3;

/** An author and the ids of the followers. */
interface Audience {
  readonly author: Person;
  readonly followers: readonly string[];
}

export const fanOut: Path = {
  about: `fan-out of tweets to ${FOLLOWERS} active followers each, from the answer to the last list, one tweet at a time`,
  beside: "LPUSHX to random keys of the same Redis in pipelines of 500",
  needs: SERVER_NAMES,
  rows: httpRows(0.3),
  async open(stage) {
    const { isQuick, seconds: effortSeconds } = stage.effort;
    const system = await startNetworked(stage, { env: { FANOUT_LIMIT } });
    const lists = openLists(system.redis.url, stage);
    const sizes = isQuick ? [QUICK_FOLLOWERS] : [FOLLOWERS, ...OTHER_SIZES];
    const audiences = await gather(stage, system, lists, sizes);
    const audience = audiences[0]!;
    const bare = await startBare("redis-pushes", { port: system.redis.port, keys: audience.followers.length }, stage);
    const rest = isQuick ? effortSeconds : REST_SECONDS;
    const meter = await createMeter(system.processes, rest);
    const bareMeter = await createMeter({ pusher: [bare.pid], redis: [system.redis.pid] }, rest);
    let newest: string | null = null;

    async function deliver(to: Audience, isOver: (tweets: number) => boolean, by: Meter): Promise<Sample> {
      const { result, micros } = await by.measure(async () => {
        let milliseconds = 0;
        let tweets = 0;
        do {
          newest = await post(system.client, to.author, `Tweet ${tweets} to many followers.`);
          const acknowledgedAt = performance.now();
          await arrival(lists, to.followers, newest);
          milliseconds += performance.now() - acknowledgedAt;
          tweets++;
        } while (!isOver(tweets));
        return { deliveries: tweets * to.followers.length, seconds: milliseconds / 1000 };
      });
      return sampleOf(result.deliveries, result.seconds, micros);
    }

    return {
      ours(seconds) {
        const end = performance.now() + seconds * 1000;
        return deliver(audience, () => performance.now() > end, meter);
      },
      async bare(seconds) {
        const order: PushesOrder = { seconds };
        const { result, micros } = await bareMeter.measure(() => bare.ask<PushesDone>(order));
        return sampleOf(result.pushes, result.seconds, micros);
      },
      async audit() {
        if (newest === null) return [];
        const lacking = await without(lists, audience.followers, newest);
        return lacking === 0 ? [] : [`${lacking} lists lack the newest tweet, or have it not once.`];
      },
      async details() {
        const costs: Record<string, number> = {};
        for (const other of audiences.slice(1)) {
          const { CPU } = await deliver(other, (tweets) => tweets === TWEETS_OF_OTHER_SIZES, meter);
          costs[`µs of CPU a delivery, ${other.followers.length} followers`] = CPU!;
        }
        return costs;
      },
    };
  },
};

/** Makes an author for each size, and for each follower a follow in MongoDB and a list in Redis. */
async function gather(
  { say, onEnd }: Stage,
  { client, mongo }: Networked,
  lists: Lists,
  sizes: readonly number[],
): Promise<Audience[]> {
  const ids = Array.from({ length: Math.max(...sizes) }, (_, n) => idAt(Date.UTC(2025, 0, 1) + n));
  say(`making ${ids.length} lists`);
  await lists.make(ids, ENTRIES_BEFORE);
  const complain = (...what: unknown[]) => console.error(...what);
  const store = openMongo(mongo.url, { warn: complain, error: complain });
  await store.open();
  onEnd(() => store.close());
  const follows = store.collection<FollowDoc>(FOLLOWS);
  await follows.connect();
  const audiences: Audience[] = [];
  for (const size of sizes) {
    say(`making ${size} followers`);
    const author = await signUp(client, `author${size}`);
    const followeeId = await idOf(client, author);
    const docs = ids.slice(0, size).map((followerId, n): FollowDoc => {
      const seq = idAt(Date.UTC(2026, 0, 1) + n);
      return { _id: followId(followerId, followeeId), seq, followerId, followeeId, notify: true };
    });
    for (const some of chunksOf(docs, BATCH)) await follows.insertMany(some);
    audiences.push({ author, followers: ids.slice(0, size) });
  }
  return audiences;
}

/** Waits until the lists of the followers have a tweet, going by those of some. */
async function arrival({ store }: Lists, followers: readonly string[], id: string): Promise<void> {
  const step = (followers.length - 1) / (WATCHED - 1);
  for (let n = 0; n < WATCHED; n++) {
    const follower = followers[Math.round(n * step)]!;
    const has = async () => (await store.read(follower, { limit: 1 }))?.ids[0] === id;
    await until(has, `The tweet ${id} was not delivered.`, { everyMs: LOOK_EVERY_MS });
  }
}

/** @returns the number of lists that don't have a tweet once */
async function without({ store }: Lists, followers: readonly string[], id: string): Promise<number> {
  let lacking = 0;
  await forEachAtOnce(followers, READS_AT_ONCE, async (follower) => {
    const ids = (await store.read(follower, { limit: ENTRIES_BEFORE }))?.ids ?? [];
    if (ids.filter((each) => each === id).length !== 1) lacking++;
  });
  return lacking;
}
