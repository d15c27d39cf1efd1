import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import {
  closeAllLive,
  connectLive,
  createCast,
  createApi,
  eventually,
  expectProblem,
  temporaryFolder,
} from "../helper.ts";
import { withStore } from "../support/store.ts";

let folder: string;
let server: StartedServer;

const start = () => startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000" });

beforeEach(async () => {
  folder = await temporaryFolder();
  server = await start();
});
afterEach(async () => {
  await closeAllLive();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Moves the deletion of a tweet two minutes into the past. */
async function age(): Promise<void> {
  await server.stop();
  await withStore(folder, async (store) => {
    const tweets = store.collection<TweetDoc>(TWEETS);
    await tweets.connect();
    for (const { _id, deletedAt } of await tweets.find({})) {
      if (deletedAt !== undefined) await tweets.updateById(_id, { $set: { deletedAt: deletedAt - 120_000 } });
    }
  });
  server = await start();
}

it("a deletion is announced again when repeated at once, but not when it is long past", async () => {
  const { alice } = await createCast(server.url, "alice");
  const { id } = await alice.tweet("soon gone");
  await alice.untweet(id);

  const live = await connectLive(server.url, alice.token);
  expectProblem(await alice.api.delete(`/tweet/${id}`), 404);
  await eventually(() => expect(live.deleted).toEqual([id]));

  await age();
  const later = await connectLive(server.url, alice.token);
  expectProblem(await createApi(server.url, alice.token).delete(`/tweet/${id}`), 404);
  const last = (await createApi(server.url, alice.token).post<{ id: string }>("/tweet", { text: "told after" })).body;
  await createApi(server.url, alice.token).delete(`/tweet/${last.id}`);
  await eventually(() => expect(later.deleted).toContain(last.id));
  expect(later.deleted).toEqual([last.id]);
});
