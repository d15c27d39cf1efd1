import { startGenerator } from "../../load/load.ts";
import { auditAnswers, auditPage } from "../audit.ts";
import { httpRows, rateOf, sweepOf } from "../http-side.ts";
import type { OpenPath, Path, Stage } from "../path.ts";
import { feedOf, foundTown, requestOf } from "../people.ts";
import { startBare } from "../start-bare.ts";
import { startEmbedded } from "./server.ts";

const CONNECTIONS = 16;
const BESIDE = "node:http that sends the same bytes";
const PAGE = 20;
const TOWN = { authors: 10, readers: 4, tweetsEach: 20 };
const QUICK_TOWN = { authors: 2, readers: 2, tweetsEach: 12 };

export const feed: Path = {
  about: "embedded GET /feed?limit=20, authenticated, 16 at a time",
  beside: BESIDE,
  needs: [],
  rows: httpRows(0.4),
  open: (stage) => openRead(stage, () => `/feed?limit=${PAGE}`, PAGE),
};

export const tweet: Path = {
  about: "embedded GET /tweet/:id, authenticated, 16 at a time",
  beside: BESIDE,
  needs: [],
  rows: httpRows(0.5),
  open: (stage) => openRead(stage, (newest) => `/tweet/${newest}`, 1),
};

/** @param pathOf the address that everybody reads, given the id of the newest tweet @param tweets that it has */
async function openRead(stage: Stage, pathOf: (newest: string) => string, tweets: number): Promise<OpenPath> {
  const { server, client } = await startEmbedded(stage);
  const { readers } = await foundTown(client, stage.effort.isQuick ? QUICK_TOWN : TOWN);
  const { token } = readers[0]!;
  const path = pathOf((await feedOf(client, token, 1)).tweets[0]!.id);
  const asked = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
  const body = await asked.text();
  const bytes = Buffer.byteLength(body);
  const bare = await startBare("http", { body }, stage);
  const generator = startGenerator();
  stage.onEnd(() => generator.stop());
  const requests = readers.map((reader) => requestOf(`GET ${path}`, reader.token));
  const ours = { url: server.url, requests, connections: CONNECTIONS };
  const faults: string[] = [];
  return {
    ours: (seconds) =>
      rateOf(generator, ours, seconds, [server.pid], (report) =>
        faults.push(...auditAnswers("The product", report, bytes)),
      ),
    bare: (seconds) =>
      rateOf(generator, { ...ours, url: bare.url }, seconds, [bare.pid], (report) =>
        faults.push(...auditAnswers("The bare engine", report, bytes)),
      ),
    async audit() {
      for (const reader of readers) {
        faults.push(...(await auditPage("The product", server.url, { path, token: reader.token, tweets })));
      }
      faults.push(...(await auditPage("The bare engine", bare.url, { path, token, tweets })));
      return faults.splice(0);
    },
    sweep: (peak) => sweepOf(generator, ours, peak, stage.effort),
    details: () => Promise.resolve({ bodyBytes: bytes }),
  };
}
