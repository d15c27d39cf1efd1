// The bare engine beside posts on MongoDB: inserts of the same documents, acknowledged by a majority, from one process.
import { MongoClient } from "mongodb";
import { tweetMaker } from "../../store/bare-tweets.ts";

/** Sent to the process. It answers with `InsertsDone`. */
export interface InsertsOrder {
  readonly atOnce: number;
  readonly seconds: number;
}

export interface InsertsDone {
  readonly inserted: number;
  /** From the first insert to the last acknowledgement. */
  readonly seconds: number;
}

process.once("message", ({ mongoUrl }: { mongoUrl: string }) => {
  const client = new MongoClient(mongoUrl, { writeConcern: { w: "majority" } });
  const tweets = client.db().collection<{ _id: string }>("bench_tweets");
  const make = tweetMaker();

  async function insert({ atOnce, seconds }: InsertsOrder): Promise<InsertsDone> {
    const began = performance.now();
    const end = began + seconds * 1000;
    let inserted = 0;
    const keepInserting = async () => {
      for (; performance.now() < end; inserted++) await tweets.insertOne(make());
    };
    await Promise.all(Array.from({ length: atOnce }, keepInserting));
    return { inserted, seconds: (performance.now() - began) / 1000 };
  }

  process.on("message", (order: InsertsOrder) => void insert(order).then((done) => process.send!(done)));
  process.once("disconnect", () => process.exit());
  void client.connect().then(() => process.send!({ port: 0 }));
});
