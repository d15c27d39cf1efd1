import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { followRequest } from "../../../dev/replay/follows.ts";
import { type Person, signUp } from "../../../dev/replay/people.ts";
import { temporaryFolder } from "../../../dev/servers/guard.ts";
import { STORE_FILE } from "../../../seams/collections/sqlite/store.ts";
import { generateTown, nameOf, type Size } from "../../store/generate.ts";
import type { Path, Sample, Stage } from "../path.ts";
import { feedOf, idOf, type Page } from "../people.ts";
import type { System } from "../system.ts";
import { startOn } from "./system.ts";

const SIZE: Size = { tweets: 1_000_000, people: 10_000, followed: 1000 };
const QUICK_SIZE: Size = { tweets: 4000, people: 60, followed: 30 };
/** The product's default length of a home list, and one more that tells whether there are older tweets. */
const LIST_LENGTH = 800;
const PAGE = 20;
const PAGES_DEEP = 200;
const WALK = 100;

export const rebuild: Path = {
  about: `first page of a feed whose list must be built, ${SIZE.followed} followed, ${SIZE.tweets} tweets; page ${PAGES_DEEP} past the list`,
  beside: "SQLite's query for the newest 801 tweets of these authors; page 1 past the list",
  needs: [],
  rows: [
    { name: "rebuild", unit: "ms", by: "ratio", goal: { atMost: 1.3 } },
    { name: "deep page", unit: "ms", by: "ratio", goal: { atMost: 1.5 } },
  ],
  async open(stage) {
    const { system, reader, folder, followed } = await foundLargeTown(stage);
    const { client } = system;
    const { token } = reader;
    const first = await cursorAfter(system, token, undefined, LIST_LENGTH / WALK);
    const deep = await cursorAfter(system, token, first, stage.effort.isQuick ? 2 : (PAGES_DEEP * PAGE) / WALK);
    const db = new DatabaseSync(join(folder, STORE_FILE), { readOnly: true });
    stage.onEnd(() => db.close());
    const marks = followed.map(() => "?").join();
    const query = db.prepare(
      `SELECT _id, authorId FROM tweets WHERE authorId IN (${marks}) ORDER BY _id DESC LIMIT ${LIST_LENGTH + 1}`,
    );
    const faults: string[] = [];

    const timePage = async (path: string) => {
      const began = performance.now();
      const { body } = await client.ask<Page>({ method: "GET", path, token, wanted: [200] });
      if (body.tweets.length !== PAGE) faults.push(`${path} has ${body.tweets.length} tweets instead of ${PAGE}.`);
      return performance.now() - began;
    };

    async function timeRebuild(): Promise<number> {
      // A change of follows drops the list.
      const followee = { username: nameOf(0), token: "" };
      await client.ask(followRequest("DELETE", reader, followee));
      await client.ask(followRequest("PUT", reader, followee));
      return timePage(`/feed?limit=${PAGE}`);
    }

    return {
      async ours(seconds): Promise<Sample> {
        const deepPage = await meanOf(seconds / 2, () => timePage(`/feed?limit=${PAGE}&before=${deep}`));
        return { rebuild: await meanOf(seconds / 2, timeRebuild), "deep page": deepPage };
      },
      async bare(seconds): Promise<Sample> {
        const firstPage = await meanOf(seconds / 2, () => timePage(`/feed?limit=${PAGE}&before=${first}`));
        const bareQuery = await meanOf(seconds / 2, () => {
          const began = performance.now();
          query.all(...followed);
          return Promise.resolve(performance.now() - began);
        });
        return { rebuild: bareQuery, "deep page": firstPage };
      },
      async audit() {
        const found = (await feedOf(client, token, WALK)).tweets.map(({ id }) => id);
        const wanted = query.all(...followed).map(({ _id }) => _id);
        if (found.some((id, at) => id !== wanted[at])) faults.push("The feed differs from the bare query's answer.");
        return faults.splice(0);
      },
    };
  },
};

async function foundLargeTown(
  stage: Stage,
): Promise<{ system: System; reader: Person; folder: string; followed: string[] }> {
  const folder = await temporaryFolder("starling-bench-");
  stage.onEnd(() => folder.remove());
  const before = await startOn(folder.path, { onEnd: () => undefined });
  const reader = await signUp(before.client, "reader");
  const id = await idOf(before.client, reader);
  await before.stop();
  const size = stage.effort.isQuick ? QUICK_SIZE : SIZE;
  stage.say(`making ${size.tweets} tweets`);
  await generateTown(folder.path, size, id);
  const db = new DatabaseSync(join(folder.path, STORE_FILE), { readOnly: true });
  const follows = db.prepare("SELECT followeeId FROM follows WHERE followerId = ?").all(id);
  db.close();
  const followed = [id, ...follows.map(({ followeeId }) => followeeId as string)];
  return { system: await startOn(folder.path, stage), reader, folder: folder.path, followed };
}

/** Reads so many pages of 100 tweets. @returns the id of the last tweet */
async function cursorAfter(
  { client }: System,
  token: string,
  before: string | undefined,
  pages: number,
): Promise<string> {
  let cursor = before;
  for (let page = 0; page < pages; page++) {
    const from = cursor === undefined ? "" : `&before=${cursor}`;
    const asked = { method: "GET", path: `/feed?limit=${WALK}${from}`, token, wanted: [200] } as const;
    cursor = (await client.ask<Page>(asked)).body.tweets.at(-1)!.id;
  }
  return cursor!;
}

/** Repeats a measurement for so many seconds. @returns the mean of its milliseconds */
async function meanOf(seconds: number, measure: () => Promise<number>): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let sum = 0;
  let count = 0;
  do {
    sum += await measure();
    count++;
  } while (performance.now() < end);
  return sum / count;
}
