import { post } from "./embedded/post.ts";
import { feed, tweet } from "./embedded/read.ts";
import { start } from "./embedded/start.ts";
import type { Path } from "./path.ts";

/** All paths, by the names of `--only`. */
export const PATHS: Readonly<Record<string, Path>> = { feed, tweet, post, start };
