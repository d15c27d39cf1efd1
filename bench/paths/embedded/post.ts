import { join } from "node:path";
import { httpRows } from "../http-side.ts";
import type { Path } from "../path.ts";
import { foundTown } from "../people.ts";
import { postsOf } from "../posts.ts";
import { startBare } from "../start-bare.ts";
import { startEmbedded } from "./server.ts";

const TOWN = { authors: 10, readers: 20, tweetsEach: 1 };
const QUICK_TOWN = { authors: 2, readers: 2, tweetsEach: 1 };

export const post: Path = {
  about: "embedded POST /tweet, 64 at a time, authors with 20 followers",
  beside: "node:http that parses the JSON and inserts the same row, with the same indexes, durably into SQLite",
  needs: [],
  rows: httpRows(0.4),
  async open(stage) {
    const { server, client, folder } = await startEmbedded(stage);
    const town = await foundTown(client, stage.effort.isQuick ? QUICK_TOWN : TOWN);
    const bare = await startBare("post", { file: join(folder, "bare.sqlite") }, stage);
    const posts = postsOf(stage, client, town, [server.pid]);
    return {
      ours: (seconds) => posts.ours(seconds),
      bare: (seconds) => posts.bare(bare.url, bare.pid, seconds),
      audit: () => posts.audit(),
      sweep: (peak) => posts.sweep(peak),
      replayAt: server.url,
    };
  },
};
