import { join } from "node:path";
import { withCpu } from "../cpu.ts";
import { httpRows, sampleOf } from "../http-side.ts";
import type { Path } from "../path.ts";
import { openPosts } from "../posts.ts";
import { startBare } from "../start-bare.ts";
import { startEmbedded } from "./system.ts";

export const post: Path = {
  about: "embedded POST /tweet, 64 at a time, authors with 20 followers",
  beside: "node:http that parses the JSON and inserts the same row, with the same indexes, durably into SQLite",
  needs: [],
  rows: httpRows(0.4),
  async open(stage) {
    const system = await startEmbedded(stage);
    const posts = await openPosts(stage, system);
    const bare = await startBare("post", { file: join(system.folder, "bare.sqlite") }, stage);
    return {
      ...posts,
      async bare(seconds) {
        const { result, micros } = await withCpu([bare.pid], () => posts.bareHttp(bare.url, seconds));
        return sampleOf(result.answered, result.seconds, micros);
      },
    };
  },
};
