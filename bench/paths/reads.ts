import { startGenerator } from "../load/load.ts";
import { auditAnswers, auditPage } from "./audit.ts";
import { rateOf, sweepOf } from "./http-side.ts";
import type { OpenPath, Stage } from "./path.ts";
import { feedOf, foundTown, requestOf } from "./people.ts";
import { startBare } from "./start-bare.ts";
import { pidsOf, type System } from "./system.ts";

const CONNECTIONS = 16;
const TOWN = { authors: 10, readers: 4, tweetsEach: 20 };
const QUICK_TOWN = { authors: 2, readers: 2, tweetsEach: 12 };

/** What the bare engine of all reads is. */
export const BESIDE_READS = "node:http that sends the same bytes";
export const PAGE = 20;

/**
 * Four readers of one address, over 16 connections.
 *
 * @param pathOf the address, given the id of the newest tweet
 * @param tweets the number of tweets in the answer
 */
export async function openReads(
  stage: Stage,
  { url, client, processes }: System,
  pathOf: (newest: string) => string,
  tweets: number,
): Promise<OpenPath> {
  const { readers } = await foundTown(client, stage.effort.isQuick ? QUICK_TOWN : TOWN);
  const { token } = readers[0]!;
  const path = pathOf((await feedOf(client, token, 1)).tweets[0]!.id);
  const body = await (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).text();
  const bytes = Buffer.byteLength(body);
  const bare = await startBare("http", { body }, stage);
  const generator = startGenerator();
  stage.onEnd(() => generator.stop());
  const requests = readers.map((reader) => requestOf(`GET ${path}`, reader.token));
  const faults: string[] = [];
  const measure = (side: string, at: string, pids: readonly number[], seconds: number) =>
    rateOf(generator, { url: at, requests, connections: CONNECTIONS }, seconds, pids, (report) =>
      faults.push(...auditAnswers(side, report, bytes)),
    );
  return {
    ours: (seconds) => measure("The product", url, pidsOf(processes), seconds),
    bare: (seconds) => measure("The bare engine", bare.url, [bare.pid], seconds),
    async audit() {
      for (const reader of readers) {
        faults.push(...(await auditPage("The product", url, { path, token: reader.token, tweets })));
      }
      faults.push(...(await auditPage("The bare engine", bare.url, { path, token, tweets })));
      return faults.splice(0);
    },
    sweep: (peak) => sweepOf(generator, { url, requests, connections: CONNECTIONS }, peak, stage.effort),
    details: () => Promise.resolve({ bodyBytes: bytes }),
  };
}
