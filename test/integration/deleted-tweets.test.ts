import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { idAt } from "../../lib/snowflake.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { sweepTombstones } from "../../services/tweets/sweep.ts";
import { tombstoneUpdate, type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import { describeStores } from "../support/stores.ts";

const DAY_MS = 86_400_000;
/** More than two batches. */
const OLD = 450;

await describeStores("tombstones", (store) => {
  let tweets: Collection<TweetDoc>;

  beforeAll(async () => {
    tweets = store().collection(TWEETS);
    await tweets.connect();
  });
  afterAll(() => tweets?.disconnect());

  it("are removed 90 days after the deletion, by an index, even if two nodes do so at once", async () => {
    const created = Date.now() - 1000 * DAY_MS;
    const tweet = (n: number): TweetDoc => {
      return { _id: idAt(created + n), key: `k${n}`, authorId: "1", text: "x", delivered: true, notified: true };
    };
    const docs = Array.from({ length: OLD + 3 }, (_, n) => tweet(n));
    await tweets.insertMany(docs);
    const remove = (doc: TweetDoc, daysAgo: number) =>
      tweets.updateById(doc._id, tombstoneUpdate("1", Date.now() - daysAgo * DAY_MS));
    await Promise.all(docs.slice(0, OLD).map((doc, n) => remove(doc, 91 + n)));
    await remove(docs[OLD]!, 89);
    await remove(docs[OLD + 1]!, 0);
    await store().db?.command({ profile: 2 });

    await Promise.all([sweepTombstones(tweets), sweepTombstones(tweets)]);

    expect((await tweets.find({})).map(({ key }) => key).sort()).toEqual([`k${OLD}`, `k${OLD + 1}`, `k${OLD + 2}`]);
    const looks = await store().db?.collection("system.profile").find({ "command.filter.deleted": true }).toArray();
    for (const look of looks ?? []) {
      expect(look["planSummary"]).toBe("IXSCAN { deletedAt: 1 }");
      expect(look["docsExamined"]).toBe(look["nreturned"]);
    }
    expect(looks?.length ?? 3).toBeGreaterThanOrEqual(3);
  });
});
