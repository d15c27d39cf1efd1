import { httpRows } from "../http-side.ts";
import type { Path } from "../path.ts";
import { BESIDE_READS, openReads, PAGE } from "../reads.ts";
import { startEmbedded } from "./system.ts";

export const feed: Path = {
  about: "embedded GET /feed?limit=20, authenticated, 16 at a time",
  beside: BESIDE_READS,
  needs: [],
  rows: httpRows(0.4),
  open: async (stage) => openReads(stage, await startEmbedded(stage), () => `/feed?limit=${PAGE}`, PAGE),
};

export const tweet: Path = {
  about: "embedded GET /tweet/:id, authenticated, 16 at a time",
  beside: BESIDE_READS,
  needs: [],
  rows: httpRows(0.5),
  open: async (stage) => openReads(stage, await startEmbedded(stage), (newest) => `/tweet/${newest}`, 1),
};
